// On a page elsewhere: gives the frame of an enquiry form the height that its page tells, and tells it by which campaign (utm_…)
// a reader came. Without it the frame scrolls, and the campaign is only known where the address of the frame says it.
{
  const home = new URL(document.currentScript.src).origin;
  const umthiCampaign = Object.fromEntries([...new URLSearchParams(location.search)].filter(([name]) => name.startsWith("utm_")));
  addEventListener("message", ({ data, origin, source }) => {
    const height = data && data.umthiEnquiry;
    if (origin !== home || !Number.isInteger(height) || height < 1 || height > 10000) return;
    for (const frame of document.querySelectorAll("iframe")) {
      if (frame.contentWindow !== source) continue;
      frame.setAttribute("height", String(height));
      source.postMessage({ umthiCampaign }, home);
    }
  });
}

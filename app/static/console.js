// The operator's console: the clock above the fragment says when it was last answered, and Refresh asks for it in place.
// Without this the clock says when the page was made, and Refresh is a link to the page.

const host = document.querySelector("[data-poll]");
const state = document.getElementById("live-state");
const clock = state.querySelector("time");
const format = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: clock.dataset.zone });

// app.js leaves on the fragment when it was answered last, changed or not, and whether it is out of date.
new MutationObserver(() => {
  state.toggleAttribute("data-stale", "stale" in host.dataset);
  const at = new Date(host.dataset.at);
  if (isNaN(at)) return;
  clock.dateTime = at.toISOString();
  clock.textContent = format.format(at);
}).observe(host, { attributes: true, attributeFilter: ["data-stale", "data-at"] });

// The script looks anew whenever somebody comes back to the page, so it is told that somebody did.
document.getElementById("refresh").addEventListener("click", (event) => {
  if ("stale" in host.dataset || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  document.dispatchEvent(new Event("visibilitychange"));
});

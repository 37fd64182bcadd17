// The operator's console: the clock above the fragment says when it was last answered, and Refresh asks for it in place.
// Without this the clock says when the page was made, and Refresh is a link to the page.

const host = document.querySelector("[data-poll]");
const state = document.getElementById("live-state");
const clock = state.querySelector("time");
const words = state.querySelector("[data-stale-text] span");
const format = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: clock.dataset.zone });

// app.js leaves on the fragment when it was answered last and whether it is out of date. Both are told by the clock of the page.
new MutationObserver(() => {
  const stale = "stale" in host.dataset;
  const at = new Date(host.dataset.at);
  state.toggleAttribute("data-stale", stale);
  if (stale) {
    const since = format.format(new Date(clock.dateTime)).slice(0, 5);
    words.textContent = words.dataset.words.replace("%(time)s", since);
  } else if (!isNaN(at)) {
    clock.dateTime = at.toISOString();
    clock.textContent = format.format(at);
  }
}).observe(host, { attributes: true, attributeFilter: ["data-stale", "data-at"] });

// The script looks anew whenever somebody comes back to the page, so it is told that somebody did.
document.getElementById("refresh").addEventListener("click", (event) => {
  if ("stale" in host.dataset || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  document.dispatchEvent(new Event("visibilitychange"));
});

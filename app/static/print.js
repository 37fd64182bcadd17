// A button that prints the page it stands on; without this the browser's own does.

const button = document.querySelector("[data-print]");
if (button) button.hidden = false;
button?.addEventListener("click", () => window.print());

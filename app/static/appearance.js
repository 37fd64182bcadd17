// What is chosen is shown at once, on the whole page and in the pages in small; nothing is stored before it is saved.
// Without this the button Preview asks the server for the page in the chosen look.

const root = document.documentElement;
const form = document.getElementById("appearance");
const said = document.getElementById("trying");
const scheme = document.querySelector("meta[name=color-scheme]");
const radios = [...form.querySelectorAll("input[type=radio]")];
const first = { ...root.dataset };

function show() {
  for (const radio of radios) if (radio.checked) root.dataset[radio.name] = radio.value;
  scheme.content = root.dataset.mode === "auto" ? "light dark" : root.dataset.mode;
  for (const drawing of form.querySelectorAll("[data-follows]")) drawing.dataset.theme = root.dataset.theme;
  const words = root.dataset.mode !== first.mode || root.dataset.theme !== first.theme ? said.dataset.words : "";
  if (said.textContent !== words) said.textContent = words;
}

form.querySelector("[name=preview]").hidden = true;
form.addEventListener("change", show);
window.addEventListener("pageshow", show); // a browser may come back to what was chosen before

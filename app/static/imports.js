// The card of an upload takes a file that is dropped anywhere on it, and says at once when one is too large to be sent.

const form = document.querySelector("form[data-drop]");
const input = form?.querySelector("input[type=file]");
const warning = form?.querySelector("[data-too-large]");

const isTooLarge = () => [...input.files].some(({ size }) => size > Number(form.dataset.most));

form?.addEventListener("dragover", (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
});
form?.addEventListener("drop", (event) => {
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change"));
  input.focus();
});
input?.addEventListener("change", () => (warning.hidden = !isTooLarge()));
form?.addEventListener(
  "submit",
  (event) => {
    if (!isTooLarge()) return;
    event.preventDefault();
    event.stopPropagation();
    warning.hidden = false;
    input.focus();
  },
  true,
);

// A register by the keyboard: one key marks the learner in focus and goes on to the next, the arrows go up and down. Without
// this the radio buttons do the same with the keys of the browser.

const sheet = document.querySelector("form[data-register]");
const rows = [...(sheet?.querySelectorAll("tr[data-learner]") ?? [])].filter((row) => row.querySelector("[data-key]"));
const DIGITS = ["1", "2", "3"];
const marksOf = (row) => [...row.querySelectorAll("input[data-key]")];

function count() {
  for (const total of sheet.querySelectorAll("[data-total]")) {
    const checked = sheet.querySelectorAll(`input[data-key][value=${total.dataset.total}]:checked`);
    total.textContent = String(checked.length);
  }
}

function go(row, step) {
  const next = rows[rows.indexOf(row) + step];
  if (next) next.querySelector("input[data-key]:checked")?.focus();
  else if (step > 0) (sheet.querySelector("#why") ?? sheet.querySelector("button"))?.focus();
}

function mark(row, radio) {
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  go(row, 1);
}

sheet?.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("tr[data-learner]");
  if (!row || !event.target.dataset.key || event.ctrlKey || event.metaKey || event.altKey) return;
  const marks = marksOf(row);
  const key = event.key.toUpperCase();
  const radio = marks.find((one) => one.dataset.key === key) ?? marks[DIGITS.indexOf(key)];
  const step = { ArrowDown: 1, Enter: 1, ArrowUp: -1 }[event.key];
  if (!radio && !step) return;
  event.preventDefault();
  if (radio) mark(row, radio);
  else go(row, step);
});

sheet?.addEventListener("change", count);
sheet?.querySelector("[data-keys]")?.removeAttribute("hidden");
if (rows.length && !document.querySelector(".errsum, [role=alert]")) rows[0].querySelector("input[data-key]:checked")?.focus();

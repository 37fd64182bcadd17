// The list of schools: its search completes names as one types, and 'View progress' unfolds below its row. Without this the
// search searches, and the link leads to a page.

const box = document.querySelector("input[data-names]");
const offered = box?.list;
const policy = window.trustedTypes?.createPolicy("progress", { createHTML: (html) => html });
let [turn, timer] = [0, 0];

async function complete() {
  const mine = ++turn;
  const address = `${box.dataset.names}?${new URLSearchParams({ q: box.value })}`;
  const answer = await fetch(address, { headers: { "X-Fragment": "1" } }).catch(() => null);
  if (!answer?.ok || answer.redirected || mine !== turn) return;
  const options = (await answer.json()).map(({ name, url }) => Object.assign(new Option(name, name), { address: url }));
  offered.replaceChildren(...options);
}

// A name that was picked from the list comes as a whole, not as what a key types: then the school itself is shown.
box?.addEventListener("input", ({ inputType }) => {
  clearTimeout(timer);
  const picked = [...offered.options].find(({ value }) => value === box.value);
  if (picked && (!inputType || inputType === "insertReplacementText")) return location.assign(picked.address);
  if (box.value.trim().length > 1) timer = setTimeout(complete, 150);
});

async function unfold(link, row) {
  const answer = await fetch(link.href, { headers: { "X-Fragment": "1" }, redirect: "manual" }).catch(() => null);
  if (!answer?.ok) return location.assign(link.href); // its page says why
  const html = await answer.text();
  const { body } = new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
  const below = document.createElement("tr");
  const cell = below.insertCell();
  [cell.colSpan, cell.tabIndex, below.dataset.unfolded] = [row.cells.length, -1, ""];
  cell.append(...body.childNodes);
  row.after(below);
  cell.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-unfold]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const row = link.closest("tr");
  const below = row.nextElementSibling;
  link.closest("details").open = false;
  if (below && "unfolded" in below.dataset) below.remove();
  else unfold(link, row);
});

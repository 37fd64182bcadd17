// The list of people follows what is typed and chosen. Without this, 'Search' asks for the whole page.

const form = document.querySelector("form[data-results]");
const host = document.getElementById(form.dataset.results);
const policy = window.trustedTypes?.createPolicy("people", { createHTML: (html) => html });
let [turn, timer] = [0, 0];

const wanted = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));

// The links that narrow the list go on from what is typed now.
function follow(asked) {
  for (const link of form.querySelectorAll("nav a")) {
    const address = new URL(link.href);
    const own = new URLSearchParams(asked);
    const kind = address.searchParams.get("kind");
    own.delete("kind");
    if (kind) own.set("kind", kind);
    address.search = own;
    link.href = address;
  }
}

async function search() {
  const mine = ++turn;
  const asked = wanted();
  const address = `${location.pathname}?${asked}`;
  const answer = await fetch(address, { headers: { "X-Fragment": "1" } }).catch(() => null);
  if (mine !== turn) return;
  if (!answer?.ok || answer.redirected) return location.assign(address); // its page says why
  const html = await answer.text();
  if (mine !== turn) return;
  const { body } = new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
  host.replaceChildren(...body.childNodes);
  history.replaceState(null, "", address);
  follow(asked);
}

form.addEventListener("input", ({ target }) => {
  clearTimeout(timer);
  timer = setTimeout(search, target.type === "search" ? 150 : 0);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  search();
});

// While a notice is written: how many people each audience reaches, for the channel and the urgency that are chosen now.

const form = document.querySelector("form[data-reach]");
const link = form?.querySelector("a[data-reach-list]");
let asked = 0;

function wanted() {
  const data = new FormData(form);
  return new URLSearchParams({
    audience: data.get("audience") ?? "",
    class_id: data.get("audience") === "class" ? data.get("class_id") ?? "" : "",
    channel: data.get("channel") ?? "",
    urgent: data.has("urgent") ? "yes" : "",
  });
}

async function recount() {
  const address = `${form.dataset.reach}?${wanted()}`;
  const turn = ++asked;
  link.href = address;
  const answer = await fetch(address, { headers: { "X-Fragment": "1" } }).catch(() => null);
  if (!answer?.ok || answer.redirected || turn !== asked) return;
  const hints = await answer.json();
  for (const choice of form.querySelectorAll("input[name=audience]")) {
    const hint = choice.parentElement.querySelector("small");
    if (hint && hints[choice.value]) hint.textContent = hints[choice.value];
  }
}

form?.addEventListener("change", (event) => {
  if (["audience", "class_id", "channel", "urgent"].includes(event.target.name)) recount();
});

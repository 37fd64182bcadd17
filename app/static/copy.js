// What is shown once can be copied, where the browser lets a page do that; the button says when it is done.
const said = document.createElement("output");
said.className = "vh";
document.body.append(said);

for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.querySelector("span").textContent = said.textContent = button.dataset.copied;
  });
}

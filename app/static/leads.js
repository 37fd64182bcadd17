// The board of leads: a card that is dragged to another stage sends the form that its own button sends. Without this, and with
// the keyboard, the select and the button do the same.

const board = document.getElementById("board");
let dragged = null;

for (const card of board.querySelectorAll("[data-moves]")) card.draggable = true;

const columnOf = (event) => event.target.closest("[data-stage]");
const takes = (column) => column && dragged && dragged.dataset.moves.split(" ").includes(column.dataset.stage);
const clear = () => board.querySelectorAll(".over").forEach((column) => column.classList.remove("over"));

board.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-moves]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.id);
});

board.addEventListener("dragover", (event) => {
  const column = columnOf(event);
  clear();
  if (!takes(column)) return;
  event.preventDefault();
  column.classList.add("over");
});

board.addEventListener("drop", (event) => {
  const column = columnOf(event);
  if (!takes(column)) return;
  event.preventDefault();
  const form = dragged.querySelector("form");
  form.elements.stage.value = column.dataset.stage;
  form.requestSubmit();
});

board.addEventListener("dragend", () => {
  clear();
  dragged = null;
});

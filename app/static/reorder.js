// Lists that are put in order: what the arrows of a row do, by dragging it. The same form is sent, so that it stays one way.

for (const list of document.querySelectorAll("[data-reorder]")) {
  let dragged = null;
  list.addEventListener("drop", (event) => event.preventDefault());
  for (const row of list.children) {
    row.draggable = true;
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.id);
    });
    row.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      if (dragged === row) return;
      const box = row.getBoundingClientRect();
      row[event.clientY > box.top + box.height / 2 ? "after" : "before"](dragged);
    });
    row.addEventListener("dragend", (event) => {
      if (event.dataTransfer.dropEffect === "none") return location.reload(); // it was let go elsewhere: nothing is moved
      const to = [...list.children].indexOf(dragged);
      const form = dragged.querySelector("form[data-move]");
      const stays = String(to) === dragged.dataset.at;
      dragged = null;
      if (stays || !form) return;
      const place = document.createElement("input");
      place.type = "hidden";
      place.name = "to";
      place.value = to;
      form.append(place);
      form.submit();
    });
  }
}

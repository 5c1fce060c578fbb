// The blocks of a mail: drag one to a slot, or move it with Alt and the arrows; focus after a swap.
let dragged = null;

const slotOf = (event) => event.target.closest?.("[data-block-slot]");

function isElsewhere(slot) {
  const target = Number(slot.dataset.blockSlot);
  return dragged !== null && target !== dragged && target !== dragged + 1;
}

function clear() {
  document.body.classList.remove("gl-dragging-block");
  document.querySelectorAll(".gl-block-slot--over").forEach((slot) => slot.classList.remove("gl-block-slot--over"));
}

document.addEventListener("dragstart", (event) => {
  const block = event.target.closest?.(".gl-block__grip") && event.target.closest("[data-block]");
  if (!block) return;
  dragged = Number(block.dataset.block);
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", block.dataset.block);
  event.dataTransfer.setDragImage(block, 16, 16);
  setTimeout(() => document.body.classList.add("gl-dragging-block"));
});
document.addEventListener("dragover", (event) => {
  document.querySelectorAll(".gl-block-slot--over").forEach((slot) => slot.classList.remove("gl-block-slot--over"));
  const slot = slotOf(event);
  if (!slot || !isElsewhere(slot)) return;
  event.preventDefault();
  slot.classList.add("gl-block-slot--over");
});
document.addEventListener("drop", (event) => {
  const slot = slotOf(event);
  if (!slot || !isElsewhere(slot)) return;
  event.preventDefault();
  const form = document.getElementById("draft-form");
  const values = { op: "move", index: dragged, target: slot.dataset.blockSlot };
  clear();
  htmx.ajax("POST", document.getElementById("mail-blocks").dataset.url, { source: form, swap: "none", values });
});
document.addEventListener("dragend", () => {
  dragged = null;
  clear();
});

document.addEventListener("keydown", (event) => {
  const head = event.target.closest?.("[data-block-head]");
  if (!head || !event.altKey) return;
  const tool = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  if (!tool) return;
  event.preventDefault();
  head.closest("[data-block]").querySelector(`[data-tool="${tool}"]`).click();
});

document.addEventListener("htmx:oobAfterSwap", (event) => {
  const blocks = document.getElementById("mail-blocks");
  if (event.detail.target?.id !== "mail-blocks" || !blocks) return;
  if (blocks.dataset.said) document.getElementById("mail-said").textContent = blocks.dataset.said;
  const block = blocks.querySelector(`[data-block="${blocks.dataset.opened}"]`);
  if (!block) return;
  // What has the focus takes keys at once, before the rest has settled.
  htmx.process(blocks);
  const wasInserted = blocks.dataset.said?.startsWith("Inserted");
  const field = wasInserted && block.querySelector("input:not([type=hidden]), textarea, select");
  (field || block.querySelector("summary")).focus();
});

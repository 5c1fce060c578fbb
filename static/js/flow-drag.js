// Drop slots: pick a step by dragging it, by its menu or with "M"; then drop it on, or choose, a place.
// The slots never change their size, so nothing moves under the pointer.
import { card, closeMenus, edit, say } from "./flow-canvas.js";

let picked = "";

export function pick(key) {
  unpick();
  closeMenus();
  picked = key;
  const row = card(key)?.closest("[data-row]");
  row?.classList.add("gl-picked");
  document.body.classList.add("gl-picking");
  document.querySelectorAll("[data-slot]").forEach((slot) => slot.classList.toggle("gl-closed", row?.contains(slot) ?? false));
  document.querySelectorAll("[data-slot] summary").forEach((place) => {
    place.setAttribute("aria-label", `Move here: ${place.dataset.label}`);
  });
}

export function unpick() {
  picked = "";
  document.body.classList.remove("gl-picking");
  document.querySelectorAll(".gl-picked, .gl-over, .gl-closed").forEach((part) => part.classList.remove("gl-picked", "gl-over", "gl-closed"));
  document.querySelectorAll("[data-slot] summary").forEach((place) => {
    place.setAttribute("aria-label", `Insert a step ${place.dataset.label}`);
  });
}

function drop(slot) {
  const values = { op: "move", key: picked, place: slot.querySelector("[data-place]").dataset.place };
  unpick();
  edit(values);
}

function openSlot(event) {
  const slot = event.target.closest?.("[data-slot]");
  return picked && slot && !slot.classList.contains("gl-closed") ? slot : null;
}

document.addEventListener("dragstart", (event) => {
  const step = event.target.closest?.("[data-step]");
  if (!step || !event.target.closest("[draggable]")) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", step.dataset.step);
  event.dataTransfer.setDragImage(step, 20, 20);
  setTimeout(() => pick(step.dataset.step));
});
document.addEventListener("dragover", (event) => {
  document.querySelectorAll(".gl-over").forEach((slot) => slot.classList.remove("gl-over"));
  const slot = openSlot(event);
  if (!slot) return;
  event.preventDefault();
  slot.classList.add("gl-over");
});
document.addEventListener("drop", (event) => {
  const slot = openSlot(event);
  if (!slot) return;
  event.preventDefault();
  drop(slot);
});
document.addEventListener("dragend", unpick);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick]");
  if (button) {
    pick(button.dataset.pick);
    say("Choose a place with Tab and Enter. Escape cancels.");
    document.querySelector("[data-slot]:not(.gl-closed) summary")?.focus();
    return;
  }
  const slot = openSlot(event);
  if (slot) {
    event.preventDefault();
    drop(slot);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !picked) return;
  event.stopImmediatePropagation();
  const key = picked;
  unpick();
  card(key)?.focus();
  say("Not moved.");
});

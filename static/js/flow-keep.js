// A save redraws the cards beside the form. That must not close a menu, move the focus, or take
// away what the pointer holds: then the new cards wait until it lets go.
import { applyFolds } from "./flow-fold.js";

let isHeld = false;
let waiting = null;

const canvas = () => document.getElementById("canvas");

function nameOf(element) {
  const place = element?.closest?.("[data-place]:not([data-op])");
  if (place) return `summary[data-place="${CSS.escape(place.dataset.place)}"]`;
  const step = element?.closest?.("[data-step]");
  if (!step) return "";
  const card = `[data-step="${CSS.escape(step.dataset.step)}"]`;
  return element.closest("summary") ? `${card} summary` : card;
}

function redraw(next) {
  waiting = null;
  const opened = canvas().querySelector('[aria-current="true"]')?.dataset.step;
  for (const card of next.querySelectorAll("[data-step]")) {
    card.toggleAttribute("aria-current", false);
    if (card.dataset.step === opened) card.setAttribute("aria-current", "true");
  }
  const menu = nameOf(canvas().querySelector("details[open] > summary"));
  const focused = canvas().contains(document.activeElement) ? nameOf(document.activeElement) : "";
  next.removeAttribute("hx-swap-oob");
  canvas().replaceWith(next);
  htmx.process(next);
  applyFolds();
  if (menu) next.querySelector(menu)?.closest("details").setAttribute("open", "");
  if (focused) next.querySelector(focused)?.focus({ preventScroll: true });
}

function letGo() {
  isHeld = false;
  if (waiting) redraw(waiting);
}

document.addEventListener("pointerdown", (event) => { isHeld = Boolean(event.target.closest?.("#canvas")); });
// The click, which comes behind, still finds what was pressed.
document.addEventListener("pointerup", () => setTimeout(letGo));
// A mouse that begins to drag cancels as well, but still holds what it drags.
document.addEventListener("pointercancel", (event) => { if (event.pointerType !== "mouse") letGo(); });
document.addEventListener("dragend", () => setTimeout(letGo));

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target.id !== "canvas") return;
  const next = event.detail.fragment.querySelector("#canvas");
  event.detail.shouldSwap = false;
  if (isHeld) waiting = next;
  else redraw(next);
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "canvas") waiting = null;
});

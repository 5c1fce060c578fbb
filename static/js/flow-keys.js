// The flow with the keyboard. "?" shows these keys.
import "./flow-drag.js";
import { closeMenus, open } from "./flow-canvas.js";
import { turn } from "./flow-fold.js";

const steps = () => [...document.querySelectorAll("#canvas [data-step]")].filter((step) => !step.closest("[hidden]"));

function focusNeighbor(step, distance) {
  const all = steps();
  all[all.indexOf(step) + distance]?.focus();
}

function press(step, selector) {
  step.querySelector(selector)?.click();
}

function slotAfter(step) {
  return step.closest("[data-row]").nextElementSibling?.querySelector("summary");
}

const KEYS = {
  Enter: (step) => open(step.dataset.step),
  ArrowUp: (step) => focusNeighbor(step, -1),
  ArrowDown: (step) => focusNeighbor(step, 1),
  ArrowLeft: (step) => turn(step, false),
  ArrowRight: (step) => turn(step, true),
  Home: () => steps().at(0)?.focus(),
  End: () => steps().at(-1)?.focus(),
  "Alt+ArrowUp": (step) => press(step, '[data-keys="Alt ↑"]'),
  "Alt+ArrowDown": (step) => press(step, '[data-keys="Alt ↓"]'),
  Delete: (step) => press(step, '[data-op="delete"]'),
  d: (step) => press(step, '[data-op="duplicate"]'),
  m: (step) => press(step, "[data-pick]"),
  "+": (step) => slotAfter(step)?.click(),
};

function showHelp() {
  document.getElementById("flow-help")?.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey) {
    const id = { z: "draft-undo", Z: "draft-redo", y: "draft-redo" }[event.key];
    if (id && !event.target.closest("input, textarea, select")) {
      event.preventDefault();
      document.getElementById(id)?.click();
    }
    return;
  }
  if (event.key === "Escape") {
    const menu = event.target.closest?.("details[name='gl-flow-menu']");
    closeMenus();
    menu?.querySelector("summary")?.focus();
    return;
  }
  if (event.key === "?" && !event.target.closest("input, textarea, select")) {
    showHelp();
    return;
  }
  if (!event.target.matches?.("#canvas [data-step]")) return;
  const action = KEYS[(event.altKey ? "Alt+" : "") + event.key];
  if (!action) return;
  event.preventDefault();
  action(event.target);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) showHelp();
});


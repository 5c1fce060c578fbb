// Folding the sides of a step: remembered in this browser; what has to be mended is never folded away.
const canvas = () => document.getElementById("canvas");
const store = () => `gl-folded-${canvas().dataset.campaign}`;

function folded() {
  try {
    const kept = JSON.parse(localStorage.getItem(store()) ?? "[]");
    return new Set(Array.isArray(kept) ? kept : []);
  } catch {
    return new Set();
  }
}

function keep(keys) {
  try {
    localStorage.setItem(store(), JSON.stringify([...keys]));
  } catch {
    // Without storage it is folded until the page is left.
  }
}

const buttonOf = (step) => step?.closest("[data-row]")?.querySelector(":scope > .gl-fold [data-fold]");

function show(button, isOpen) {
  const row = button.closest("[data-row]");
  row.querySelector(":scope > .gl-sides").hidden = !isOpen;
  for (const one of [button, row.querySelector(":scope > [data-step]")]) one.setAttribute("aria-expanded", String(isOpen));
}

function set(button, isOpen) {
  const keys = folded();
  if (isOpen) keys.delete(button.dataset.fold);
  else keys.add(button.dataset.fold);
  keep(keys);
  show(button, isOpen);
}

export function applyFolds() {
  if (!canvas()) return;
  const keys = folded();
  for (const button of canvas().querySelectorAll("[data-fold]")) {
    const row = button.closest("[data-row]");
    const needed = row.querySelector(':scope > .gl-sides .gl-step__problem, :scope > .gl-sides [aria-current="true"]');
    show(button, !keys.has(button.dataset.fold) || Boolean(needed));
  }
}

// Opens whatever is folded around a card, so that it can be seen.
export function reveal(card) {
  for (let row = card?.closest(".gl-sides")?.closest("[data-row]"); row; row = row.parentElement.closest("[data-row]")) {
    set(row.querySelector(":scope > .gl-fold [data-fold]"), true);
  }
}

// To the left: fold, or go to the step around it. To the right: unfold, or go to the first step inside.
export function turn(step, isOpen) {
  const button = buttonOf(step);
  const isFolded = button?.getAttribute("aria-expanded") === "false";
  if (button && isFolded === isOpen) {
    set(button, isOpen);
    return;
  }
  const row = step.closest("[data-row]");
  const next = isOpen
    ? row.querySelector(":scope > .gl-sides [data-step]")
    : row.parentElement.closest("[data-row]")?.querySelector(":scope > [data-step]");
  next?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fold]");
  if (button) set(button, button.getAttribute("aria-expanded") === "false");
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "canvas" || canvas()?.contains(event.detail.target)) applyFolds();
});
applyFolds();

// Edits of the flow: each is one POST, answered with the whole canvas, which gets its focus back.
import { whenSaved } from "./draft-save.js";
import { applyFolds, reveal } from "./flow-fold.js";
import "./flow-keep.js";
import "./flow-scroll.js";

const canvas = () => document.getElementById("canvas");

const selected = () => canvas().querySelector('[aria-current="true"]')?.dataset.step ?? "";

// What is typed is saved first: the edit then knows the newest revision.
export async function edit(values) {
  closeMenus();
  await whenSaved();
  return htmx.ajax("POST", canvas().dataset.edit, { source: "#flow-edits", values: { ...values, selected: selected() } });
}

export async function open(key) {
  closeMenus();
  await whenSaved();
  canvas().querySelectorAll('[aria-current="true"]').forEach((card) => card.removeAttribute("aria-current"));
  card(key)?.setAttribute("aria-current", "true");
  return htmx.ajax("GET", canvas().dataset.panel.replace("KEY", key), { target: "#step-panel", swap: "innerHTML" });
}

export function card(key) {
  return canvas().querySelector(`[data-step="${CSS.escape(key)}"]`);
}

export function closeMenus(except) {
  document.querySelectorAll("details[name='gl-flow-menu'][open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
}

async function closePanel(key) {
  await whenSaved();
  document.getElementById("step-panel").replaceChildren();
  card(key)?.removeAttribute("aria-current");
  card(key)?.focus();
}

export function say(sentence) {
  const live = document.getElementById("flow-said");
  if (live) live.textContent = sentence;
}

document.addEventListener("click", (event) => {
  const menu = event.target.closest("details[name='gl-flow-menu']");
  if (!menu) closeMenus();
  const opener = event.target.closest("[data-open]");
  if (opener) {
    event.preventDefault();
    open(opener.dataset.open);
    return;
  }
  const closer = event.target.closest("[data-close-panel]");
  if (closer) {
    closePanel(closer.dataset.closePanel);
    return;
  }
  const button = event.target.closest("[data-op]");
  if (button) {
    const { op, key, kind, place, sideKey } = button.dataset;
    edit({ op, key: key ?? "", kind: kind ?? "", place: place ?? "", side: sideKey ?? "" });
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  const swapped = canvas();
  if (!swapped || (event.detail.target.id !== "canvas" && event.detail.target.id !== "step-panel")) return;
  if (event.detail.target.id === "step-panel") {
    const panel = document.getElementById("step-panel");
    if (panel.dataset.quiet === undefined) panel.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    if (window.matchMedia("(max-width: 64rem)").matches) panel.scrollIntoView({ block: "start" });
    return;
  }
  if (swapped.dataset.said) say(swapped.dataset.said);
  applyFolds();
  const focused = swapped.dataset.focus && card(swapped.dataset.focus);
  if (focused) {
    reveal(focused);
    focused.focus({ preventScroll: true });
    focused.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
});

// The menu of "+": made when a slot opens, searched by typing, walked with the arrows.
import { clipboard } from "./flow-clipboard.js";

const shown = (menu) => [...menu.querySelectorAll("button")].filter((button) => !button.hidden);

function fill(slot) {
  slot.querySelector(".gl-kinds")?.remove();
  const menu = document.getElementById("flow-kinds").content.cloneNode(true).firstElementChild;
  const { place } = slot.querySelector("summary").dataset;
  menu.querySelectorAll("button").forEach((button) => { button.dataset.place = place; });
  const copied = clipboard();
  const paste = menu.querySelector("[data-paste]");
  paste.hidden = !copied;
  if (copied) paste.querySelector("[data-paste-name]").textContent = copied.name;
  slot.append(menu);
  menu.querySelector("input").focus({ preventScroll: true });
  menu.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function search(menu, text) {
  const words = text.trim().toLowerCase().split(/\s+/);
  menu.querySelectorAll("[data-kind]").forEach((button) => {
    const said = button.lastElementChild.textContent.toLowerCase();
    button.hidden = !words.every((word) => said.includes(word));
  });
  menu.querySelectorAll("[role=group]").forEach((group) => {
    group.hidden = !group.querySelector("button:not([hidden])");
  });
  menu.querySelector(".gl-kinds__none").hidden = Boolean(menu.querySelector("[data-kind]:not([hidden])"));
}

// Heard on the way down: a toggle does not bubble.
document.addEventListener("toggle", (event) => {
  const slot = event.target;
  if (!slot.matches?.("[data-slot] > details")) return;
  if (slot.open) fill(slot);
  else slot.querySelector(".gl-kinds")?.remove();
}, true);

document.addEventListener("input", (event) => {
  const menu = event.target.closest?.(".gl-kinds");
  if (menu) search(menu, event.target.value);
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".gl-kinds");
  if (!menu) return;
  const buttons = shown(menu);
  const at = buttons.indexOf(event.target);
  if (event.key === "Enter" && event.target.matches("input")) {
    event.preventDefault();
    const found = buttons.filter((button) => button.dataset.kind);
    const typed = event.target.value.trim().toLowerCase();
    const isNamed = (button) => button.lastElementChild.textContent.toLowerCase().startsWith(typed);
    (found.find(isNamed) ?? found[0])?.click();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = buttons[at + (event.key === "ArrowDown" ? 1 : -1)];
    (next ?? menu.querySelector("input")).focus();
  }
});

// What somebody opened before this was there.
document.querySelectorAll("[data-slot] > details[open]").forEach(fill);

// The dialog from which conditions are added: searched by typing, walked with the arrow keys.
import { builderOf, post } from "./builder-requests.js";

const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/[_-]/g, " ");
const shown = (picker) => [...picker.querySelectorAll("[role=option]")].filter((option) => option.offsetParent !== null);
const searchOf = (picker) => picker.querySelector("[data-picker-search]");

function choose(picker, option) {
  for (const other of picker.querySelectorAll("[aria-selected=true]")) other.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  searchOf(picker)?.setAttribute("aria-activedescendant", option?.id ?? "");
}

function search(picker) {
  const words = plain(searchOf(picker).value).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const group of picker.querySelectorAll("[data-picker-group]")) {
    const title = plain(group.querySelector("h3").textContent);
    let inside = 0;
    for (const option of group.querySelectorAll("[role=option]")) {
      const text = `${plain(option.dataset.pickWords)} ${title}`;
      const isFound = words.every((word) => text.includes(word));
      option.hidden = !isFound;
      inside += isFound;
    }
    group.hidden = !inside || (group.hasAttribute("data-searched") && !words.length);
    if (!group.hidden) count += inside;
  }
  picker.querySelector("[data-picker-empty]").hidden = count > 0;
  choose(picker, best(picker, words.join(" ")));
}

// What is called exactly so, or begins so, comes before what mentions it.
function best(picker, text) {
  const options = shown(picker);
  const label = (option) => plain(option.querySelector(".gl-pick__label").textContent);
  return (text && (options.find((option) => label(option) === text) || options.find((option) => label(option).startsWith(text)))) || options[0];
}

function begin(picker) {
  const field = searchOf(picker);
  if (!field) return;
  field.value = "";
  search(picker);
  field.focus();
}

function pick(picker, option) {
  const { place } = picker.dataset;
  picker.close();
  post(builderOf(picker), { action: option.dataset.pickAction, place, detail: option.dataset.pickDetail });
}

function move(picker, distance) {
  const options = shown(picker);
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (options.length) choose(picker, options[(at + distance + options.length) % options.length]);
}

document.addEventListener("click", ({ target }) => {
  const opener = target.closest?.("[data-open-picker]");
  if (opener) {
    const picker = opener.closest("[data-builder-frame]").querySelector("[data-picker]");
    picker.dataset.place = opener.dataset.openPicker;
    picker.showModal();
    window.htmx.trigger(picker.querySelector("[data-picker-body]"), "picker-open");
    begin(picker);
    return;
  }
  const picker = target.closest?.("[data-picker]");
  if (!picker) return;
  const option = target.closest("[role=option]");
  if (option) pick(picker, option);
  else if (target === picker || target.closest("[data-picker-close]")) picker.close();
});

document.addEventListener("htmx:afterSettle", ({ target }) => {
  const picker = target.closest?.("[data-picker]");
  if (picker?.open) begin(picker);
});

// What is typed to search is no change of the form around it.
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const picker = event.target.closest?.("[data-picker]");
    if (!picker) return;
    event.stopPropagation();
    if (kind === "input") search(picker);
  }, true);
}

const KEYS = {
  ArrowDown: (picker) => move(picker, 1),
  ArrowUp: (picker) => move(picker, -1),
  Enter: (picker) => {
    const option = picker.querySelector("[aria-selected=true]");
    if (option) pick(picker, option);
  },
};

document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-picker-search]") || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key](event.target.closest("[data-picker]"));
});

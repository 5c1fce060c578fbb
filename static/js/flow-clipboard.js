// Cut, copy and paste of steps, also from one campaign into another. A cut step stays until it is pasted.
import { card, edit, say } from "./flow-canvas.js";

const KEPT_AS = "gl-flow-step";
const canvas = () => document.getElementById("canvas");

export function clipboard() {
  try {
    return JSON.parse(localStorage.getItem(KEPT_AS));
  } catch {
    return null;
  }
}

function take(step, isCut) {
  const name = step.querySelector(".gl-step__name").textContent;
  const { campaign } = canvas().dataset;
  localStorage.setItem(KEPT_AS, JSON.stringify({ campaign, key: step.dataset.step, name, isCut }));
  document.querySelectorAll(".gl-cut").forEach((row) => row.classList.remove("gl-cut"));
  if (isCut) step.closest("[data-row]").classList.add("gl-cut");
  say(`${isCut ? "Cut" : "Copied"} “${name}”. Ctrl+V puts it behind the step that has the focus.`);
}

function paste(place) {
  const copied = clipboard();
  if (!copied) {
    say("Nothing is copied yet.");
    return;
  }
  const isHere = copied.campaign === canvas().dataset.campaign;
  if (copied.isCut && isHere && card(copied.key)) {
    localStorage.removeItem(KEPT_AS);
    edit({ op: "move", key: copied.key, place });
  } else {
    edit({ op: "paste", key: copied.key, place, source: isHere ? "" : copied.campaign });
  }
}

document.addEventListener("keydown", (event) => {
  const step = event.target;
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || !step.matches?.("#canvas [data-step]")) return;
  const slot = step.closest("[data-row]")?.nextElementSibling?.querySelector("[data-place]");
  if (!slot || !["c", "x", "v"].includes(event.key)) return;
  event.preventDefault();
  if (event.key === "v") paste(slot.dataset.place);
  else take(step, event.key === "x");
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-paste]");
  if (button) paste(button.dataset.place);
});

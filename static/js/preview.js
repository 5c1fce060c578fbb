// The live preview: asks for the breakdown once the number is there, moves thresholds, opens people.

document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.matches?.(".gl-preview")) target.dispatchEvent(new CustomEvent("preview-shown"));
  if (target.matches?.(".gl-breakdown")) target.querySelectorAll("[data-threshold]").forEach(tell);
});

const write = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });

// How many lie above or below a value, by the values at equal shares.
function countFor(box, value) {
  const marks = JSON.parse(box.dataset.marks);
  const all = Number(box.dataset.count);
  let below = 0;
  if (value >= marks.at(-1)) below = 1;
  else if (value > marks[0]) {
    const after = marks.findIndex((mark) => mark > value);
    const [low, high] = [marks[after - 1], marks[after]];
    below = (after - 1 + (value - low) / (high - low)) / (marks.length - 1);
  }
  return Math.round(all * (box.dataset.above ? 1 - below : below));
}

function tell(box, isMoving = false) {
  const slider = box.querySelector("[data-slider]");
  // What the rule says may lie between two steps of the slider.
  const value = Number(isMoving === true ? slider.value : slider.defaultValue);
  const at = (100 * (value - slider.min)) / (slider.max - slider.min);
  box.querySelector("[data-line]").style.insetInlineStart = `${at}%`;
  for (const bar of box.querySelectorAll("[data-from]")) {
    const isAbove = Number(bar.dataset.from) + 0.5 * Number(bar.getAttribute("width")) >= at;
    bar.classList.toggle("gl-threshold__in", isAbove === Boolean(box.dataset.above));
  }
  const about = isMoving === true ? `: about ${write.format(countFor(box, value))} contacts` : "";
  const told = box.querySelector("[data-told]");
  told.dataset.sign ||= told.textContent.trim().split(" ")[0];
  told.textContent = `${told.dataset.sign} ${write.format(value)}${about}`;
  slider.setAttribute("aria-valuetext", told.textContent);
}

// The builder's own field gets the value; its preview hears of it and counts exactly.
function put(box, value) {
  const field = document.getElementsByName(box.dataset.field)[0];
  if (!field || field.value === value) return;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("input", ({ target }) => {
  if (target.matches?.("[data-slider]")) tell(target.closest("[data-threshold]"), true);
});
document.addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-slider]")) put(target.closest("[data-threshold]"), target.value);
});

document.addEventListener("click", ({ target }) => {
  const set = target.closest?.("[data-set]");
  if (set) put(set.closest("[data-threshold]"), set.dataset.set);
  const again = target.closest?.("[data-count-again]");
  if (again) again.closest(".gl-preview").dispatchEvent(new CustomEvent("count-again"));
  const opener = target.closest?.("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  // A click beside the panel closes it, as Escape does.
  const side = target.matches?.("dialog[data-side]") ? target : target.closest?.("[data-closes]")?.closest("dialog");
  side?.close();
});

// The words of a mail: lengths while typing, variables at the cursor, menus that close.
let lastField = null;

function count(field) {
  const shown = document.getElementById(field.dataset.count);
  if (!shown) return;
  const length = [...field.value].length;
  shown.textContent = length;
  shown.classList.toggle("gl-too-long", length > Number(field.dataset.good));
}

document.querySelectorAll("[data-count]").forEach(count);
document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-count]")) count(event.target);
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-insertable]")) lastField = event.target;
});

function insertVariable(button) {
  const field = lastField?.isConnected ? lastField : document.querySelector("[data-insertable]");
  if (!field) return;
  const fallback = button.dataset.default ? ` | default: "${button.dataset.default}"` : "";
  field.focus();
  field.setRangeText(`{{ ${button.dataset.insert}${fallback} }}`, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function closeDrops(except) {
  document.querySelectorAll("details[data-drop][open]").forEach((drop) => {
    if (!drop.contains(except)) drop.open = false;
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (button) insertVariable(button);
  closeDrops(button || event.target.closest("[data-drop-close]") ? null : event.target);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const drop = event.target.closest?.("details[data-drop][open]");
  closeDrops(null);
  drop?.querySelector("summary").focus();
});

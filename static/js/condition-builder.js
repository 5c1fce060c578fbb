// The condition builder: keeps the focus after a swap, closes menus, leads to what is wrong.

const focusable = "select, input:not([type=hidden]), textarea, button";

// What is typed while the answer to a choice is on its way must not be lost with the swap.
let typed = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const active = document.activeElement;
  const isChoice = event.detail.requestConfig?.parameters?.action === "refresh";
  const isTyping = isChoice && event.target.matches?.("[data-builder]") && event.target.contains(active);
  typed = isTyping && active.matches("input[id], textarea[id]") ? { id: active.id, value: active.value } : null;
});

function restoreTyped() {
  const field = typed && document.getElementById(typed.id);
  if (field && field.value !== typed.value) {
    field.value = typed.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  typed = null;
}

function focusAfterSwap(builder) {
  const inside = builder.querySelector("[data-focus-inside]");
  const target =
    builder.querySelector("[data-focus=best]") ||
    builder.querySelector("[data-focus]") ||
    (inside && (inside.querySelector("[data-first]") || inside.querySelector(focusable)));
  target?.focus();
}

document.addEventListener("htmx:afterSettle", (event) => {
  const builder = event.target.closest?.("[data-builder]");
  if (builder && event.target === builder) {
    restoreTyped();
    focusAfterSwap(builder);
  }
});

document.addEventListener("keydown", (event) => {
  // Enter inside a condition must not save the whole form by surprise.
  if (event.key === "Enter" && event.target.matches?.("[data-builder] input")) event.preventDefault();
  const menu = event.key === "Escape" && event.target.closest?.("[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const link = event.target.closest?.("[data-goto]");
  if (link) {
    const node = document.getElementById(link.dataset.goto);
    node?.scrollIntoView({ block: "center", behavior: "smooth" });
    node?.querySelector("[data-first], select, input:not([type=hidden])")?.focus({ preventScroll: true });
  }
});

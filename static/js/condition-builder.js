// The condition builder: keeps the focus after a swap, closes menus, leads to what is wrong.
import "./builder-clipboard.js";
import "./builder-history.js";
import "./builder-picker.js";
import { builderOf, post } from "./builder-requests.js";

const focusable = "select, input:not([type=hidden]), textarea, button";

// What is typed or chosen while an answer is on its way must not be lost with the swap. Only these
// answers leave the other conditions where they are.
const keeping = ["refresh", "add", "insert"];
const filled = new Map();
let keepsFocus = false;

const held = (field) => (field.type === "checkbox" ? field.checked : field.value);
const hold = (field, content) => { field[field.type === "checkbox" ? "checked" : "value"] = content; };
const isField = (field) => field.id && field.matches("select, textarea, input:not([type=hidden])");

for (const kind of ["input", "change"]) {
  // Heard before htmx sends the request that a choice causes, and forgets what that one carries.
  document.addEventListener(kind, ({ target }) => {
    if (target.closest?.("[data-builder]") && isField(target)) filled.set(target.id, held(target));
  }, true);
}

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (detail.target.matches?.("[data-builder]")) filled.clear();
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.target.matches?.("[data-builder]")) return;
  const active = document.activeElement;
  const isRefresh = detail.requestConfig.parameters.action === "refresh";
  keepsFocus = isRefresh && active !== document.body && active !== detail.elt && active.id !== detail.elt.id;
  if (!keeping.includes(detail.requestConfig.parameters.action)) filled.clear();
});

function restoreFilled(builder) {
  for (const [id, value] of [...filled]) {
    const field = document.getElementById(id);
    if (!field || !builder.contains(field) || held(field) === value) continue;
    const before = held(field);
    hold(field, value);
    // A choice that is not offered any more is not a choice.
    if (held(field) !== value) hold(field, before);
    else for (const kind of field.matches("select") ? ["change"] : ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }
}

// Marks the controls that an error is about.
function showWrong(root) {
  for (const node of root.querySelectorAll("[data-wrong]")) {
    for (const id of node.dataset.wrong.split(" ")) document.getElementById(id)?.setAttribute("aria-invalid", "true");
  }
}
showWrong(document);

function focusAfterSwap(builder) {
  const inside = builder.querySelector("[data-focus-inside]");
  // What was added inside a condition, else its first choice that is still open, else its first.
  const added = inside?.dataset.focusInside && inside.querySelector(`[data-inside="${inside.dataset.focusInside}"]`);
  const around = added || inside;
  const firsts = around ? [...around.querySelectorAll("[data-first]")] : [];
  const target =
    builder.querySelector("[data-focus=best]") ||
    builder.querySelector("[data-focus]") ||
    firsts.find((field) => !field.value) ||
    (firsts.length && around.querySelector("[data-value]")) ||
    firsts[0] ||
    around?.querySelector(focusable);
  target?.focus();
}

// Not before: what is swapped in hears of a choice only once it has settled.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.matches?.("[data-builder]")) restoreFilled(target);
});
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (!target.matches?.("[data-builder]")) return;
  showWrong(target);
  if (!keepsFocus) focusAfterSwap(target);
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

// What was made in another tab is offered as soon as somebody is back.
let elsewhere = "";
document.addEventListener("visibilitychange", () => {
  const select = !document.hidden && elsewhere && document.getElementById(elsewhere);
  if (select) htmx.trigger(select, "change");
  if (!document.hidden) elsewhere = "";
});

document.addEventListener("click", (event) => {
  elsewhere = event.target.closest?.("[data-elsewhere]")?.dataset.elsewhere ?? elsewhere;
  // Sent by the builder, which stays: a button may be swapped away while its request waits for another.
  const button = event.target.closest?.("[data-builder-frame] [data-edit]");
  if (button) post(builderOf(button), JSON.parse(button.dataset.edit));
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

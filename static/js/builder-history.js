// Undo and redo in the condition builder: what its fields held, after each choice and each edit.
import { builderOf, fieldsOf, isTyping, post } from "./builder-requests.js";

const MOST = 100;
const histories = new WeakMap();
let restoring = null;
let waiting = [];
let lastUsed = null;

const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);

function historyOf(builder) {
  if (!histories.has(builder)) histories.set(builder, { past: [], now: fieldsOf(builder), future: [] });
  return histories.get(builder);
}

function show(builder) {
  const { past, future } = historyOf(builder);
  for (const [name, steps] of [["undo", past], ["redo", future]]) {
    const button = builder.querySelector(`[data-${name}]`);
    if (button) button.disabled = !steps.length;
  }
}

function record(builder) {
  const history = historyOf(builder);
  const found = fieldsOf(builder);
  if (same(found, history.now)) return;
  history.past = [...history.past, history.now].slice(-MOST);
  history.future = [];
  history.now = found;
  show(builder);
}

function go(builder, from, to) {
  if (!builder) return;
  // Until the answer to one step is there, the next ones queue: none is lost, however fast they come.
  if (restoring) {
    waiting.push([builder, from, to]);
    return;
  }
  record(builder);
  const history = historyOf(builder);
  if (!history[from].length) return;
  const active = document.activeElement;
  history[to].push(history.now);
  history.now = history[from].pop();
  const button = from === "past" ? "undo" : "redo";
  restoring = { builder, fields: history.now, focus: builder.contains(active) ? active.id : "", button };
  post(builder, { action: "restore", place: "" });
}

export const undo = (builder) => go(builder, "past", "future");
export const redo = (builder) => go(builder, "future", "past");

// A restored state is sent instead of what the fields hold.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!restoring || detail.elt !== restoring.builder || detail.parameters.get("action") !== "restore") return;
  restoring.request = detail;
  const start = `${restoring.builder.dataset.prefix}:`;
  for (const name of [...detail.parameters.keys()]) if (name.startsWith(start)) detail.parameters.delete(name);
  for (const [name, value] of restoring.fields) detail.parameters.append(name, value);
});

document.addEventListener("htmx:afterSettle", ({ target, detail }) => {
  if (!target.matches?.("[data-builder]")) return;
  if (restoring?.builder === target && detail.requestConfig === restoring.request) {
    historyOf(target).now = fieldsOf(target);
    const button = target.querySelector(`[data-${restoring.button}]`);
    show(target);
    const before = document.getElementById(restoring.focus);
    (before || (button?.disabled ? target.querySelector("[data-undo]:enabled, [data-redo]:enabled") : button))?.focus();
    restoring = null;
    while (!restoring && waiting.length) go(...waiting.shift());
  } else if (restoring?.builder !== target) {
    // What an earlier answer brings while a step back is on its way is no step of its own.
    record(target);
    show(target);
  }
});
for (const failure of ["htmx:sendError", "htmx:sendAbort", "htmx:responseError"]) {
  document.addEventListener(failure, ({ detail }) => {
    if (!restoring || detail.requestConfig !== restoring.request) return;
    restoring = null;
    waiting = [];
  });
}

// A choice that brings other fields is recorded when they are there. A field that an answer takes away while somebody
// types in it changes in the middle of the exchange, with the old fields and the new ones both there: look after it.
document.addEventListener("change", ({ target }) => {
  const builder = target.closest?.("[data-builder]");
  if (builder && !target.hasAttribute("hx-post")) queueMicrotask(() => record(builder));
});

document.addEventListener("focusin", ({ target }) => {
  const builder = target.closest?.("[data-builder]");
  if (!builder) return;
  lastUsed = builder;
  historyOf(builder);
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-undo], [data-redo]");
  if (button) (button.matches("[data-undo]") ? undo : redo)(builderOf(button));
});

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key) || isTyping(event.target)) return;
  // With the focus nowhere the keys are those of a page of its own, and of the builder only without one.
  const isNowhere = event.target === document.body && !document.getElementById("draft-undo");
  const builder = builderOf(event.target) || (isNowhere && lastUsed?.isConnected ? lastUsed : null);
  if (!builder) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  (key === "y" || event.shiftKey ? redo : undo)(builder);
}, true);

for (const builder of document.querySelectorAll("[data-builder]")) show(builder);

// The grid of a tracking plan: pasting from a spreadsheet, checking while one types, and saving.
import { addRow, changed, field, values } from "./plan-grid.js";

const table = document.getElementById("plan-grid");
const body = table.tBodies[0];
const form = document.getElementById("plan-form");
const LARGE = 500;
let isDirty = "dirty" in table.dataset;
let waiting = 0;

function mark() {
  for (const cell of body.querySelectorAll("td.gl-sheet__wrong")) {
    cell.classList.remove("gl-sheet__wrong");
    cell.firstElementChild.removeAttribute("aria-invalid");
    cell.querySelector(".gl-sheet__error")?.remove();
  }
  const errors = JSON.parse(document.getElementById("plan-errors").textContent);
  for (const { row, column, message } of errors) {
    const cell = body.rows[row]?.querySelector(`td[data-column=${column}]`);
    if (!cell || cell.classList.contains("gl-sheet__wrong")) continue;
    const words = document.createElement("span");
    words.className = "gl-sheet__error";
    words.textContent = message;
    cell.classList.add("gl-sheet__wrong");
    cell.firstElementChild.setAttribute("aria-invalid", "true");
    cell.append(words);
  }
}

function send(check) {
  clearTimeout(waiting);
  form.elements.check.value = check ? "yes" : "";
  htmx.trigger(form, "submit");
}

function edited() {
  isDirty = true;
  clearTimeout(waiting);
  // A large plan is checked when it is saved.
  if (body.rows.length <= LARGE) waiting = setTimeout(() => send(true), 600);
}

form.addEventListener("htmx:configRequest", ({ detail }) => {
  const rows = JSON.stringify([...body.rows].map(values));
  if (detail.parameters.set) detail.parameters.set("rows", rows);
  else detail.parameters.rows = rows;
});
form.querySelector("button:not([type])").addEventListener("click", () => {
  clearTimeout(waiting);
  form.elements.check.value = "";
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "plan-state") return;
  const answer = document.getElementById("plan-answer");
  if ("saved" in answer.dataset) {
    isDirty = false;
    form.elements.revision.value = answer.dataset.revision;
  }
  mark();
});
body.addEventListener("input", edited);
table.addEventListener("plan-changed", edited);
document.getElementById("plan-add").addEventListener("click", () => {
  const last = body.rows[body.rows.length - 1];
  const known = last ? values(last) : {};
  const row = addRow({ kind: known.kind, event: known.event });
  field(row, known.event ? "path" : "event").focus();
  changed();
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  send(false);
});

// Cells of a spreadsheet come with tabs between them.
body.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text/plain").replace(/\r?\n$/, "");
  if (!/[\t\n]/.test(text)) return;
  event.preventDefault();
  const start = event.target.closest("td");
  let row = start.parentElement;
  for (const line of text.split(/\r?\n/)) {
    row ??= addRow();
    line.split("\t").forEach((value, offset) => {
      const cell = row.cells[start.cellIndex + offset]?.querySelector("input, select");
      if (!cell) return;
      if (cell.type === "checkbox") cell.checked = /^(yes|true|1|x|required)$/i.test(value.trim());
      else cell.value = value.trim();
    });
    row = row.nextElementSibling;
  }
  changed();
});
window.addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });
mark();

// The grid of a tracking plan: draws the rows, goes from cell to cell with the keyboard, finds rows.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const table = document.getElementById("plan-grid");
const body = table.tBodies[0];
const columns = [...table.querySelectorAll("th[data-column]")].map((head) => head.dataset.column);
const kinds = read("plan-kinds");
const isEditable = "editable" in table.dataset;
const NAMELESS = new Set(["page", "screen", "identify", "group"]);
const LISTS = { event: "plan-names", types: "plan-types" };

function makeCell(column, value) {
  const cell = document.createElement("td");
  cell.dataset.column = column;
  if (!isEditable) {
    cell.textContent = column === "kind" ? kinds[value] ?? value : value;
    return cell;
  }
  let field = document.createElement(column === "kind" ? "select" : "input");
  if (column === "kind") {
    for (const [kind, label] of Object.entries(kinds)) field.add(new Option(label, kind));
    field.value = value || "track";
  } else if (column === "required") {
    field.type = "checkbox";
    field.checked = value === "yes";
  } else {
    field.value = value;
    field.autocomplete = "off";
    field.spellcheck = column === "description";
    if (LISTS[column]) field.setAttribute("list", LISTS[column]);
  }
  field.setAttribute("aria-label", table.querySelector(`th[data-column=${column}]`).textContent);
  cell.append(field);
  return cell;
}

export function addRow(values = {}, before = null) {
  const row = document.createElement("tr");
  row.append(...columns.map((column) => makeCell(column, values[column] ?? "")));
  if (isEditable) {
    const cell = document.createElement("td");
    cell.innerHTML = '<button type="button" class="gl-sheet__remove" tabindex="-1" aria-label="Remove this row" title="Remove this row">×</button>';
    row.append(cell);
    lockName(row);
  }
  body.insertBefore(row, before);
  return row;
}

// Views, identify and group have no name of their own.
function lockName(row) {
  const kind = field(row, "kind").value;
  const name = field(row, "event");
  name.disabled = NAMELESS.has(kind);
  if (name.disabled) name.value = "";
}

export const field = (row, column) => row.querySelector(`td[data-column=${column}]`).firstElementChild;

export function values(row) {
  return Object.fromEntries(columns.map((column) => {
    const cell = field(row, column);
    return [column, cell.type === "checkbox" ? (cell.checked ? "yes" : "") : cell.value];
  }));
}

export const changed = () => table.dispatchEvent(new Event("plan-changed"));

export function count() {
  const shown = [...body.rows].filter((row) => !row.hidden).length;
  const words = `${body.rows.length.toLocaleString("en")} ${body.rows.length === 1 ? "row" : "rows"}`;
  document.getElementById("plan-count").textContent = shown === body.rows.length ? words : `${shown} of ${words}`;
}

function find(text) {
  const words = text.toLowerCase();
  for (const row of body.rows) {
    const said = isEditable ? Object.values(values(row)).join(" ") : row.textContent;
    row.hidden = !said.toLowerCase().includes(words);
  }
  count();
}

// The row above or below that is shown.
function neighbor(row, step) {
  let next = row;
  do next = step < 0 ? next.previousElementSibling : next.nextElementSibling; while (next?.hidden);
  return next;
}

function move(target, rowStep, columnStep) {
  const cell = target.closest("td");
  const row = rowStep ? neighbor(cell.parentElement, rowStep) : cell.parentElement;
  let index = cell.cellIndex + columnStep;
  while (columnStep && row?.cells[index]?.firstElementChild?.disabled) index += columnStep;
  const next = row?.cells[index]?.firstElementChild;
  if (!next?.matches("input, select")) return false;
  next.focus();
  if (next.select && next.type !== "checkbox") next.select();
  return true;
}

// Left and right leave a text only at its ends.
function leaves(target, key) {
  if (!("selectionStart" in target) || target.type === "checkbox" || target.selectionStart === null) return true;
  const isAll = target.selectionStart === 0 && target.selectionEnd === target.value.length;
  return isAll || (key === "ArrowLeft" ? target.selectionEnd === 0 : target.selectionStart === target.value.length);
}

function removeRow(row) {
  const next = neighbor(row, 1) ?? neighbor(row, -1);
  const index = row.contains(document.activeElement) ? document.activeElement.closest("td").cellIndex : 1;
  row.remove();
  next?.cells[index]?.firstElementChild?.focus();
  changed();
}

function enter(target) {
  if (move(target, 1, 0)) return;
  const row = target.closest("tr");
  const before = values(row);
  const added = addRow({ kind: before.kind, event: before.event });
  field(added, "path").focus();
  changed();
}

body.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (!target.matches("input, select") || event.altKey || event.isComposing) return;
  const isModified = event.ctrlKey || event.metaKey;
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (isModified && (key === "Delete" || key === "Backspace")) removeRow(target.closest("tr"));
  else if (key === "Enter" && !isModified) enter(target);
  else if (steps[key] && !isModified && !event.shiftKey) {
    const [down, right] = steps[key];
    if (right && !leaves(target, key)) return;
    if (!move(target, down, right)) return;
  } else return;
  event.preventDefault();
});
body.addEventListener("click", (event) => {
  if (event.target.matches(".gl-sheet__remove")) removeRow(event.target.closest("tr"));
});
body.addEventListener("change", (event) => {
  if (event.target.closest("td").dataset.column === "kind") lockName(event.target.closest("tr"));
});
document.getElementById("plan-search").addEventListener("input", (event) => find(event.target.value));

read("plan-cells").forEach((row) => addRow(row));
if (isEditable && !body.rows.length) addRow();
count();
table.addEventListener("plan-changed", count);

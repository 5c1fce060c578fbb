// No change of a draft is lost: who leaves waits for the save, and what can't wait is sent after the page.
const form = () => document.getElementById("draft-form");
const saves = () => form()?.getAttribute("hx-post");
const busy = new Set();
let isDirty = false;
let wentWrong = false;
let waiting = [];

const isField = (element) => element.closest?.("#draft-form") && saves() && !element.closest("[data-no-save]");

for (const kind of ["input", "change"]) {
  // Heard before htmx hears it, whose request then says that what is typed is on its way.
  document.addEventListener(kind, (event) => { if (isField(event.target)) isDirty = true; }, true);
}

// What is typed to search is no change of the draft: the form does not hear of it.
for (const search of document.querySelectorAll("[data-no-save]")) {
  for (const kind of ["input", "change"]) search.addEventListener(kind, (event) => event.stopPropagation());
}

// What is found while a save is on its way would take away the button that sent it.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (busy.size && detail.requestConfig.elt.matches("[data-no-save]")) detail.shouldSwap = false;
});

const isSave = (path) => saves() && new URL(path, location).pathname === new URL(saves(), location).pathname;

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb === "post" && isSave(detail.path)) isDirty = false;
});
document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (detail.requestConfig.verb !== "post" || detail.elt.matches(".gl-preview")) return;
  const { xhr, requestConfig } = detail;
  const savedAt = isSave(requestConfig.path) && new URL(requestConfig.path, location).pathname;
  busy.add(xhr);
  xhr.addEventListener("loadend", () => {
    busy.delete(xhr);
    const wasAnswered = xhr.status >= 200 && xhr.status < 300 && new URL(xhr.responseURL).pathname === savedAt;
    if (savedAt && !wasAnswered) sayNotSaved();
    settle();
  });
});

function sayNotSaved() {
  isDirty = true;
  wentWrong = true;
  const words = document.querySelector("#draft-state .gl-saved__words");
  if (words) words.innerHTML = '<span class="gl-saved__bad">Not saved: no answer from the server</span>';
}

function settle() {
  if (busy.size) return;
  const told = waiting;
  waiting = [];
  told.forEach((tell) => tell());
}

// Resolves once all is saved; to false if something could not be, which the page then says.
export async function whenSaved() {
  if (!isDirty && !busy.size) return true;
  wentWrong = false;
  while ((isDirty || busy.size) && !wentWrong) {
    if (isDirty && !busy.size) {
      if (!form()?.reportValidity()) break;
      htmx.trigger(form(), "submit");
      if (isDirty && !busy.size) break;
    }
    if (busy.size) await new Promise((resolve) => waiting.push(resolve));
  }
  const isSaved = !isDirty && !wentWrong && !document.querySelector("#draft-state .gl-saved__bad");
  // Told once; who leaves anyway may.
  isDirty = false;
  if (!isSaved) document.querySelector("#draft-form .gl-field__error")?.scrollIntoView({ block: "center" });
  return isSaved;
}

function leads(event) {
  const link = event.target.closest?.("a[href]");
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const isElsewhere = link && link.target !== "_blank" && !link.hasAttribute("download") && !link.getAttribute("href").startsWith("#");
  return isPlain && isElsewhere && !link.matches("[data-open], [data-goto]") ? link : null;
}

document.addEventListener("click", async (event) => {
  const link = leads(event);
  if (!link || (!isDirty && !busy.size)) return;
  event.preventDefault();
  const { href } = link;
  if (await whenSaved()) location.assign(href);
}, true);

document.addEventListener("submit", async (event) => {
  const { id } = event.submitter ?? {};
  if ((id !== "draft-undo" && id !== "draft-redo") || (!isDirty && !busy.size)) return;
  event.preventDefault();
  if (await whenSaved()) document.getElementById(id)?.click();
}, true);

// Going back, closing the page: the browser sends it by itself, unless an earlier save is on its way.
let wasSentAfter = false;
addEventListener("beforeunload", (event) => { if (isDirty && busy.size) event.preventDefault(); });
addEventListener("pagehide", () => {
  if (!isDirty || !form()) return;
  const body = new FormData(form());
  body.set("revision", document.getElementById("draft-revision").value);
  fetch(saves(), { method: "POST", body, keepalive: true });
  isDirty = false;
  wasSentAfter = true;
});
addEventListener("pageshow", (event) => { if (event.persisted && wasSentAfter) location.reload(); });

// Copy and paste of conditions and groups, also between builders, pages and tabs.
import { builderOf, csrfToken, fieldsOf, isTyping, post, say } from "./builder-requests.js";

const KEPT = "greenlight-condition";

const stored = () => {
  try {
    return localStorage.getItem(KEPT) || "";
  } catch {
    return "";
  }
};

function showPaste() {
  document.documentElement.toggleAttribute("data-has-condition", Boolean(stored()));
}

async function copy(builder, place) {
  const body = new URLSearchParams(fieldsOf(builder));
  body.set("prefix", builder.dataset.prefix);
  body.set("place", place);
  const answer = await fetch(builder.dataset.copyUrl, { method: "POST", body, headers: { "X-CSRFToken": csrfToken(builder) } });
  if (!answer.ok) return;
  const { condition, said } = await answer.json();
  say(builder, said);
  if (!condition) return;
  const written = JSON.stringify(condition);
  try {
    localStorage.setItem(KEPT, written);
  } catch {
    // Private windows may keep nothing; the clipboard still may.
  }
  showPaste();
  navigator.clipboard?.writeText(written).catch(() => {});
}

function paste(builder, place, written) {
  post(builder, { action: "paste", place, detail: written });
}

const placeOf = (element) => element.closest?.("[data-node]")?.dataset.node ?? "";

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-copy], [data-paste]");
  const builder = builderOf(button);
  if (!builder) return;
  if (button.matches("[data-copy]")) {
    button.closest("[data-menu]")?.removeAttribute("open");
    copy(builder, button.dataset.copy);
  } else {
    paste(builder, button.dataset.paste, stored());
  }
});

document.addEventListener("copy", (event) => {
  const active = document.activeElement;
  const builder = builderOf(active);
  if (!builder?.contains(active) || isTyping(active) || !document.getSelection().isCollapsed) return;
  event.preventDefault();
  copy(builder, placeOf(active));
});

function written(text) {
  try {
    return JSON.parse(text).kind ? text : "";
  } catch {
    return "";
  }
}

document.addEventListener("paste", (event) => {
  const active = document.activeElement;
  const builder = builderOf(active);
  if (!builder?.contains(active) || isTyping(active)) return;
  event.preventDefault();
  paste(builder, placeOf(active), written(event.clipboardData.getData("text/plain")) || stored());
});

window.addEventListener("storage", showPaste);
showPaste();

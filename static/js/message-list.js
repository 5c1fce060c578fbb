// The list of messages: j, k and the arrows move, Enter opens, p pauses; lines that come twice are shown once.
const MOST_LINES = 1000;
const isTyping = (element) => element.closest("input, select, textarea, [contenteditable]");
const links = () => [...document.querySelectorAll("#messages .message__link")];

function move(step) {
  const all = links();
  const chosen = all.indexOf(document.activeElement.closest?.(".message__link"));
  const next = all[Math.max(0, Math.min(all.length - 1, chosen + step))] ?? all[0];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

const KEYS = {
  j: () => move(1),
  ArrowDown: () => move(1),
  k: () => move(-1),
  ArrowUp: () => move(-1),
  p: () => document.querySelector("[data-pause]")?.click(),
};

document.addEventListener("keydown", (event) => {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const isArrow = event.key.startsWith("Arrow");
  const isInList = document.activeElement.closest?.("#messages");
  if (!isPlain || !KEYS[event.key] || isTyping(event.target) || (isArrow && !isInList)) return;
  event.preventDefault();
  KEYS[event.key]();
});

// What came a moment ago is sent again, so that nothing is missed; it takes the place of its line.
document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target.id !== "messages") return;
  for (const line of [...event.detail.fragment.querySelectorAll("li.message")]) {
    const shown = document.getElementById(line.id);
    if (!shown) line.classList.add("message--new");
    else line.remove();
  }
});

document.body.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target.id !== "messages") return;
  document.querySelector(".stream__nothing")?.remove();
  const isAtTop = window.scrollY < 400;
  if (isAtTop) links().slice(MOST_LINES).forEach((link) => link.closest("li").remove());
});

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const link = event.target.closest?.(".message__link");
  if (!link) return;
  for (const other of links()) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
});

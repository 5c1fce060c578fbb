// What is shown is drawn in a shadow of its own: the page's styles don't reach it, nor its the page's.
// The page may set --greenlight-accent, -on-accent, -ink, -paper, -line, -radius and -font.
const STYLE = `
  :host { all: initial; }
  .frame { --ink: var(--greenlight-ink, #1d2433); --paper: var(--greenlight-paper, #fff); --line: var(--greenlight-line, #d5dae3);
    --accent: var(--greenlight-accent, #1f6f43); --on-accent: var(--greenlight-on-accent, #fff); --radius: var(--greenlight-radius, 12px);
    background: var(--paper); border: 1px solid var(--line); border-radius: var(--radius); box-sizing: border-box;
    color: var(--ink); display: block; font: 16px/1.5 var(--greenlight-font, system-ui, sans-serif);
    max-width: 440px; overflow-wrap: anywhere; padding: 18px 20px; position: relative; text-align: start; }
  .banner { box-shadow: 0 8px 30px rgb(0 0 0 / 18%); inset-block-end: 16px; inset-inline-end: 16px;
    max-height: calc(100vh - 32px); max-width: calc(100vw - 32px); overflow-y: auto; position: fixed; width: 400px; z-index: 2147483000; }
  .inline { max-width: 100%; }
  dialog.frame { margin: auto; max-height: calc(100vh - 32px); overflow-y: auto; position: fixed; width: min(440px, calc(100vw - 32px)); }
  dialog:not([open]) { display: none; }
  dialog::backdrop { background: rgb(10 15 25 / 55%); }
  h2 { font-size: 17px; line-height: 1.35; margin: 0; padding-inline-end: 36px; }
  p { margin: 8px 0 0; }
  small { display: block; font-size: 13px; margin-top: 8px; }
  .row { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 14px; }
  button, a { align-items: center; background: none; border: 1px solid var(--line); border-radius: 8px; box-sizing: border-box; color: inherit;
    cursor: pointer; display: inline-flex; font: inherit; justify-content: center; min-height: 44px; padding: 9px 14px; text-decoration: none; }
  button:disabled { cursor: progress; opacity: .6; }
  .main, .opener { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
  .opener { --accent: var(--greenlight-accent, #1f6f43); --on-accent: var(--greenlight-on-accent, #fff); font: 600 16px/1.5 var(--greenlight-font, system-ui, sans-serif); }
  .close { border: 0; inset-block-start: 6px; inset-inline-end: 6px; min-width: 44px; padding: 0; position: absolute; }
  input { background: transparent; border: 1px solid var(--line); border-radius: 8px; box-sizing: border-box; color: inherit;
    font: 500 14px/1.4 ui-monospace, monospace; margin-top: 10px; min-height: 44px; padding: 8px 12px; width: 100%; }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  @media (prefers-color-scheme: dark) {
    .frame { --ink: var(--greenlight-ink, #eef1f6); --paper: var(--greenlight-paper, #1b2130); --line: var(--greenlight-line, #4b556b);
      --accent: var(--greenlight-accent, #1f7a48); } }
  @media (prefers-reduced-motion: no-preference) {
    .banner, dialog[open] { animation: come .25s ease-out; } @keyframes come { from { opacity: 0; transform: translateY(12px); } } }
  @media (forced-colors: active) { .frame { border: 2px solid CanvasText; } }`;

const make = (tag, text = "", values = {}) => Object.assign(document.createElement(tag), { textContent: text }, values);
const button = (text, act, className = "") => {
  const made = make("button", text, { type: "button", className });
  made.addEventListener("click", act);
  return made;
};

// The page's own place for it, or right behind the script.
function placeOf() {
  const named = into && document.querySelector(into);
  if (named) return (host) => named.append(host);
  return script.isConnected && document.body.contains(script) ? (host) => script.after(host) : (host) => document.body.append(host);
}

// Makes the frame in the mode that the page asks for. A banner steals no focus; a dialog keeps it
// inside and gives it back, as browsers do; a button opens one when it is pressed.
function frameFor({ language, direction, labels, title }, { opened = () => {}, dismissed = () => {} }) {
  const host = document.createElement("greenlight-ask");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const isDialog = mode === "modal" || mode === "button";
  const box = make(isDialog ? "dialog" : "section", "", { lang: language, dir: direction, className: `frame ${isDialog ? "modal" : mode}` });
  box.setAttribute("aria-labelledby", "title");
  // Who comes into the banner is led back to where he came from.
  let before = null;
  box.addEventListener("focusin", ({ relatedTarget: from }) => { if (from && !box.contains(from)) before = from; });
  const leave = () => {
    const held = root.activeElement;
    if (isDialog && box.open) box.close();
    host.remove();
    if (!isDialog && held && before && before.isConnected) before.focus();
  };
  const dismiss = () => { dismissed(); leave(); };
  box.append(make("h2", title, { id: "title" }), button("×", dismiss, "close"));
  box.lastChild.setAttribute("aria-label", labels.close);
  if (isDialog) box.addEventListener("cancel", (event) => { event.preventDefault(); dismiss(); });
  else box.addEventListener("keydown", (event) => { if (event.key === "Escape") dismiss(); });
  const show = () => { box.showModal(); opened(); };
  if (mode === "button") {
    const opener = button(title, show, "opener");
    opener.setAttribute("aria-haspopup", "dialog");
    opener.lang = language;
    opener.dir = direction;
    root.append(opener);
  }
  root.append(box);
  if (mode === "inline" || mode === "button") placeOf()(host);
  else document.body.append(host);
  if (mode === "modal") show();
  else if (mode !== "button") opened();
  return { host, root, box, leave };
}

// Shows an ask in a product: a banner that asks once, answers in place and steals no focus.
// <script src="…/in-app.js" data-key="…" data-user="…" data-expires="…" data-signature="…" defer>
(() => {
  const script = document.currentScript;
  const { key, user, expires, signature } = script.dataset;
  const home = new URL(script.src).origin;
  const STYLE = `
    :host { all: initial; }
    section { --ink: #1d2433; --paper: #fff; --accent: #1f6f43; --line: #d5dae3;
      background: var(--paper); border: 1px solid var(--line); border-radius: 12px;
      box-shadow: 0 8px 30px rgb(0 0 0 / 18%); box-sizing: border-box; color: var(--ink);
      font: 16px/1.5 system-ui, sans-serif; inset-block-end: 16px; inset-inline-end: 16px;
      max-width: calc(100vw - 32px); padding: 18px 20px; position: fixed; width: 400px; z-index: 2147483000; }
    h2 { font-size: 17px; line-height: 1.35; margin: 0; padding-inline-end: 36px; }
    p { margin: 8px 0 0; overflow-wrap: anywhere; }
    small { color: inherit; display: block; font-size: 13px; margin-top: 8px; opacity: .8; }
    div { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 14px; }
    button, a { background: none; border: 1px solid var(--line); border-radius: 8px; box-sizing: border-box;
      color: inherit; cursor: pointer; font: inherit; min-height: 44px; padding: 9px 14px; text-decoration: none; }
    button.main { background: var(--accent); border-color: var(--accent); color: #fff; }
    button.close { border: 0; inset-block-start: 6px; inset-inline-end: 6px; min-width: 44px; padding: 0; position: absolute; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    @media (prefers-color-scheme: dark) {
      section { --ink: #eef1f6; --paper: #1b2130; --line: #3b4457; --accent: #2f8f5b; } }
    @media (prefers-reduced-motion: no-preference) {
      section { animation: come .25s ease-out; } @keyframes come { from { opacity: 0; transform: translateY(12px); } } }
    @media (forced-colors: active) { section { border: 2px solid CanvasText; } }`;

  const post = async (path, body) => {
    const answer = await fetch(`${home}/in-app/${key}/${path}`, {
      method: "POST", mode: "cors", credentials: "omit", keepalive: true, body: JSON.stringify(body),
    });
    return { gone: answer.status === 410, ok: answer.ok, ...(await answer.json().catch(() => ({}))) };
  };

  const make = (tag, text, values = {}) =>
    Object.assign(document.createElement(tag), { textContent: text }, values);

  function show(ask) {
    const host = document.createElement("greenlight-ask");
    const root = host.attachShadow({ mode: "open" });
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    root.adoptedStyleSheets = [style];
    const box = make("section", "", { lang: ask.language, dir: ask.direction });
    box.setAttribute("aria-labelledby", "title");
    const said = make("p", ask.text);
    said.setAttribute("role", "status");
    const buttons = document.createElement("div");
    // Who comes into the banner is led back to where he came from.
    let before = null;
    box.addEventListener("focusin", ({ relatedTarget: from }) => { if (from && !box.contains(from)) before = from; });
    const act = (name, body = {}) => post(`${ask.token}/${name}`, body).catch(() => ({}));
    const leave = () => {
      const held = root.activeElement;
      host.remove();
      if (held && before && before.isConnected) before.focus();
    };
    const close = make("button", "×", { type: "button", className: "close", ariaLabel: ask.labels.close });
    let over = false;
    const finish = () => { if (!over) act("close"); leave(); };
    close.addEventListener("click", finish);
    box.addEventListener("keydown", (event) => { if (event.key === "Escape") finish(); });

    const settle = (answer, result) => {
      over = true;
      if (result.gone) return leave();
      if (!result.ok) { over = false; return lock(false); }
      if (answer !== "yes") {
        said.textContent = ask.labels.okay;
        buttons.replaceChildren();
        close.focus();
        return setTimeout(leave, 6000);
      }
      said.textContent = `${ask.labels.your_link}: ${result.link}`;
      const copy = make("button", ask.labels.copy, { type: "button", className: "main" });
      copy.addEventListener("click", async () => {
        await navigator.clipboard.writeText(result.link).then(() => { copy.textContent = ask.labels.copied; }, () => {});
      });
      const share = make("a", ask.labels.share, { href: result.share, target: "_blank", rel: "noopener" });
      buttons.replaceChildren(copy, share);
      copy.focus();
    };
    const lock = (on) => buttons.querySelectorAll("button").forEach((one) => { one.disabled = on; });
    for (const answer of ["yes", "not_now", "never"]) {
      const button = make("button", ask.labels[answer], { type: "button", className: answer === "yes" ? "main" : "" });
      button.addEventListener("click", async () => { lock(true); settle(answer, await act("answer", { answer })); });
      buttons.append(button);
    }
    box.append(make("h2", ask.title, { id: "title" }), close, said);
    if (ask.disclosure) box.append(make("small", ask.disclosure));
    box.append(buttons);
    root.append(box);
    document.body.append(host);
    watch(box, async () => { if ((await act("seen")).gone) leave(); });
  }

  // Seen: half of it visible, on a page that is looked at, for one second.
  function watch(box, seen) {
    let timer = 0;
    let half = false;
    const look = () => {
      clearTimeout(timer);
      if (half && document.visibilityState === "visible") timer = setTimeout(done, 1000);
    };
    const observer = new IntersectionObserver(([entry]) => {
      half = entry.intersectionRatio >= 0.5;
      look();
    }, { threshold: [0, 0.5, 1] });
    const done = () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", look);
      seen();
    };
    document.addEventListener("visibilitychange", look);
    observer.observe(box);
  }

  const ready = async () => {
    if (!user || !signature) return;
    const answer = await post("ready", { user, expires: Number(expires), signature });
    if (answer.ask) show(answer.ask);
  };
  ready().catch(() => {});
})();

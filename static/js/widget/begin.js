// <script src="…/widget.js" data-key="…" data-user="…" data-expires="…" data-signature="…" data-mode="banner" defer>
// Modes: banner, modal, inline, button; the last two stand where data-into (a selector) says.
const script = document.currentScript;
const { key, into } = script.dataset;
const home = new URL(script.src).origin;
const mode = ["modal", "inline", "button"].includes(script.dataset.mode) ? script.dataset.mode : "banner";

// A page of Greenlight's own shows what is not asked: nothing is sent.
const sample = script.dataset.sample ? JSON.parse(script.dataset.sample) : null;

const send = async (path, body) => {
  const answer = await fetch(`${home}/in-app/${key}/${path}`, {
    method: "POST", mode: "cors", credentials: "omit", keepalive: true, body: JSON.stringify(body),
  });
  return { gone: answer.status === 410, ok: answer.ok, ...(await answer.json().catch(() => ({}))) };
};

const post = sample ? async () => ({ ok: true, ...sample.result }) : send;

// The page may listen: document.addEventListener("greenlight", (event) => event.detail.what).
const tell = (what) => document.dispatchEvent(new CustomEvent("greenlight", { detail: { what } }));

const begin = async ({ user, expires, signature }) => {
  const body = user && signature ? { user, expires: Number(expires), signature } : {};
  const answer = sample || (await post("ready", { ...body, locale: document.documentElement.lang }));
  if (!answer.ask && !answer.offer) return;
  (answer.ask ? showAsk : showOffer)(answer.ask || answer.offer);
  tell("shown");
};

begin(script.dataset).catch(() => {});

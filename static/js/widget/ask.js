// Asks once, and answers in place: the link and ways to share it, or thanks.
function showAsk(ask) {
  const { labels } = ask;
  const act = (name, body = {}) => post(`${ask.token}/${name}`, body).catch(() => ({}));
  const said = make("p", ask.text);
  said.setAttribute("role", "status");
  const row = make("div", "", { className: "row" });
  let over = false;
  let frame = null;
  frame = frameFor(ask, {
    opened: () => queueMicrotask(() => watch(frame.box, async () => { if ((await act("seen")).gone) frame.leave(); })),
    dismissed: () => { if (!over) act("close"); tell("closed"); },
  });
  const lock = (on) => row.querySelectorAll("button").forEach((one) => { one.disabled = on; });
  const answered = async (answer) => {
    lock(true);
    const result = await act("answer", { answer });
    if (result.gone) return frame.leave();
    lock(false);
    if (!result.ok) {
      said.textContent = labels.try_again;
      return undefined;
    }
    over = true;
    tell(answer);
    if (answer === "yes") return shareRow(said, row, labels, result, (channel) => act("shared", { channel }));
    said.textContent = labels.okay;
    row.replaceChildren();
    frame.box.querySelector(".close").focus();
    return setTimeout(frame.leave, 6000);
  };
  for (const answer of ["yes", "not_now", "never"])
    row.append(button(labels[answer], () => answered(answer), answer === "yes" ? "main" : ""));
  frame.box.append(said);
  if (ask.disclosure) frame.box.append(make("small", ask.disclosure));
  frame.box.append(row);
}

// The link, a button that copies it, what the device offers, and the apps.
function shareRow(said, row, labels, result, shared) {
  said.textContent = labels.your_link;
  const field = make("input", "", { value: result.link, readOnly: true, dir: "ltr" });
  field.setAttribute("aria-label", labels.your_link);
  field.addEventListener("focus", () => field.select());
  row.before(field);
  const copy = button(labels.copy, async () => {
    const done = await navigator.clipboard.writeText(result.copied).then(() => true, () => false);
    if (!done) return field.focus();
    copy.textContent = `✓ ${labels.copied}`;
    said.textContent = labels.copied;
    return shared("copy");
  }, "main");
  row.replaceChildren(copy);
  if (navigator.share)
    row.append(button(labels.share_native, () => navigator.share({ text: result.text, url: result.native }).then(() => shared("native"), () => {})));
  const out = (text, href, act = () => {}) => {
    const link = make("a", text, { href, target: "_blank", rel: "noopener noreferrer" });
    link.addEventListener("click", act);
    row.append(link);
  };
  for (const one of result.channels) out(one.label, one.url, () => shared(one.channel));
  if (result.introduce) out(result.introduce.label, result.introduce.url);
  out(labels.share, result.share);
  copy.focus();
}

// What everybody may see who is not signed in: the offer, and the way to it.
function showOffer(offer) {
  const frame = frameFor(offer, { dismissed: () => tell("closed") });
  frame.box.append(make("p", offer.text));
  if (offer.disclosure) frame.box.append(make("small", offer.disclosure));
  const row = make("div", "", { className: "row" });
  row.append(make("a", offer.button, { href: offer.url, className: "main" }));
  frame.box.append(row);
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

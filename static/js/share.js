// Copies and shares the advocate's link, and tells the server about each act of the person.
const form = document.querySelector("[data-share]");
const status = form.querySelector("[data-status]");

function tell(channel) {
  const body = new FormData(form);
  body.set("channel", channel);
  body.set("quiet", "1");
  // The page may be left for the app that opens; keepalive lets the message out all the same.
  fetch(form.action, { method: "POST", body, keepalive: true }).catch(() => {});
}

function confirmOn(button) {
  const label = button.textContent;
  button.textContent = `✓ ${button.dataset.done}`;
  status.textContent = button.dataset.done;
  setTimeout(() => {
    button.textContent = label;
    status.textContent = "";
  }, 2500);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without permission or https the clipboard is closed; the old way still works.
    const field = document.createElement("textarea");
    field.value = text;
    form.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

for (const button of form.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    await copy(button.dataset.copy);
    confirmOn(button);
    button.focus();
    tell(button.dataset.channel);
  });
}

for (const link of form.querySelectorAll("a[data-channel]")) {
  link.addEventListener("click", () => tell(link.dataset.channel));
}

const native = form.querySelector("[data-native]");
if (navigator.share) {
  native.addEventListener("click", async () => {
    try {
      await navigator.share({ text: native.dataset.text, url: native.dataset.url });
    } catch {
      return; // The sheet was dismissed: nothing was shared.
    }
    tell(native.dataset.channel);
  });
}

form.querySelector("[data-select]").addEventListener("focus", (event) => event.target.select());
form.addEventListener("submit", (event) => {
  if (!event.submitter) event.preventDefault();
});

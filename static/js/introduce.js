// Takes the note along as it stands in the form: to the clipboard, or into the mail program.
const form = document.querySelector("[data-introduce]");
const status = form.querySelector("[data-status]");
const subject = form.elements.subject;
const note = form.elements.note;
const mail = form.querySelector("[data-mail]");
const button = form.querySelector("[data-copy-note]");
// Some mail programs cut a longer address.
const MOST = 1800;

mail.addEventListener("click", () => {
  const lines = note.value.replace(/\r?\n/g, "\r\n");
  const address = `mailto:?subject=${encodeURIComponent(subject.value)}&body=${encodeURIComponent(lines)}`;
  if (address.length <= MOST) mail.href = address;
});

button.addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(note.value);
  } catch {
    // Without permission or https the clipboard is closed; the old way still works.
    note.select();
    document.execCommand("copy");
    button.focus();
  }
  const label = button.textContent;
  button.textContent = `✓ ${button.dataset.done}`;
  status.textContent = button.dataset.done;
  setTimeout(() => {
    button.textContent = label;
    status.textContent = "";
  }, 2500);
});

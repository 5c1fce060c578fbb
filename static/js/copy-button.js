// Copies the text of data-copy and says so on the button; works for rows that are swapped in.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without https the clipboard is closed; the old way still works.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  event.preventDefault();
  await copy(button.dataset.copy);
  const label = button.textContent;
  button.textContent = "✓ Copied";
  button.focus();
  setTimeout(() => {
    button.textContent = label;
  }, 2000);
});

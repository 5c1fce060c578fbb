// data-dialog="id" on a button opens the dialog; data-dialog-once="key" on a dialog opens it by itself, once.
document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
});

for (const dialog of document.querySelectorAll("dialog[data-dialog-once]")) {
  const key = `seen-${dialog.dataset.dialogOnce}`;
  if (localStorage.getItem(key)) continue;
  localStorage.setItem(key, "1");
  dialog.showModal();
}

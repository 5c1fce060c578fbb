// A form with data-drop-zone: takes a dropped or chosen file, uploads it at once, shows how far.
const zoneOf = (event) => event.target.closest?.("[data-drop-zone]");

document.addEventListener("dragover", (event) => {
  const zone = zoneOf(event);
  if (!zone) return;
  event.preventDefault();
  zone.classList.add("gl-drop--over");
});

document.addEventListener("dragleave", (event) => {
  const zone = zoneOf(event);
  if (zone && !zone.contains(event.relatedTarget)) zone.classList.remove("gl-drop--over");
});

document.addEventListener("drop", (event) => {
  const zone = zoneOf(event);
  if (!zone) return;
  event.preventDefault();
  zone.classList.remove("gl-drop--over");
  const input = zone.querySelector("input[type=file]");
  if (!event.dataTransfer.files.length) return;
  input.files = event.dataTransfer.files;
  zone.requestSubmit();
});

// Caught on its way down: the theme would look for a text field of its own beside the input.
document.addEventListener(
  "change",
  (event) => {
    const zone = zoneOf(event);
    if (!zone || event.target.type !== "file") return;
    event.stopPropagation();
    if (event.target.files.length) zone.requestSubmit();
  },
  true,
);

document.addEventListener("htmx:xhr:progress", (event) => {
  const bar = zoneOf(event)?.querySelector("progress");
  if (!bar || !event.detail.lengthComputable) return;
  bar.hidden = false;
  bar.value = (100 * event.detail.loaded) / event.detail.total;
});

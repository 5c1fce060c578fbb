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

document.addEventListener("change", (event) => {
  const zone = zoneOf(event);
  if (zone && event.target.type === "file" && event.target.files.length) zone.requestSubmit();
});

document.addEventListener("htmx:xhr:progress", (event) => {
  const bar = zoneOf(event)?.querySelector("progress");
  if (!bar || !event.detail.lengthComputable) return;
  bar.hidden = false;
  bar.value = (100 * event.detail.loaded) / event.detail.total;
});

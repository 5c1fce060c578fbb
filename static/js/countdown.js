// Counts the seconds down for which something is possible, and takes it away when they are over.
// Markup: [data-countdown="seconds"] with [data-countdown-words] inside.
for (const place of document.querySelectorAll("[data-countdown]")) {
  const end = Date.now() + Number(place.dataset.countdown) * 1000;
  const words = place.querySelector("[data-countdown-words]");
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    if (left === 0) {
      place.hidden = true;
      return;
    }
    const seconds = String(left % 60).padStart(2, "0");
    words.textContent = `${Math.floor(left / 60)}:${seconds} left`;
    setTimeout(tick, 1000);
  };
  tick();
}

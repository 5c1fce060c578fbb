// Tells that a person looks at the page, once it has been visible for a second.
const address = document.querySelector("[data-seen]").dataset.seen;
let timer = 0;

function watch() {
  clearTimeout(timer);
  if (document.visibilityState !== "visible") return;
  timer = setTimeout(() => {
    document.removeEventListener("visibilitychange", watch);
    fetch(address, { method: "POST", keepalive: true }).catch(() => {});
  }, 1000);
}

document.addEventListener("visibilitychange", watch);
watch();

// Tells that a person looks at the page: it has been visible for a second, and a hand was there.
// A scanner that runs scripts opens pages, but it neither touches, scrolls nor types.
const address = document.querySelector("[data-seen]").dataset.seen;
const HAND = ["pointermove", "pointerdown", "touchstart", "wheel", "scroll", "keydown"];
let timer = 0;
let wasVisible = false;
let wasTouched = false;

function tell() {
  if (!wasVisible || !wasTouched) return;
  document.removeEventListener("visibilitychange", watch);
  fetch(address, { method: "POST", keepalive: true }).catch(() => {});
}

function watch() {
  clearTimeout(timer);
  if (document.visibilityState !== "visible" || wasVisible) return;
  timer = setTimeout(() => {
    wasVisible = true;
    tell();
  }, 1000);
}

function touch(event) {
  // What a script does is marked as not trusted.
  if (!event.isTrusted || wasTouched) return;
  wasTouched = true;
  for (const name of HAND) document.removeEventListener(name, touch);
  tell();
}

for (const name of HAND) document.addEventListener(name, touch, { passive: true });
document.addEventListener("visibilitychange", watch);
watch();

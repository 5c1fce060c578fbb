// Loads the page again when the long work on it is over, to show what came of it.
document.body.addEventListener("work-over", () => window.location.reload());

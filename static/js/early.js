// Says what the browser can do before the page is shown, so that no button appears later.
document.documentElement.classList.add("has-script");
if (navigator.share) document.documentElement.classList.add("has-sharing");

// A page that answers a form takes its own address, so that loading it again does not send the form again.
const page = document.querySelector("[data-own-address]");
if (page) window.history.replaceState(null, "", page.dataset.ownAddress);

// A wide flow begins in the middle, where its trigger is.
document.querySelectorAll(".gl-flow__scroll").forEach((scroller) => {
  scroller.scrollLeft = (scroller.scrollWidth - scroller.clientWidth) / 2;
});

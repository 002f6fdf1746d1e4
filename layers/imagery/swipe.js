(function () {
  "use strict";
  var stage = document.getElementById("stage"), at = document.getElementById("at");
  var show = document.getElementById("show");
  var earlier = document.querySelector("#earlier-tag span").textContent;
  var later = document.querySelector("#later-tag span").textContent;
  function draw() {
    stage.style.setProperty("--at", at.value + "%");
    at.setAttribute("aria-valuetext",
      at.value + " % " + earlier + ", " + (100 - at.value) + " % " + later);
  }
  function drag(event) {
    var box = stage.getBoundingClientRect();
    at.value = Math.round(100 * (event.clientX - box.left) / box.width);
    draw();
  }
  stage.addEventListener("pointerdown", function (event) {
    stage.setPointerCapture(event.pointerId);
    drag(event);
  });
  stage.addEventListener("pointermove", function (event) {
    if (stage.hasPointerCapture(event.pointerId)) { drag(event); }
  });
  at.addEventListener("input", draw);
  if (show) {
    show.addEventListener("change", function () {
      document.getElementById("outlines").style.display = show.checked ? "" : "none";
    });
  }
  draw();
})();

(function () {
  "use strict";
  var frames = Array.prototype.slice.call(document.querySelectorAll("#stage figure"));
  var at = document.getElementById("at"), play = document.getElementById("play");
  var speed = document.getElementById("speed"), told = document.getElementById("told");
  var now = Number(at.value), timer = 0;
  function show(number) {
    frames[now].hidden = true;
    now = (number + frames.length) % frames.length;
    frames[now].hidden = false;
    at.value = String(now);
    var words = frames[now].getAttribute("data-words");
    at.setAttribute("aria-valuetext", words);
    told.textContent = words;
  }
  function stop() {
    window.clearInterval(timer);
    timer = 0;
    play.setAttribute("aria-pressed", "false");
    play.textContent = "Play";
  }
  function start() {
    window.clearInterval(timer);
    timer = window.setInterval(function () { show(now + 1); }, Number(speed.value));
    play.setAttribute("aria-pressed", "true");
    play.textContent = "Pause";
  }
  function step(by) {
    return function () { stop(); show(now + by); };
  }
  play.addEventListener("click", function () { if (timer) { stop(); } else { start(); } });
  speed.addEventListener("change", function () { if (timer) { start(); } });
  at.addEventListener("input", function () { stop(); show(Number(at.value)); });
  document.getElementById("before").addEventListener("click", step(-1));
  document.getElementById("after").addEventListener("click", step(1));
  document.addEventListener("visibilitychange", function () { if (document.hidden) { stop(); } });
  show(now);
})();

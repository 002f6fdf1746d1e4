(function () {
  "use strict";
  var table = JSON.parse(document.getElementById("keys").getAttribute("data-keys"));
  var home = window.parent, page = home.document;
  if (home.lamassuKeys) { home.lamassuKeys.abort(); }
  home.lamassuKeys = new home.AbortController();
  var until = { capture: true, signal: home.lamassuKeys.signal };
  var heard = new WeakSet();
  function types(target) {
    if (!target || !target.tagName) { return false; }
    if (target.tagName === "INPUT") {
      return !/^(radio|checkbox|range|button)$/.test(target.type);
    }
    return target.tagName === "TEXTAREA" || target.tagName === "SELECT" ||
      target.isContentEditable || target.getAttribute("role") === "combobox";
  }
  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) { return; }
    var key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!Object.hasOwn(table, key) || types(event.target)) { return; }
    if (key === "Enter" && event.target.tagName === "BUTTON") { return; }
    if (page.querySelector("[role=dialog]")) { return; }
    var button = page.querySelector(".st-key-" + table[key] + " button");
    if (!button || button.disabled) { return; }
    event.stopImmediatePropagation();
    event.preventDefault();
    // A frame is about to be drawn anew, and would be deaf; a button that was clicked before would
    // take the Enter that is meant for the reasons.
    page.activeElement.blur();
    if (event.view !== home) { home.focus(); }
    button.click();
  }
  function hear() {
    page.querySelectorAll("iframe[srcdoc]").forEach(function (frame) {
      var inside = frame.contentDocument;
      if (inside && !heard.has(inside)) {
        heard.add(inside);
        inside.addEventListener("keydown", press, until);
      }
    });
  }
  function follow() {
    var queue = page.querySelector(".st-key-alert-queue");
    var chosen = queue && queue.querySelector("input:checked");
    if (!chosen) { return; }
    var line = chosen.closest("label");
    var top = line.getBoundingClientRect().top - queue.getBoundingClientRect().top;
    if (top < 0 || top + line.offsetHeight > queue.clientHeight) {
      queue.scrollTop += top - queue.clientHeight / 3;
    }
  }
  home.addEventListener("keydown", press, until);
  page.addEventListener("load", function () {  // of every frame that is drawn from now on
    hear();
    follow();
  }, until);
  hear();
  document.getElementById("keys").setAttribute("data-listening", "");
})();

/* Keys of the exception queue: each presses what carries its data-key. Every key has a button; a tick turns them off. */
(function () {
  "use strict";
  var tick = document.querySelector("[data-keys]"), busy = false;
  if (tick) {
    tick.checked = localStorage.getItem("queue-keys") !== "off";
    tick.addEventListener("change", function () { localStorage.setItem("queue-keys", tick.checked ? "on" : "off"); });
  }
  document.addEventListener("submit", function (event) {
    if (busy) { event.preventDefault(); }
    busy = true;
  });
  window.addEventListener("pageshow", function () { busy = false; });
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) { return; }
    var field = event.target.closest("textarea, select, input:not([type=checkbox])");
    if (field && field.name === "why" && event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      field.form.requestSubmit();
    }
    var key = /^[jkynu]$/i.test(event.key) && !field && !busy && tick && tick.checked;
    var target = key && document.querySelector('[data-key="' + event.key.toLowerCase() + '"]');
    if (!target) { return; }
    event.preventDefault();
    if (target.tagName !== "DETAILS") { return target.click(); }
    target.open = true;
    target.querySelector("textarea").focus();
  });
})();

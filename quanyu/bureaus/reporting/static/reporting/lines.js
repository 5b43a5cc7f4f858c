/* A table of many lines: a block copied from Excel spreads from the cell it is pasted into; what does not fit goes to
   the box for pasting below. Everything else (moving, keeping) is grid.js. The page works without this file. */
(function () {
  "use strict";
  var form = document.getElementById("filling");
  if (!form) { return; }
  function put(cell, text) {
    text = text.trim();
    if (cell.tagName === "SELECT") {
      var found = [].find.call(cell.options, function (o) { return o.value === text || (text && o.textContent.slice(o.value.length).trim() === text); });
      cell.value = found ? found.value : "";
    } else { cell.value = text; }
    cell.dispatchEvent(new Event("input", { bubbles: true }));
  }
  /* what the page itself carries to the server needs no copy here: rows move when some are dropped or added */
  document.addEventListener("submit", function (event) {
    if (event.target !== form || event.defaultPrevented) { return; }
    try { window.localStorage.removeItem("quanyu-draft:" + form.dataset.key); } catch (error) { /* no store, no copy */ }
  });
  form.addEventListener("paste", function (event) {
    var here = event.target.closest("td.in"), text = event.clipboardData ? event.clipboardData.getData("text") : "";
    if (!here || !/[\r\n\t]/.test(text.replace(/\s+$/, ""))) { return; }
    event.preventDefault(); event.stopImmediatePropagation();
    var row = here.parentNode, first = [].indexOf.call(row.cells, here), left = [];
    text.replace(/[\r\n]+$/, "").split(/\r\n|\n|\r/).forEach(function (line) {
      if (!row) { left.push(line); return; }
      line.split("\t").forEach(function (piece, i) {
        var td = row.cells[first + i], cell = td && td.classList.contains("in") && td.querySelector("input, select");
        if (cell && !cell.readOnly && !cell.disabled) { put(cell, piece); }
      });
      row = row.nextElementSibling;
    });
    if (left.length) { var box = document.getElementById("paste"); box.value = left.join("\n"); box.focus(); }
  }, true);
})();

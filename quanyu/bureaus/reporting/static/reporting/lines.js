/* A table of many lines: a block copied from Excel spreads from the cell it is pasted into; rows that do not fit go to the
   box for pasting below. Everything else (moving, keeping) is grid.js. The page works without this file. ES2017. */
(function () {
  "use strict";
  var form = document.getElementById("filling");
  /* what the page itself carries to the server needs no copy in the browser: rows move when some are dropped or added */
  document.addEventListener("submit", function (event) {
    if (!event.defaultPrevented) { try { window.localStorage.removeItem("quanyu-draft:" + form.dataset.key); } catch (error) { /* no store */ } }
  });
  function put(cell, text) {
    var found = [].find.call(cell.options || [], function (o) { return o.value && (o.value === text || o.textContent.slice(o.value.length).trim() === text); });
    cell.value = cell.options ? (found ? found.value : "") : text;
    cell.dispatchEvent(new Event("input", { bubbles: true }));
  }
  form.addEventListener("paste", function (event) {
    var here = event.target.closest("td.in"), text = event.clipboardData.getData("text").replace(/[\r\n]+$/, "");
    if (!here || !/[\r\n\t]/.test(text)) { return; }
    event.preventDefault(); event.stopImmediatePropagation();
    var row = here.parentNode, left = text.split(/\r\n|\n|\r/);
    for (; row && left.length; row = row.nextElementSibling) {
      left.shift().split("\t").forEach(function (piece, i) {
        var cell = row.cells[here.cellIndex + i] && row.cells[here.cellIndex + i].querySelector("td.in input, td.in select");
        if (cell && !cell.readOnly && !cell.disabled) { put(cell, piece.trim()); }
      });
    }
    if (left.length) { document.getElementById("paste").value = left.join("\n"); document.getElementById("paste").focus(); }
  }, true);
})();

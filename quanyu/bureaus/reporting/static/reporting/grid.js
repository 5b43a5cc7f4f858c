/* Filling a statutory form: Enter and arrows, pasting from Excel, live sums, and nothing typed is ever lost.
   The page works without this file. ES2017, no dependency.
   What is typed goes to this browser at once (localStorage) and to the server a moment later; the copy here is dropped
   when the server has acknowledged it, and offered back when the page comes up and it is still there. */
(function () {
  "use strict";
  var form = document.getElementById("filling");
  if (!form) { return; }
  var all = function (what) { return Array.from(form.querySelectorAll(what)); };
  var cells = all("td.in input, td.in select"), kept = cells.concat(all("tr.ask input"));
  var rows = all("tr[id^=r-]"), sums = all("[data-terms]:not([data-terms=''])");

  /* ---- numbers as people write them ---- */
  function half(text) {
    return String(text).replace(/[！-～]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 65248); }).replace(/　/g, " ").trim();
  }
  function clean(text) { /* a sound number bare, anything else as it was typed */
    var plain = half(text).replace(/[,\s]/g, "").replace(/−/g, "-").replace(/^\+/, "");
    return /^-?\d+(\.\d+)?$/.test(plain) ? plain : half(text);
  }
  function value(text) { var plain = clean(text); return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null; }
  function shown(number) {
    if (number === null) { return "—"; }
    var parts = String(Math.round(Math.abs(number) * 1e6) / 1e6).split(".");
    return (number < 0 ? "−" : "") + [parts[0].replace(/\B(?=(\d{3})+$)/g, ",")].concat(parts.slice(1)).join(".");
  }
  function put(cell, text) {
    var number = cell.hasAttribute("data-number") ? value(text) : null;
    cell.value = number === null || Math.abs(number) >= 1e15 ? half(text) : shown(number).replace("−", "-");
  }

  /* ---- live sums: computed cells, 1—本月, 同比 ---- */
  function numberOf(name) {
    var cell = document.getElementById("c-" + name);
    return cell && value(cell.value === undefined ? cell.textContent : cell.value);
  }
  function addUp() {
    sums.forEach(function (cell) {
      var terms = cell.dataset.terms.split(" ").map(function (t) { return [numberOf(t.split(":")[0]), Number(t.split(":")[1])]; });
      var known = terms.filter(function (t) { return t[0] !== null; });
      cell.textContent = shown(known.length ? known.reduce(function (sum, t) { return sum + t[0] * t[1]; }, 0) : null);
    });
    rows.forEach(function (row) {
      var total = row.querySelector(".total"), rate = row.querySelector(".rate"), number = numberOf(row.id.slice(2));
      if (!total) { return; }
      var before = row.hasAttribute("data-stock") ? "" : row.dataset.before, last = Number(row.dataset.last);
      var sum = number === null && !before ? null : Number(before) + number, change = 100 * (sum - last) / last;
      total.textContent = shown(sum);
      rate.textContent = number === null || !last ? "—" : Math.abs(change) < 0.05 ? rate.dataset.flat : (change > 0 ? "+" : "−") + Math.abs(change).toFixed(1).replace(/\B(?=(\d{3})+\.)/g, ",");
    });
  }

  /* ---- moving and pasting ---- */
  form.addEventListener("keydown", function (event) {
    var at = cells.indexOf(event.target), list = event.target.tagName === "SELECT";
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) { return; }
    var step = event.key === "Enter" ? (event.shiftKey ? -1 : 1) : list ? 0 : { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) { return; }
    event.preventDefault();
    var next = cells[at + step];
    if (next) { next.focus(); if (next.select) { next.select(); } }
  });
  form.addEventListener("focusin", function (event) {
    if (event.target.hasAttribute("data-number") && !event.target.readOnly) { event.target.value = event.target.value.replace(/,/g, ""); event.target.select(); }
  });
  form.addEventListener("focusout", function (event) { if (cells.indexOf(event.target) >= 0) { put(event.target, event.target.value); addUp(); } });
  form.addEventListener("paste", function (event) {
    var at = cells.indexOf(event.target), text = event.clipboardData.getData("text").replace(/[\r\n]+$/, "");
    if (at < 0 || !/[\r\n\t]/.test(text)) { return; }
    event.preventDefault();
    /* of a block the first column of numbers counts: beside it stand names and sums that are not typed */
    var block = text.split(/\r\n|\n|\r/).map(function (line) { return line.split("\t"); });
    var column = block[0].findIndex(function (_cell, c) {
      var values = block.map(function (row) { return half(row[c] || ""); }).filter(Boolean);
      return values.length && values.every(function (v) { return value(v) !== null; });
    });
    block.forEach(function (row, i) {
      var cell = cells[at + i];
      if (cell && !cell.readOnly && !cell.disabled) { put(cell, row[Math.max(column, 0)] || ""); cell.removeAttribute("data-origin"); }
    });
    addUp(); typed();
  });

  /* ---- keeping: in this browser at once, on the server a moment later ---- */
  var key = form.dataset.key && "quanyu-draft:" + form.dataset.key, state = document.getElementById("state");
  var timer = 0, sending = false, dirty = false, stopped = false;
  function here() {
    return kept.reduce(function (out, cell) { out[cell.name] = cell.hasAttribute("data-number") ? clean(cell.value) : cell.value; return out; }, {});
  }
  function store(action) { try { return action(window.localStorage); } catch (error) { return null; } }
  function forget() { store(function (s) { s.removeItem(key); }); }
  function keepHere() {
    var now = new Date().toTimeString().slice(0, 5);
    store(function (s) { s.setItem(key, JSON.stringify({ cells: here(), at: now })); });
  }
  function say(words, again) {
    state.textContent = words + " ";
    if (again) { var a = document.createElement("a"); a.href = window.location.pathname; a.textContent = state.dataset.again; state.appendChild(a); }
  }
  function soon(delay) { window.clearTimeout(timer); timer = window.setTimeout(send, delay); }
  function typed() { dirty = true; keepHere(); soon(1200); }
  function halt(words) { stopped = dirty = true; say(words, true); }
  function send(last) {
    if (!dirty || stopped || (sending && last !== true)) { return; }
    sending = true; dirty = false; say(state.dataset.saving);
    window.fetch(form.dataset.save, {
      method: "POST", body: JSON.stringify(Object.assign({ base: form.elements.base.value }, here())), redirect: "manual",
      keepalive: last === true, headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value }
    }).then(function (answer) {
      if (answer.type === "opaqueredirect" || answer.status === 403) { halt(state.dataset.expired); return; }
      if (answer.status >= 500) { throw new Error(answer.status); }
      return answer.json().then(function (told) {
        if (!answer.ok) { halt(told.sentence); return; }
        form.elements.base.value = told.version; say(state.dataset.saved + " " + told.at);
        if (dirty) { soon(1200); } else { forget(); }
      });
    }).catch(function () { dirty = true; say(state.dataset.offline); soon(15000); }).then(function () { sending = false; });
  }
  if (key) {
    form.addEventListener("input", function (event) {
      if (kept.indexOf(event.target) >= 0) { event.target.removeAttribute("data-origin"); addUp(); typed(); }
    });
    window.addEventListener("online", send);
    window.addEventListener("offline", function () { say(state.dataset.offline); });
    document.addEventListener("visibilitychange", function () { if (document.visibilityState === "hidden") { send(true); } });
    form.addEventListener("submit", function (event) {
      keepHere();
      if (!navigator.onLine) { event.preventDefault(); dirty = true; say(state.dataset.offline); return; }
      stopped = true; /* the page itself carries everything now */
    });
    var left = store(function (s) { return JSON.parse(s.getItem(key)); }), now = here(), offer = document.getElementById("kept-here");
    var apart = left ? Object.keys(left.cells).filter(function (name) { return name in now && now[name] !== left.cells[name]; }) : [];
    if (!apart.length) { forget(); } else {
      offer.querySelector("span").textContent = state.dataset.kept + " " + left.at + "（" + apart.length + " " + state.dataset.different + "）";
      offer.hidden = false;
      offer.addEventListener("click", function (event) {
        if (event.target.hasAttribute("data-restore")) { apart.forEach(function (name) { put(form.elements[name], left.cells[name]); }); addUp(); typed(); }
        else if (event.target.hasAttribute("data-forget")) { forget(); } else { return; }
        offer.hidden = true;
      });
    }
  }
  var problems = document.getElementById("problems");
  if (problems) { problems.focus(); }
  addUp();
})();

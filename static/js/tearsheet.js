// The tear sheet: numbers open their definition in place, the growth chart switches its scale, prices come finer when zoomed.
// Without this file every number is a link, every part a page of its own, and the scale a choice of the address.
(() => {
"use strict";
const {$, $$, toast} = window.fo;

// One dialog for every number.
const dialog = $("#number");
document.addEventListener("click", async e => {
  const link = e.target.closest("a.nl");
  if (!link || !dialog || e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;
  e.preventDefault();
  const answer = await fetch(link.href, {headers: {"HX-Request": "true"}}).catch(() => null);
  if (!answer?.ok) { location.assign(link.href); return; }
  $(".definition-slot", dialog).innerHTML = await answer.text();
  dialog.showModal();
});

// Linear or logarithmic: another figure of the same chart, and another address of the same page.
document.addEventListener("change", e => {
  const input = e.target.closest("[data-scale]"); if (!input) return;
  const chart = document.getElementById("equity"), u = new URL(location), src = new URL(chart.dataset.src, location);
  for (const a of [u, src]) input.value === "log" ? a.searchParams.set("scale", "log") : a.searchParams.delete("scale");
  history.replaceState(null, "", u);
  redraw(chart, src);
});

// Prices: another instrument, or a shorter span in more detail (candles where they fit).
document.addEventListener("change", e => {
  const select = e.target.closest("[data-price-symbol]"); if (!select) return;
  const chart = document.getElementById("price"), src = new URL(chart.dataset.src, location);
  const u = new URL(location); u.searchParams.set("price", select.value); history.replaceState(null, "", u);
  src.searchParams.set("symbol", select.value); src.searchParams.delete("from"); src.searchParams.delete("to");
  const table = $("[data-price-table]");
  if (table) { const t = new URL(table.getAttribute("hx-get"), location); t.searchParams.set("symbol", select.value); table.setAttribute("hx-get", t.pathname + t.search); window.htmx?.process(table); }
  redraw(chart, src);
});
// A link that was copied names the instrument that was looked at.
document.addEventListener("htmx:afterSettle", () => {
  const select = $("[data-price-symbol]"), asked = new URLSearchParams(location.search).get("price");
  if (!select || select._set || !asked) return;
  select._set = true;
  if (select.value !== asked && [...select.options].some(o => o.value === asked)) { select.value = asked; select.dispatchEvent(new Event("change", {bubbles: true})); }
});
function span(chart, from, to) {
  const src = new URL(chart.dataset.src, location);
  for (const [name, value] of [["from", from], ["to", to]]) value ? src.searchParams.set(name, value.slice(0, 10)) : src.searchParams.delete(name);
  redraw(chart, src);
}
let waiting = 0;
document.addEventListener("chart:drawn", e => {
  const chart = e.target; if (chart.id !== "price" || chart._zooms) return;
  chart._zooms = true;
  chart.on("plotly_relayout", change => {
    clearTimeout(waiting);
    const from = change["xaxis.range[0]"] ?? change["xaxis.range"]?.[0], to = change["xaxis.range[1]"] ?? change["xaxis.range"]?.[1];
    if (from && to) waiting = setTimeout(() => span(chart, String(from), String(to)), 150);
    else if (change["xaxis.autorange"]) waiting = setTimeout(() => span(chart, "", ""), 150);
  });
});
function redraw(chart, src) {
  const address = src.pathname + src.search; if (address === chart.dataset.src) return;
  chart.dataset.src = address; chart._figure = null;
  chart.dispatchEvent(new CustomEvent("chart:redraw", {bubbles: true}));
}

// A page asked for in order to be printed prints when all of it is drawn.
if (new URLSearchParams(location.search).get("print") === "now") {
  const seen = new MutationObserver(() => { if (document.documentElement.dataset.ready === "print") { seen.disconnect(); print(); } });
  seen.observe(document.documentElement, {attributes: true, attributeFilter: ["data-ready"]});
}
})();

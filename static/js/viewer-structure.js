// What the lines of a page are, on request: headings, tables, formulas, captions, footnotes, running heads, each with a frame and its
// name. Nothing is asked for until the switch is on; pages that go out of view lose their frames with their words.
(() => {
"use strict";
const {$, say} = window.fo, {pages, viewer} = window.fo.viewer ?? {};
const button = viewer && $("[data-view=structure]", viewer); if (!button) return;
const NAMES = {heading: "Heading", table: "Table", formula: "Formula", caption: "Caption", footnote: "Footnote", header: "Running head", footer: "Running foot"};
const awake = new Map(), layers = new Map();
let on = false;
async function show(sheet, signal) {
  const answer = await fetch(viewer.dataset.structure.replace(/0$/, sheet.dataset.page), {signal}); if (!answer.ok) return;
  const page = await answer.json(); if (signal.aborted || !on) return;
  const layer = document.createElement("ul"); layer.className = "structure"; layer.setAttribute("aria-label", `Structure of page ${page.number}`);
  for (const {kind, box: [x0, y0, x1, y1]} of page.blocks) {
    if (!NAMES[kind]) continue;
    const item = document.createElement("li"), name = document.createElement("span");
    item.className = kind; item.dataset.testid = "block"; name.textContent = NAMES[kind]; item.append(name);
    const pad = 2, place = {left: (x0 - pad) / page.width, top: (y0 - pad) / page.height, width: (x1 - x0 + 2 * pad) / page.width, height: (y1 - y0 + 2 * pad) / page.height};
    for (const [side, share] of Object.entries(place)) item.style[side] = `${100 * share}%`;
    layer.append(item);
  }
  layers.get(sheet)?.remove(); sheet.append(layer); layers.set(sheet, layer);
}
function hide(sheet) { layers.get(sheet)?.remove(); layers.delete(sheet); }
function ask(sheet, signal) { show(sheet, signal).catch(error => { if (error.name !== "AbortError") console.info("no structure for this page:", error.message); }); }
pages.addEventListener("sheet:wake", e => { awake.set(e.target, e.detail.signal); if (on) ask(e.target, e.detail.signal); });
pages.addEventListener("sheet:sleep", e => { awake.delete(e.target); hide(e.target); });
button.addEventListener("click", () => {
  on = !on; button.setAttribute("aria-pressed", String(on)); say(on ? "Structure is shown" : "Structure is hidden");
  for (const [sheet, signal] of awake) if (on) ask(sheet, signal); else hide(sheet);
});
})();

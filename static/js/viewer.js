// Viewer of a document: page images with highlights and selectable text. Other scripts steer it through `fo.viewer` and hear of a
// highlight that was chosen by the event viewer:mark.
(() => {
"use strict";
const {$, $$} = window.fo;
const viewer = $(".viewer"), pages = $(".pages");
if (!viewer || !pages) return;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";

function has(key) { return !!$(`.mark[data-mark="${CSS.escape(key)}"]`); }
function light(keys, {scroll = true} = {}) {
  for (const m of $$(".mark")) m.classList.toggle("on", keys.includes(m.dataset.mark));
  const first = $(".mark.on"); if (!first || !scroll) return;
  const top = first.getBoundingClientRect().top - pages.getBoundingClientRect().top;
  if (top < 60 || top > pages.clientHeight - 60) pages.scrollBy({top: top - pages.clientHeight / 3, behavior: calm});
}
document.addEventListener("click", e => {
  // Text lies above the highlights so that it can be selected; a plain click still finds the highlight below it.
  const below = e.target.closest(".textLayer") && getSelection().isCollapsed ? document.elementsFromPoint(e.clientX, e.clientY).map(x => x.closest(".mark")).find(Boolean) : null;
  const mark = below ?? e.target.closest(".mark"); if (!mark) return;
  e.preventDefault(); light([mark.dataset.mark], {scroll: false});
  document.dispatchEvent(new CustomEvent("viewer:mark", {detail: {key: mark.dataset.mark, target: (mark.getAttribute("href") ?? "").slice(1)}}));
});

let zoom = 0;
viewer.addEventListener("click", e => {
  const z = e.target.closest("[data-zoom]"), p = e.target.closest("[data-page-step]");
  if (z) { zoom = Math.max(0, Math.min(2, zoom + +z.dataset.zoom)); for (const s of $$(".sheet")) { s.classList.remove("z1", "z2", "sharp"); delete s.dataset.drawn; if (zoom) s.classList.add(`z${zoom}`); } near(); }
  if (p) { const now = +$("#page-now").textContent; $(`.sheet[data-page="${now + +p.dataset.pageStep}"]`)?.scrollIntoView({block: "start", behavior: calm}); }
});
const small = matchMedia("(max-width: 900px)").matches;
const seen = new IntersectionObserver(es => { for (const en of es) if (en.isIntersecting && $("#page-now")) $("#page-now").textContent = en.target.dataset.page; }, {root: small ? null : pages, threshold: .5});
for (const s of $$(".sheet")) seen.observe(s);

// First paint is a light image from the server; pdf.js then draws the pages in view at the screen's resolution and adds selectable text.
let doc, lib, task = Promise.resolve();
async function load() {
  lib ??= await import(new URL(viewer.dataset.lib, document.baseURI));
  lib.GlobalWorkerOptions.workerSrc = new URL(viewer.dataset.worker, document.baseURI).href;
  const assets = viewer.dataset.assets ? new URL(viewer.dataset.assets, document.baseURI).href : "";
  doc ??= await lib.getDocument({url: viewer.dataset.pdf, ...(assets && {wasmUrl: `${assets}wasm/`, standardFontDataUrl: `${assets}standard_fonts/`}), isEvalSupported: false}).promise;
}
async function sharpen(sheet) {
  if (sheet.clientWidth === 0 || sheet.dataset.drawn) return;
  sheet.dataset.drawn = "yes";
  await load();
  const page = await doc.getPage(+sheet.dataset.page), scale = sheet.clientWidth / page.getViewport({scale: 1}).width, dpr = Math.min(devicePixelRatio || 1, 2);
  const view = page.getViewport({scale: scale * dpr}), canvas = document.createElement("canvas");
  canvas.width = view.width; canvas.height = view.height; canvas.setAttribute("aria-hidden", "true");
  await page.render({canvas, canvasContext: canvas.getContext("2d"), viewport: view}).promise;
  $("canvas", sheet)?.remove(); $("img", sheet).after(canvas); sheet.classList.add("sharp");
  const layer = $(".textLayer", sheet); if (!layer) return;
  layer.replaceChildren(); layer.style.setProperty("--total-scale-factor", scale);
  await new lib.TextLayer({textContentSource: page.streamTextContent(), container: layer, viewport: page.getViewport({scale})}).render();
  viewer.dataset.sharp = "yes";
}
function queue(sheet) { task = task.then(() => sharpen(sheet)).catch(error => { delete sheet.dataset.drawn; console.info("kept the page image:", error.message); }); }
const close = new IntersectionObserver(es => { for (const en of es) if (en.isIntersecting) queue(en.target); }, {root: small ? null : pages, rootMargin: "400px"});
function near() { for (const s of $$(".sheet")) { close.unobserve(s); close.observe(s); } }
if (viewer.dataset.pdf) (window.requestIdleCallback ?? setTimeout)(near);

// Select text in the document to cite it for the open field: the field names where to send it in data-cite-url.
document.addEventListener("selectionchange", () => {
  $(".cite-pop")?.remove();
  const s = getSelection(), field = $(".field.open"), url = field?.dataset.citeUrl;
  const layer = url && s.rangeCount && s.anchorNode?.parentElement?.closest(".textLayer"); if (!layer || s.isCollapsed || String(s).trim().length < 12) return;
  const box = s.getRangeAt(0).getBoundingClientRect(), sheet = layer.parentElement, host = sheet.getBoundingClientRect(), b = document.createElement("button"), quote = String(s).replace(/\s+/g, " ").trim();
  b.type = "button"; b.className = "btn small primary cite-pop"; b.textContent = `Cite for ${$(".name", field)?.textContent.trim() ?? "this field"}`;
  b.style.left = `${Math.max(4, box.left - host.left)}px`; b.style.top = `${box.bottom - host.top + 6}px`;
  b.addEventListener("mousedown", e => { e.preventDefault(); s.removeAllRanges(); window.htmx.ajax("POST", url, {target: `#${CSS.escape(field.id)}`, swap: "outerHTML", values: {page: sheet.dataset.page, quote: quote.slice(0, 1000)}}); });
  sheet.append(b);
});
window.fo.viewer = {has, light};
})();

// The viewer of documents: page images that come and go with the view, zoom, thumbnails, highlights.
// viewer-words.js puts selectable words and find on top; other scripts steer through `fo.viewer` and hear viewer:mark when a
// highlight is chosen. A page that is near the view is awake (sheet:wake), the others hold no image, canvas or words.
(() => {
"use strict";
const {$, $$, say} = window.fo;
const viewer = $(".viewer"), pages = viewer && $(".pages", viewer), sheets = pages ? $$(".sheet", pages) : [];
if (!sheets.length) return;
const NS = "http://www.w3.org/2000/svg";
const small = matchMedia("(max-width: 900px)"), still = matchMedia("(prefers-reduced-motion: reduce)");
const remember = (k, v) => { try { return v === undefined ? localStorage.getItem(k) : localStorage.setItem(k, v); } catch { return null; } };
for (const el of $$(".scripted", viewer)) el.classList.remove("scripted");

// Awake and asleep. Pages that only fly by are not woken.
const awake = new Map();
let near;
function wake(sheet) {
  if (awake.has(sheet)) return;
  const stop = new AbortController(), img = $("img", sheet); awake.set(sheet, stop);
  img.loading = "eager"; if (img.getAttribute("src") !== img.dataset.src) img.src = img.dataset.src;
  sheet.dispatchEvent(new CustomEvent("sheet:wake", {bubbles: true, detail: {signal: stop.signal}}));
}
function sleep(sheet) {
  clearTimeout(sheet.waking);
  const img = $("img", sheet); img.dataset.src ??= img.getAttribute("src");
  awake.get(sheet)?.abort(); awake.delete(sheet); img.removeAttribute("src"); blunt(sheet);
  sheet.dispatchEvent(new CustomEvent("sheet:sleep", {bubbles: true}));
}
function watch() {
  near?.disconnect();
  let settled = false;
  near = new IntersectionObserver(entries => {
    for (const {target: sheet, isIntersecting} of entries) {
      const img = $("img", sheet); img.dataset.src ??= img.getAttribute("src");
      if (!isIntersecting) sleep(sheet); else if (settled) { clearTimeout(sheet.waking); sheet.waking = setTimeout(wake, 70, sheet); } else wake(sheet);
    }
    settled = true; tell();
  }, {root: small.matches ? null : pages, rootMargin: "100% 0px"});
  for (const sheet of sheets) near.observe(sheet);
}
small.addEventListener("change", watch);
// An image that is not drawn yet is asked for again while its page is awake.
pages.addEventListener("error", e => { const sheet = e.target.closest?.(".sheet"); if (sheet && e.target.matches("img")) { sheet.classList.add("undrawn"); setTimeout(() => { if (awake.has(sheet)) e.target.src = `${e.target.dataset.src}?again=${Date.now()}`; }, 3000); } }, true);
pages.addEventListener("load", e => { const sheet = e.target.closest?.(".sheet"); if (sheet && e.target.matches("img")) { sheet.classList.remove("undrawn"); sharpen(sheet); } }, true);

// Where we are: the page across the upper third of the view.
const page_input = $("#page-now", viewer);
function frame() { const r = pages.getBoundingClientRect(), top = Math.max(r.top, 0); return small.matches ? {top: 0, height: innerHeight} : {top, height: Math.max(0, Math.min(r.bottom, innerHeight) - top)}; }
function here() {
  const view = frame(), line = view.top + view.height * .35;
  let low = 0, high = sheets.length - 1;
  while (low < high) { const mid = (low + high + 1) >> 1; if (sheets[mid].getBoundingClientRect().top <= line) low = mid; else high = mid - 1; }
  return sheets[low];
}
let asked = 0;
function tell() {
  asked ||= requestAnimationFrame(() => {
    asked = 0; if (!pages.clientWidth) return;
    const n = here().dataset.page; if (document.activeElement !== page_input && page_input.value !== n) page_input.value = n;
    if (viewer.dataset.page !== n) { viewer.dataset.page = n; current(n); }
  });
}
pages.addEventListener("scroll", tell, {passive: true}); addEventListener("scroll", tell, {passive: true});
let aim = null;  // where a smooth scroll will end: what is in view on the way there may be gone then
document.addEventListener("scrollend", () => { aim = null; }, true);
function reveal(el, block = "center") {
  if (small.matches) return el.scrollIntoView({block, inline: "nearest", behavior: "instant"});
  if (frame().height < 240) viewer.scrollIntoView({block: "start", behavior: "instant"});
  const view = pages.getBoundingClientRect(), r = el.getBoundingClientRect(), top = r.top - view.top + pages.scrollTop, left = r.left - view.left + pages.scrollLeft, ends = aim ?? pages.scrollTop;
  const wide = r.left < view.left || r.right > view.right, to = {behavior: "smooth", left: wide && block === "center" ? left - (view.width - r.width) / 2 : pages.scrollLeft};
  if (block === "start") to.top = top - 10;
  else if (r.height < view.height && top >= ends + 40 && top + r.height <= ends + view.height - 20) to.top = ends;
  else to.top = top - Math.max(40, (view.height - r.height) / 2);
  if (to.top === pages.scrollTop && to.left === pages.scrollLeft) return;
  if (still.matches || Math.abs(to.top - pages.scrollTop) > 3 * view.height) to.behavior = "instant";
  aim = to.behavior === "smooth" ? to.top : null; pages.scrollTo(to);
}
function go(n) {
  const sheet = sheets[Math.max(1, Math.min(sheets.length, n)) - 1];
  reveal(sheet, "start"); page_input.value = sheet.dataset.page; say(`Page ${sheet.dataset.page} of ${sheets.length}`);
}

// Highlights. They are drawn by the server and stay; what a script points at is drawn into the same picture.
function has(key) { return !!$(`.mark[data-mark="${CSS.escape(key)}"]`, pages); }
function light(keys, {scroll = true} = {}) {
  for (const m of $$(".mark", pages)) m.classList.toggle("on", keys.includes(m.dataset.mark));
  const first = $(".mark.on rect", pages); if (first && scroll) reveal(first);
}
function rects(boxes) { return boxes.map(([x, y, width, height]) => { const r = document.createElementNS(NS, "rect"); for (const [k, v] of Object.entries({x, y, width, height, rx: 1.5})) r.setAttribute(k, v); return r; }); }
function draw(n, boxes, css) {
  const g = document.createElementNS(NS, "g"); g.setAttribute("class", css); g.append(...rects(boxes));
  $(".marks", sheets[n - 1])?.prepend(g); return g;
}
function point(boxes) {
  for (const g of $$(".pointed", pages)) g.remove();
  const drawn = boxes.filter(([n]) => sheets[n - 1]).map(([n, x0, y0, x1, y1]) => draw(n, [[x0 - 1, y0 - 1, x1 - x0 + 2, y1 - y0 + 2]], "pointed"));
  if (drawn.length) reveal(drawn[0]);
}
function choose(mark) {
  light([mark.dataset.mark], {scroll: false});
  document.dispatchEvent(new CustomEvent("viewer:mark", {detail: {key: mark.dataset.mark, target: (mark.getAttribute("href") ?? "").slice(1)}}));
}
document.addEventListener("click", e => {
  const link = e.target.closest("[data-boxes]");
  if (link) { e.preventDefault(); history.replaceState(null, "", link.hash); return point(JSON.parse(link.dataset.boxes)); }
  // Words lie above the highlights so that they can be selected; a plain click still finds the highlight below.
  const below = e.target.closest(".words-of-page") && getSelection().isCollapsed ? document.elementsFromPoint(e.clientX, e.clientY).map(x => x.closest(".mark")).find(Boolean) : null;
  const mark = below ?? e.target.closest(".mark"); if (mark) { e.preventDefault(); choose(mark); }
});
// After a change of one parameter the server tells its highlights anew.
document.addEventListener("viewer:marks", e => {
  const {field, marks} = e.detail, lit = $$(".mark.on", pages).some(m => m.getAttribute("href") === `#${field}`);
  for (const m of $$(".mark", pages)) if (m.getAttribute("href") === `#${field}`) m.remove();
  for (const m of marks) {
    const a = document.createElementNS(NS, "a"), host = sheets[m.page - 1] && $(".marks", sheets[m.page - 1]); if (!host) continue;
    for (const [k, v] of Object.entries({href: `#${m.target}`, class: `mark ${m.kind}`, "data-mark": m.key, "data-testid": "mark", "aria-label": m.label})) a.setAttribute(k, v);
    a.append(...rects(m.boxes)); host.append(a); host.removeAttribute("aria-hidden");
  }
  if (lit) light(marks.map(m => m.key), {scroll: false});
});

// Zoom, around what is in view.
const ZOOMS = [.5, .67, .8, 1, 1.25, 1.5, 2, 3, 4];
let zoom = 1;
function scale(step) {
  const next = step ? ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, ZOOMS.indexOf(zoom) + step))] : 1; if (next === zoom) return;
  const sheet = here(), view = frame(), was = sheet.getBoundingClientRect(), part = (view.top + view.height * .35 - was.top) / was.height;
  zoom = next; pages.style.setProperty("--zoom", zoom); $(".zoom-now", viewer).textContent = `${Math.round(zoom * 100)}%`;
  const now = sheet.getBoundingClientRect(), by = now.top + part * now.height - (view.top + view.height * .35);
  (small.matches ? window : pages).scrollBy({top: by, behavior: "instant"}); pages.scrollLeft = (pages.scrollWidth - pages.clientWidth) / 2;
  for (const one of awake.keys()) { blunt(one); sharpen(one); }
}

// Thumbnails are made when they are first asked for, and hold an image only while they are in view.
const thumbs = $(".thumbs", viewer), thumbs_button = $("[data-view=thumbs]", viewer);
function fill() {
  const seen = new IntersectionObserver(entries => { for (const {target, isIntersecting} of entries) { const img = $("img", target); if (isIntersecting) img.src = img.dataset.src; else img.removeAttribute("src"); } }, {root: thumbs, rootMargin: "200px"});
  for (const sheet of sheets) {
    const n = sheet.dataset.page, a = document.createElement("a"), box = document.createElement("span"), img = document.createElement("img"), words = document.createElement("span"), {width, height} = $(".marks", sheet).viewBox.baseVal;
    a.href = `#page-${n}`; a.dataset.thumb = n; a.setAttribute("aria-label", `Page ${n}`); words.textContent = n; words.className = "num"; img.alt = ""; img.dataset.src = `${$("img", sheet).dataset.src ?? $("img", sheet).getAttribute("src")}?small`;
    box.className = $(".mark", sheet) ? "thumb marked" : "thumb"; box.style.aspectRatio = `${width} / ${height}`; box.append(img); a.append(box, words); thumbs.append(a); seen.observe(a);
  }
  current(here().dataset.page);
}
function rail(open) {
  thumbs.hidden = !open; thumbs_button.setAttribute("aria-expanded", open);
  if (open && !thumbs.childElementCount) fill(); else if (open) current(here().dataset.page);
}
function current(n) {
  if (thumbs.hidden) return;
  for (const a of $$("[aria-current]", thumbs)) a.removeAttribute("aria-current");
  const a = thumbs.children[n - 1]; if (!a) return;
  a.setAttribute("aria-current", "true");
  if (a.offsetTop < thumbs.scrollTop || a.offsetTop + a.offsetHeight > thumbs.scrollTop + thumbs.clientHeight) thumbs.scrollTop = a.offsetTop - thumbs.clientHeight / 2;
}
thumbs.addEventListener("click", e => { const a = e.target.closest("[data-thumb]"); if (a) { e.preventDefault(); go(+a.dataset.thumb); } });

viewer.addEventListener("click", e => {
  const z = e.target.closest("[data-zoom]"), step = e.target.closest("[data-step]");
  if (z) scale(+z.dataset.zoom);
  if (step) go(+here().dataset.page + +step.dataset.step);
  if (e.target.closest("[data-view=thumbs]")) { rail(thumbs.hidden); remember("thumbs", thumbs.hidden ? "off" : "on"); }
});
$("[data-view=jump]", viewer).addEventListener("submit", e => { e.preventDefault(); const n = parseInt(page_input.value, 10); if (n) go(n); else page_input.value = here().dataset.page; pages.focus({preventScroll: true}); });
page_input.addEventListener("blur", () => { page_input.value = here().dataset.page; });
page_input.addEventListener("focus", () => page_input.select());
document.addEventListener("keydown", e => {
  if (e.key !== "m" && e.key !== "M" || e.metaKey || e.ctrlKey || e.altKey || remember("shortcuts") === "off" || e.target.closest?.("input, textarea, select, dialog")) return;
  const all = $$(".mark", pages), at = all.indexOf(document.activeElement), from = at >= 0 ? at : all.findIndex(m => m.classList.contains("on"));
  const mark = all[(from + (e.key === "M" ? -1 : 1) + all.length) % all.length]; if (!mark) return;
  e.preventDefault(); choose(mark); mark.focus({preventScroll: true}); light([mark.dataset.mark]);
});

// Where the image is too coarse for the screen or the zoom, pdf.js draws the pixels of a PDF; words and boxes stay ours.
let doc, lib, task = Promise.resolve();
async function load() {
  lib ??= await import(new URL(viewer.dataset.lib, document.baseURI));
  lib.GlobalWorkerOptions.workerSrc = new URL(viewer.dataset.worker, document.baseURI).href;
  const assets = new URL(viewer.dataset.assets, document.baseURI).href;
  doc ??= await lib.getDocument({url: viewer.dataset.pdf, wasmUrl: `${assets}wasm/`, standardFontDataUrl: `${assets}standard_fonts/`, isEvalSupported: false, useSystemFonts: false, verbosity: 0}).promise;
}
const MOST_PIXELS = 12e6;
async function paint(sheet, stop) {
  if (stop.signal.aborted || sheet.clientWidth === 0) return;
  await load();
  const page = await doc.getPage(+sheet.dataset.page), flat = page.getViewport({scale: 1}), dpr = Math.min(devicePixelRatio || 1, 2);
  const wanted = sheet.clientWidth / flat.width * dpr, most = Math.sqrt(MOST_PIXELS / (flat.width * flat.height)), view = page.getViewport({scale: Math.min(wanted, most)});
  const canvas = document.createElement("canvas"); canvas.width = view.width; canvas.height = view.height; canvas.setAttribute("aria-hidden", "true");
  if (!stop.signal.aborted) await page.render({canvas, canvasContext: canvas.getContext("2d"), viewport: view}).promise;
  page.cleanup();
  if (stop.signal.aborted || awake.get(sheet) !== stop) { canvas.width = canvas.height = 0; return; }
  blunt(sheet); $("img", sheet).after(canvas); sheet.classList.add("sharp");
}
function sharpen(sheet) {
  const stop = awake.get(sheet), img = $("img", sheet), dpr = Math.min(devicePixelRatio || 1, 2);
  if (!viewer.dataset.pdf || !stop || !img.naturalWidth || img.naturalWidth >= sheet.clientWidth * dpr * .95) return;
  task = task.then(() => paint(sheet, stop)).catch(error => console.info("kept the page image:", error.message));
}
function blunt(sheet) { const canvas = $("canvas", sheet); if (canvas) { canvas.width = canvas.height = 0; canvas.remove(); } sheet.classList.remove("sharp"); }

window.fo.viewer = {draw, go, has, here, light, pages, point, reveal, sheets, viewer};
watch();
const wide = matchMedia("(min-width: 1200px)").matches && sheets.length > 1 && viewer.classList.contains("alone");
if (wide && (remember("thumbs") ?? "on") === "on") (window.requestIdleCallback ?? setTimeout)(() => rail(true));
})();

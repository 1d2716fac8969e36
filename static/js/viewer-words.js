// Words on the pages of the viewer: selectable, citable, found. They are the words that the platform stores and searches, with
// their boxes, so a scan, a Word file and a PDF behave alike and a selection is always made of words that a quote can be found by.
(() => {
"use strict";
const {$, $$, say} = window.fo, {draw, go, here, pages, reveal, sheets, viewer} = window.fo.viewer ?? {};
if (!pages) return;

// The layer of a page: one span a word, set at 10px and stretched onto its box, so that the browser's least font size is no matter.
const SIZE = 10, ruler = document.createElement("canvas").getContext("2d"), layers = new Map();
ruler.font = `${SIZE}px sans-serif`;
pages.addEventListener("sheet:wake", e => { lay(e.target, e.detail.signal).catch(error => { if (error.name !== "AbortError") console.info("no words for this page:", error.message); }); });
pages.addEventListener("sheet:sleep", e => { layers.get(e.target)?.el.remove(); layers.delete(e.target); });
async function lay(sheet, signal) {
  const answer = await fetch(viewer.dataset.words.replace("/0/", `/${sheet.dataset.page}/`), {signal}); if (!answer.ok) return;
  const page = await answer.json(); if (signal.aborted) return;
  const el = document.createElement("div"), spans = []; el.className = "words-of-page";
  el.style.width = `${page.width}px`; el.style.height = `${page.height}px`;
  page.words.forEach(([text, x0, y0, x1, y1, line], i) => {
    const next = page.words[i + 1], gap = next && next[5] === line ? next[1] - x1 : 0, joined = gap > 0 && gap < 3 * (y1 - y0);
    const span = document.createElement("span"), said = joined ? `${text} ` : text, right = joined ? next[1] : x1;
    span.textContent = said; span.style.left = `${x0}px`; span.style.top = `${y0}px`;
    span.style.transform = `scale(${Math.max(.1, right - x0) / Math.max(.1, ruler.measureText(said).width)}, ${Math.max(.1, y1 - y0) / SIZE})`;
    spans.push(span);
  });
  el.append(...spans); layers.get(sheet)?.el.remove(); sheet.append(el);
  layers.set(sheet, {el, spans, words: page.words, width: page.width}); fit(sheet);
}
function fit(sheet) { const layer = layers.get(sheet); if (layer) layer.el.style.transform = `scale(${sheet.clientWidth / layer.width})`; }
new ResizeObserver(() => { for (const sheet of layers.keys()) fit(sheet); }).observe(pages);
new MutationObserver(() => { for (const sheet of layers.keys()) fit(sheet); }).observe(pages, {attributeFilter: ["style"]});  // zoom

// With a mouse, selecting goes from word to word: the nearest ones, so that margins and columns do not make it jump.
let drag = null;
function place(x, y) {
  const sheet = document.elementsFromPoint(x, y).map(el => el.closest?.(".sheet")).find(Boolean) ?? drag?.to?.sheet, layer = layers.get(sheet); if (!layer?.words.length) return null;
  const r = sheet.getBoundingClientRect(), k = r.width / layer.width, px = (x - r.left) / k, py = (y - r.top) / k;
  let best = 0, least = Infinity;
  layer.words.forEach(([, x0, y0, x1, y1], i) => { const dx = Math.max(x0 - px, 0, px - x1), dy = Math.max(y0 - py, 0, py - y1), d = dx * dx + 9 * dy * dy; if (d < least) { least = d; best = i; } });
  return {sheet, at: best};
}
function order(a, b) { return a.sheet.dataset.page - b.sheet.dataset.page || a.at - b.at; }
function take(a, b) {
  const [first, last] = order(a, b) <= 0 ? [a, b] : [b, a], from = layers.get(first.sheet)?.spans[first.at], to = layers.get(last.sheet)?.spans[last.at]; if (!from || !to) return;
  getSelection().setBaseAndExtent(from.firstChild, 0, to.firstChild, to.firstChild.data.trimEnd().length);
}
pages.addEventListener("mousedown", e => {
  if (e.button !== 0 || !e.target.closest(".words-of-page") || e.target.closest(".cite-pop")) return;
  e.preventDefault(); pages.focus({preventScroll: true});
  const to = place(e.clientX, e.clientY); if (!to) return;
  if (e.shiftKey && drag?.from) { drag = {...drag, to, on: true}; return take(drag.from, to); }
  getSelection().removeAllRanges(); drag = {from: to, to, x: e.clientX, y: e.clientY, on: true, moved: false};
  if (e.detail > 1) { const {words} = layers.get(to.sheet), line = words[to.at][5]; take(e.detail === 2 ? to : {...to, at: words.findIndex(w => w[5] === line)}, e.detail === 2 ? to : {...to, at: words.findLastIndex(w => w[5] === line)}); }
});
addEventListener("mousemove", e => {
  if (!drag?.on || !(e.buttons & 1)) return;
  if (!drag.moved && Math.hypot(e.clientX - drag.x, e.clientY - drag.y) < 4) return;
  drag.moved = true; const view = pages.getBoundingClientRect();
  if (e.clientY < view.top + 20) pages.scrollBy(0, -18); else if (e.clientY > view.bottom - 20) pages.scrollBy(0, 18);
  const to = place(e.clientX, e.clientY); if (to) { drag.to = to; take(drag.from, to); }
});
addEventListener("mouseup", () => { if (drag?.on) { drag.on = false; offer(); } });

function selected() {
  const s = getSelection(); if (!s.rangeCount || s.isCollapsed) return [];
  const range = s.getRangeAt(0), found = [];
  for (const sheet of [...layers.keys()].sort((a, b) => a.dataset.page - b.dataset.page)) {
    const {el, spans, words} = layers.get(sheet); if (!range.intersectsNode(el)) continue;
    spans.forEach((span, i) => {
      if (!range.intersectsNode(span) || range.endContainer === span.firstChild && range.endOffset === 0 || range.startContainer === span.firstChild && range.startOffset >= span.firstChild.data.trimEnd().length) return;
      found.push({sheet, word: words[i]});
    });
  }
  return found;
}
document.addEventListener("copy", e => {
  const found = selected(); if (!found.length) return;
  let text = "", last = null;
  for (const one of found) { text += last === null ? "" : last.sheet === one.sheet && last.word[5] === one.word[5] ? " " : "\n"; text += one.word[0]; last = one; }
  e.clipboardData.setData("text/plain", text); e.preventDefault();
});

// The browser would paint a selection word by word; it is drawn like a highlight instead, a box a line.
let painted = [], painting = 0;
function paint() {
  painting = 0; for (const g of painted) g.remove();
  const lines = new Map();
  for (const {sheet, word: [, x0, y0, x1, y1, line]} of selected()) {
    const key = `${sheet.dataset.page} ${line}`, box = lines.get(key);
    lines.set(key, box ? {...box, x0: Math.min(box.x0, x0), y0: Math.min(box.y0, y0), x1: Math.max(box.x1, x1), y1: Math.max(box.y1, y1)} : {page: +sheet.dataset.page, x0, y0, x1, y1});
  }
  painted = [...lines.values()].map(({page, x0, y0, x1, y1}) => draw(page, [[x0, y0, x1 - x0, y1 - y0]], "chosen"));
}
document.addEventListener("selectionchange", () => { painting ||= requestAnimationFrame(paint); });

// What is selected can become the citation of the open parameter: its own form is filled in and sent.
let soon = 0;
document.addEventListener("selectionchange", () => { clearTimeout(soon); if (!drag?.on) soon = setTimeout(offer, 250); });
function offer() {
  clearTimeout(soon); $(".cite-pop")?.remove();
  const form = $(".field.open form[data-cite]"), found = form ? selected() : []; if (!found.length) return;
  const {sheet, word} = found.at(-1), layer = layers.get(sheet), button = document.createElement("button");
  button.type = "button"; button.className = "btn small primary cite-pop"; button.dataset.testid = "cite-selection"; button.textContent = `Cite for ${form.dataset.cite}`;
  const k = sheet.clientWidth / layer.width;
  button.style.left = `${Math.max(4, Math.min(sheet.clientWidth - 190, word[1] * k))}px`; button.style.top = `${word[4] * k + 6}px`;
  const send = e => { e.preventDefault(); e.stopPropagation(); form.elements.quote.value = quote(found); form.elements.page.value = found[0].sheet.dataset.page; getSelection().removeAllRanges(); button.remove(); form.requestSubmit(); };
  button.addEventListener("pointerdown", e => e.preventDefault()); button.addEventListener("mousedown", e => { e.preventDefault(); e.stopPropagation(); }); button.addEventListener("click", send);
  sheet.append(button);
}
function quote(found) {
  let text = "";
  for (const {word} of found) { const longer = text ? `${text} ${word[0]}` : word[0]; if (longer.length > 1000) break; text = longer; }
  return text;
}

// Find in the document: the server answers with pages and boxes.
const bar = $(".find-row", viewer), input = bar.elements.find, count = $("output", bar), opener = $("[data-view=find]", viewer);
let places = [], drawn = [], at = -1, timer, running, sought = "";
function clear() { for (const g of drawn) g.remove(); drawn = []; places = []; at = -1; count.textContent = ""; }
function step(by) {
  if (!places.length) return;
  drawn[at]?.classList.remove("now"); at = (at + by + places.length) % places.length;
  const g = drawn[at]; g.classList.add("now"); g.parentElement.append(g); reveal(g.firstElementChild ?? g);
  count.textContent = `${at + 1} of ${places.length}${count.dataset.more}`;
}
async function seek({from = +here().dataset.page} = {}) {
  const q = input.value.trim(); clearTimeout(timer); running?.abort(); sought = q;
  if (!q) return clear();
  running = new AbortController(); const {signal} = running;
  const answer = await fetch(`${viewer.dataset.find}?${new URLSearchParams({q})}`, {signal}).catch(() => null);
  if (signal.aborted) return;
  clear(); if (!answer?.ok) { count.textContent = "The search did not work. Try again."; return; }
  const found = await answer.json(); if (signal.aborted) return;
  places = found.items.filter(p => sheets[p.number - 1]);
  drawn = places.map(p => draw(p.number, p.boxes.map(([x0, y0, x1, y1]) => [x0 - 1, y0 - 1, x1 - x0 + 2, y1 - y0 + 2]), "hit"));
  if (!places.length) { count.textContent = "Not found"; return; }
  count.dataset.more = `${found.is_capped ? "+" : ""}${found.as_written ? "" : ", other forms"}`;
  const first = places.findIndex(p => p.number >= from); at = (first < 0 ? 0 : first) - 1; step(1);
}
function open_find(text) { bar.hidden = false; opener.setAttribute("aria-expanded", "true"); if (text !== undefined) input.value = text; else { input.focus(); input.select(); } }
function close_find() { bar.hidden = true; opener.setAttribute("aria-expanded", "false"); running?.abort(); sought = ""; clear(); pages.focus({preventScroll: true}); }
input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(seek, 220); });
bar.addEventListener("submit", e => { e.preventDefault(); if (input.value.trim() !== sought) seek(); else step(1); });
bar.addEventListener("keydown", e => { if (e.key === "Escape") { e.preventDefault(); e.stopPropagation(); close_find(); } if (e.key === "Enter" && e.shiftKey) { e.preventDefault(); step(-1); } });
viewer.addEventListener("click", e => {
  if (e.target.closest("[data-view=find]")) { if (bar.hidden) open_find(); else close_find(); }
  if (e.target.closest("[data-view=find-close]")) close_find();
  const by = e.target.closest("[data-hit]"); if (by) step(+by.dataset.hit);
});
viewer.addEventListener("keydown", e => { if ((e.metaKey || e.ctrlKey) && e.key.toLowerCase() === "f") { e.preventDefault(); open_find(); } if (e.key === "Escape" && !bar.hidden) close_find(); });

const asked = new URLSearchParams(location.search).get("find"), on_page = +(location.hash.match(/^#page-(\d+)$/)?.[1] ?? 1);
if (asked) { open_find(asked); if (on_page > 1) go(on_page); seek({from: on_page}); say(""); }
})();

// Review workbench: completion in formulas, the keyboard from start to end, focus that is never lost, revisions that keep up.
// Everything here makes plain forms quicker; without it they still work.
(() => {
"use strict";
const {$, $$, say} = window.fo;
const review = $(".review");
if (!review) return;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
const fields = () => $$(".review .field").filter(f => f.offsetParent !== null);
let current = "", afterG = false;
const here = () => document.getElementById(current);

function go(field, target = field) {
  if (!field) return;
  current = field.id;
  field.tabIndex = -1;
  target.focus({preventScroll: true});
  field.scrollIntoView({block: "nearest", behavior: calm});
}
function open(field) { for (const f of $$(".review .field")) f.classList.toggle("open", f === field); }
document.addEventListener("focusin", e => { const f = e.target.closest?.(".review .field"); if (!f) return; current = f.id; if (!$(".viewer")) open(f); });
if (!$(".viewer")) document.addEventListener("click", e => { const f = e.target.closest(".review .field"); if (f) { current = f.id; open(f); } });

// --- the keyboard --------------------------------------------------------------------------------------------------
const deeds = {
  j: () => step(1), k: () => step(-1),
  Enter: edit, e: edit,
  y: () => here()?.querySelector(".confirm")?.click(),
  f: () => { const rule = $(".field.rule"); if (rule) go(rule, $("input[data-complete]", rule) ?? rule); },
  c: comment,
  a: approve,
};
function step(by) {
  const list = fields(), at = list.findIndex(f => f.id === current);
  go(list[Math.max(0, Math.min(list.length - 1, at + by))]);
}
function edit() {
  const field = here(); if (!field) return;
  const input = $(":is(.answer, .rule-form) :is(input:not([type=hidden]), select)", field);
  if (input) { input.focus(); input.select?.(); } else say("There is nothing to edit here.");
}
function comment() {
  const talk = here()?.querySelector("details.talk") ?? $("#talk"); if (!talk) return;
  talk.open = true; $("textarea", talk)?.focus();
}
function approve() {
  const button = $("#approve-only");
  if (button) return button.focus();
  say($("#why-not")?.textContent ?? "This cannot be approved here.");
  go($(".field[data-status=missing]") ?? fields()[0]);
}
// Caught on the way down: within the document's own pane the keys are the viewer's, everywhere else on this page they are these.
document.addEventListener("keydown", e => {
  if (e.metaKey || e.ctrlKey || e.altKey || e.defaultPrevented) return;
  const typing = e.target.closest("input, select, textarea, [contenteditable]");
  if (e.key === "Escape" && typing && !list && !$("dialog[open]")) { const f = typing.closest(".field"); if (f) { e.preventDefault(); go(f); } return; }
  if (typing || e.target.closest("dialog, [role=tab]")) return;
  try { if (localStorage.getItem("shortcuts") === "off") return; } catch { /* private mode */ }
  if (e.key === "Enter" && e.target.closest("a, button, summary")) return;
  if (e.key === "f" && e.target.closest(".viewer")) return;
  if (afterG) { afterG = false; return; }
  if (e.key === "g") { afterG = true; setTimeout(() => { afterG = false; }, 1500); return; }
  const option = /^[1-9]$/.test(e.key) && here() ? $$(".option", here())[+e.key - 1] : null, deed = option ? () => option.click() : deeds[e.key];
  if (!deed) return;
  e.preventDefault(); e.stopImmediatePropagation(); deed();
}, true);

// --- swaps: focus stays where it was, forms know the revision that the page shows -----------------------------------
let held = null, known = +($("#review-actions")?.dataset.revision ?? Infinity);
document.addEventListener("htmx:beforeSwap", () => {
  const at = document.activeElement, field = at?.closest?.(".review .field");
  held = field ? {id: at.id, field: field.id} : null;
});
document.addEventListener("htmx:afterSettle", () => {
  const revision = $("#review-actions")?.dataset.revision;
  if (revision) known = +revision;
  const meanwhile = $("#meanwhile"); if (meanwhile) meanwhile.hidden = +meanwhile.dataset.revision <= known;
  if (revision) for (const input of $$(".review input[name=revision]")) input.value = revision;
  if (held && (!document.activeElement || document.activeElement === document.body)) {
    const field = document.getElementById(held.field), at = held.id && document.getElementById(held.id);
    if (field) go(field, at || field);
  }
  const f = here(); if (f && !$(".field.open")) open(f);
});

document.addEventListener("htmx:afterRequest", e => { if (e.detail.successful && e.target.matches?.("form.talk-form")) { e.target.reset(); say("Said."); } });

// --- completion: the ARIA combobox with a list ----------------------------------------------------------------------
const words = JSON.parse($("#completions")?.textContent ?? "[]");  // [name, written, meaning, what]
const WORD = /[A-Za-z_][A-Za-z0-9_]*$/;
let list = null, input = null, active = -1;
function close() { list?.remove(); list = null; active = -1; input?.setAttribute("aria-expanded", "false"); input?.removeAttribute("aria-activedescendant"); }
function typed() { return WORD.exec(input.value.slice(0, input.selectionStart))?.[0] ?? ""; }
function offer(all = false) {
  close();
  const start = typed().toLowerCase(); if (!start && !all) return;
  const found = words.filter(w => w[0].startsWith(start)).concat(words.filter(w => !w[0].startsWith(start) && w[0].includes(start))).slice(0, 8);
  if (!found.length || (found.length === 1 && found[0][0] === start)) return;
  list = document.createElement("ul"); list.className = "completions"; list.id = "completion-list"; list.setAttribute("role", "listbox"); list.setAttribute("aria-label", "Completions");
  found.forEach((word, at) => {
    const li = document.createElement("li"), code = document.createElement("code"), what = document.createElement("span"), about = document.createElement("small");
    li.id = `completion-${at}`; li.setAttribute("role", "option"); li.setAttribute("aria-selected", "false"); li.dataset.name = word[0]; li.dataset.what = word[3];
    code.textContent = word[1]; what.className = "quiet"; what.textContent = word[3]; about.textContent = word[2]; li.append(code, what, about);
    li.addEventListener("mousedown", e => { e.preventDefault(); take(li); });
    list.append(li);
  });
  input.closest(".complete").append(list);
  input.setAttribute("aria-expanded", "true");
  list.scrollIntoView({block: "nearest"});
}
function mark(at) {
  const all = [...list.children]; active = (at + all.length) % all.length;
  all.forEach((li, i) => li.setAttribute("aria-selected", i === active));
  input.setAttribute("aria-activedescendant", all[active].id); all[active].scrollIntoView({block: "nearest"});
}
function put(name, from, to) {
  input.setRangeText(name, from, to, "end");
  input.dispatchEvent(new Event("input", {bubbles: true})); close();
}
function take(li) {
  const to = input.selectionStart, from = to - typed().length, call = li.dataset.what === "function" && input.value[to] !== "(";
  put(li.dataset.name + (call ? "(" : ""), from, to);
}
document.addEventListener("focusin", e => {
  if (!e.target.matches?.("input[data-complete]")) return close();
  input = e.target; input.setAttribute("role", "combobox"); input.setAttribute("aria-autocomplete", "list"); input.setAttribute("aria-controls", "completion-list"); input.setAttribute("aria-expanded", "false");
});
document.addEventListener("input", e => { if (e.target === input && e.isTrusted) offer(); });
document.addEventListener("keydown", e => {
  if (e.target !== input || !input) return;
  if (e.key === " " && e.ctrlKey) { e.preventDefault(); return offer(true); }
  if (!list) return;
  if (e.key === "ArrowDown") { e.preventDefault(); mark(active + 1); }
  if (e.key === "ArrowUp") { e.preventDefault(); mark(active < 0 ? -1 : active - 1); }
  if ((e.key === "Enter" || e.key === "Tab") && active >= 0) { e.preventDefault(); take(list.children[active]); }
  if (e.key === "Escape") { e.preventDefault(); e.stopPropagation(); close(); }
}, true);
// The nearest name that a check offers replaces the word at its column.
document.addEventListener("click", e => {
  const b = e.target.closest("[data-take]"); if (!b) return;
  const field = b.closest(".field"), box = field && $("input[data-complete]", field); if (!box) return;
  box.focus(); input = box;
  const from = Math.max(0, +b.dataset.column - 1), word = /^[A-Za-z0-9_]*/.exec(box.value.slice(from))[0];
  put(b.dataset.take, from, from + word.length);
});
})();

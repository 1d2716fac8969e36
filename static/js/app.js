// Classic deferred script (no imports: Django's manifest storage does not rewrite module imports unless asked to).
// Shell behaviour: theme, density, command palette, shortcuts, menus, toasts, live updates. Every feature degrades to plain HTML.
(() => {
"use strict";
const root = document.documentElement;
const store = {
  get: k => { try { return localStorage.getItem(k); } catch { return null; } },
  set: (k, v) => { try { localStorage.setItem(k, v); } catch { /* private mode */ } },
};
const $ = (q, el = document) => el.querySelector(q);
const $$ = (q, el = document) => [...el.querySelectorAll(q)];

function dark() { return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches; }
function announceTheme() { document.dispatchEvent(new CustomEvent("theme:change")); }
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announceTheme);

function svg(name) {
  const NS = "http://www.w3.org/2000/svg", el = document.createElementNS(NS, "svg"), use = document.createElementNS(NS, "use");
  el.setAttribute("class", "i"); el.setAttribute("aria-hidden", "true"); use.setAttribute("href", `#i-${name}`); el.append(use);
  return el;
}
function say(text) { const el = $("#announce"); if (el) el.textContent = text; }

const ICONS = {ok: "circle-check", warn: "triangle-alert", bad: "circle-alert", info: "info"};
function toast(text, {tone = "info", action = "", run = null, note = "", href = ""} = {}) {
  const box = $(".toasts"); if (!box) return;
  const el = document.createElement("div"), words = document.createElement(href ? "a" : "span"), b = document.createElement("button");
  el.className = "toast"; el.dataset.tone = tone; el.dataset.testid = "toast"; words.textContent = text; b.type = "button"; if (href) words.href = href;
  if (note) { const small = document.createElement("small"); small.textContent = note; words.append(small); }
  if (action) { b.textContent = action; b.addEventListener("click", () => run?.()); } else { b.append(svg("x")); b.setAttribute("aria-label", "Dismiss"); }
  b.addEventListener("click", () => el.remove());
  el.append(svg(ICONS[tone] ?? "info"), words, b); box.append(el);
  fade(el, tone === "bad" || action || href ? 9000 : 4500);
}
function fade(el, ms) {
  let timer = setTimeout(() => el.remove(), ms);
  for (const on of ["pointerenter", "focusin"]) el.addEventListener(on, () => clearTimeout(timer));
  for (const off of ["pointerleave", "focusout"]) el.addEventListener(off, () => { clearTimeout(timer); timer = setTimeout(() => el.remove(), 2500); });
}
for (const el of $$(".toast")) fade(el, el.dataset.tone === "bad" ? 12000 : 6000);

// The address of what is looked at: the state that pages keep in it, and the section in view.
function address() {
  const u = new URL(location), seen = $$("main section[id]").filter(s => s.getBoundingClientRect().top < innerHeight / 2).pop();
  u.hash = scrollY > 200 && seen ? seen.id : "";
  return u.href.replace(/#$/, "");
}
// Without https there is no clipboard to write to: the words are shown instead, to be copied by hand.
function write(text, done) {
  const shown = () => toast(text, {note: "Copy this by hand: the browser does not let the page do it."});
  navigator.clipboard ? navigator.clipboard.writeText(text).then(() => toast(done, {tone: "ok"}), shown) : shown();
}
const commands = {
  theme() { root.dataset.theme = dark() ? "light" : "dark"; store.set("theme", root.dataset.theme); announceTheme(); },
  density() { root.dataset.density = root.dataset.density === "compact" ? "" : "compact"; store.set("density", root.dataset.density); },
  palette() { const d = $("#palette"); if (!d || d.open) return; d.showModal(); const i = $("input", d); i.select(); i.focus(); },
  shortcuts() { $("#palette")?.close(); $("#shortcuts")?.showModal(); },
  share() { $("#palette")?.close(); write(address(), "Link copied. It opens this view for people on your desk, and nothing for others."); },
  copy(b) { write(b.dataset.text, "Copied."); },
  dismiss(b) { b.closest(".toast, .alert")?.remove(); },
  print() { print(); },
};
document.addEventListener("click", e => {
  const b = e.target.closest("[data-cmd]");
  if (b) { e.preventDefault(); commands[b.dataset.cmd]?.(b); return; }
  const opener = e.target.closest("[data-dialog]");
  if (opener) { e.preventDefault(); document.getElementById(opener.dataset.dialog)?.showModal(); return; }
  if (e.target.closest("[data-close]")) e.target.closest("dialog")?.close();
  if (e.target.matches("dialog.dialog, dialog.palette")) e.target.close();
});
document.addEventListener("change", e => {
  if (e.target.matches("[data-pref]")) store.set(e.target.dataset.pref, e.target.checked ? "on" : "off");
  if (e.target.matches("[data-autosubmit]")) e.target.form?.requestSubmit();
});
for (const box of $$("[data-pref]")) box.checked = store.get(box.dataset.pref) !== "off";
// A form is sent once: a second click while the answer is on its way would do the deed twice.
document.addEventListener("submit", e => { const f = e.target; if (f.method === "dialog" || f.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]") || f.dataset.upload !== undefined) return; if (f.dataset.sent) e.preventDefault(); else if (f.method === "post") f.dataset.sent = "yes"; });
addEventListener("pageshow", () => { for (const f of $$("form[data-sent]")) delete f.dataset.sent; });

// A menu opens under its button, inside the window.
document.addEventListener("toggle", e => {
  const menu = e.target; if (!menu.matches?.(".menu[popover]") || e.newState !== "open") return;
  const by = $(`[popovertarget="${CSS.escape(menu.id)}"], [data-popover="${CSS.escape(menu.id)}"]`); if (!by) return;
  menu.dispatchEvent(new Event("opened"));
  const at = by.getBoundingClientRect(), box = menu.getBoundingClientRect(), below = at.bottom + 6;
  menu.style.left = `${Math.max(8, Math.min(innerWidth - box.width - 8, at.right - box.width))}px`;
  menu.style.top = `${below + box.height > innerHeight - 8 ? Math.max(8, at.top - box.height - 6) : below}px`;
}, true);
// A link to a page that shows its newest part in a menu: without JavaScript, or with a modifier key, it is a link.
let openBefore = false;  // pressing the button of an open menu closes it, before the click arrives
document.addEventListener("pointerdown", e => { const by = e.target.closest("[data-popover]"); openBefore = !!by && !!document.getElementById(by.dataset.popover)?.matches(":popover-open"); }, true);
document.addEventListener("click", e => {
  const by = e.target.closest("[data-popover]"), menu = by && document.getElementById(by.dataset.popover);
  if (!menu?.showPopover || e.metaKey || e.ctrlKey || e.shiftKey) return;
  e.preventDefault();
  if (openBefore || menu.matches(":popover-open")) { if (menu.matches(":popover-open")) menu.hidePopover(); } else menu.showPopover();
  openBefore = false;
});
document.addEventListener("click", e => { if (e.target.closest(".menu [data-cmd], .menu [data-dialog]")) e.target.closest(".menu")?.hidePopover?.(); }, true);

// Shortcuts: "g then d" for places, single keys for actions; off while typing, and can be turned off (WCAG 2.1.4).
let prefix = "";
document.addEventListener("keydown", e => {
  if ((e.metaKey || e.ctrlKey) && e.key.toLowerCase() === "k") { e.preventDefault(); return commands.palette(); }
  if (e.metaKey || e.ctrlKey || e.altKey || store.get("shortcuts") === "off" || e.target.closest?.("input, textarea, select, [contenteditable], dialog")) return;
  if (e.key === "/") { e.preventDefault(); return commands.palette(); }
  const el = $(`[data-key="${CSS.escape(prefix + e.key)}"]`);
  prefix = e.key === "g" && !prefix ? "g " : "";
  if (el) { e.preventDefault(); el.click(); }
});

// Command palette: commands filter here, things are searched on the server, which answers with a list of links.
const palette = $("#palette");
if (palette) {
  const input = $("input", palette), found = $(".found", palette), list = $("ul", found), none = $(".none", palette);
  let timer, asked = 0;
  const entries = () => $$("li > :is(a, button)", palette).filter(x => x.offsetParent !== null);
  function mark() {
    const shown = entries();
    for (const li of $$("li", palette)) li.classList.toggle("first", li === shown[0]?.parentElement);
    none.hidden = shown.length > 0;
    $(".hint[id]", palette).hidden = !$$("[data-commands] li", palette).some(li => !li.hidden);
  }
  async function ask(q) {
    const mine = ++asked;
    if (q.length < 2) { found.hidden = true; list.replaceChildren(); return mark(); }
    const r = await fetch(`${palette.dataset.search}?${new URLSearchParams({q})}`, {headers: {"HX-Request": "true"}}).catch(() => null);
    if (mine !== asked || !r?.ok) return;
    const html = await r.text(); if (mine !== asked) return;
    list.innerHTML = html; found.hidden = !list.querySelector("li"); mark();
  }
  input.addEventListener("input", () => {
    const q = input.value.trim();
    for (const li of $$("[data-commands] li", palette)) li.hidden = !li.textContent.toLowerCase().includes(q.toLowerCase());
    mark(); clearTimeout(timer);
    if (palette.dataset.search) timer = setTimeout(() => ask(q), 160);
  });
  palette.addEventListener("keydown", e => {
    const shown = entries(), i = shown.indexOf(document.activeElement);
    if (e.key === "ArrowDown") { e.preventDefault(); shown[Math.min(shown.length - 1, i + 1)]?.focus(); }
    if (e.key === "ArrowUp") { e.preventDefault(); i <= 0 ? input.focus() : shown[i - 1].focus(); }
    if (e.key === "Escape") { e.preventDefault(); palette.close(); }  // a search field would only empty itself
    if (e.key === "Enter" && e.target === input) { e.preventDefault(); if (input.value.trim()) shown[0]?.click(); }
  });
  palette.addEventListener("click", e => { if (e.target.closest("li > :is(a, button)")) palette.close(); });
  palette.addEventListener("close", () => { input.value = ""; input.dispatchEvent(new Event("input")); });
}

// htmx: toasts from the server (HX-Trigger: {"toast": {"text": "…", "tone": "ok"}}), errors in words, focus on the first mistake.
document.addEventListener("toast", e => { const d = e.detail ?? {}; toast(d.text ?? d.value ?? "", d); });
document.addEventListener("close-dialog", () => { for (const d of $$("dialog[open]")) d.close(); });
const WORDS = {403: "Your role on this desk does not allow that.", 404: "That is no longer there. Reload the page.", 409: "Somebody changed this first. Reload the page.", 413: "That file is too large.", 429: "Too many requests. Wait a moment and try again."};
document.addEventListener("htmx:responseError", e => {
  const x = e.detail.xhr; let said = "";
  try { const p = JSON.parse(x.responseText); said = p.message ?? p.detail ?? ""; } catch { /* not JSON */ }
  toast(typeof said === "string" && said ? said : WORDS[x.status] ?? "That did not work. Nothing was changed.", {tone: "bad", note: x.status >= 500 ? `Incident ${x.getResponseHeader("X-Request-ID") ?? "unknown"}` : ""});
});
document.addEventListener("htmx:afterSettle", e => { $("[aria-invalid=true]", e.detail.elt)?.focus(); });

// What a person opened stays open when its part of the page is fetched anew.
let opened = [];
document.addEventListener("htmx:beforeSwap", e => { opened = $$("details[id][open]", e.detail.target).map(d => d.id); });
document.addEventListener("htmx:afterSwap", () => { for (const id of opened) document.getElementById(id)?.setAttribute("open", ""); });

// Live updates. The socket says what changed; elements refetch themselves through hx-trigger="live:<topic> from:body".
const dot = $("#live");
const live = {socket: null, topics: new Set(), tries: 0, timer: 0, beat: 0, poll: 0, since: null};
function wanted() { return new Set($$("[data-live]").flatMap(el => el.dataset.live.split(/\s+/).filter(Boolean))); }
function hint(topic, detail = {}) { document.body.dispatchEvent(new CustomEvent(`live:${topic}`, {detail, bubbles: true})); }
function catchUp() { for (const t of live.topics) hint(t, {event: "catch-up"}); }
function state(name) {
  if (!dot) return;
  dot.hidden = false; dot.dataset.state = name;
  if (name === "live") live.since = null; else live.since ??= new Date();
  const at = live.since?.toLocaleTimeString("en-GB", {hour: "2-digit", minute: "2-digit"});
  const words = {live: "Live", connecting: "Connecting", reconnecting: "Reconnecting…", offline: `Offline since ${at}`}[name];
  if ($(".word", dot).textContent !== words) $(".word", dot).textContent = words;
}
function send(message) { if (live.socket?.readyState === WebSocket.OPEN) live.socket.send(JSON.stringify(message)); }
function slowly() { live.poll ||= setInterval(() => { if (!document.hidden) catchUp(); }, 5000); }
function open() {
  clearTimeout(live.timer);
  const s = live.socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${dot.dataset.socket}`);
  let heard = Date.now();
  s.onopen = () => {
    send({subscribe: [...live.topics]}); send({ping: 0}); state("live");
    clearInterval(live.poll); live.poll = 0; live.tries = 0;
    live.beat = setInterval(() => { if (Date.now() - heard > 60000) s.close(); else send({ping: Date.now()}); }, 25000);
  };
  s.onmessage = e => { heard = Date.now(); const m = JSON.parse(e.data); if (m.topic) hint(m.topic, m); else if (m.pong === 0) catchUp(); };  // subscribed: fetch what changed before that
  s.onclose = e => {
    clearInterval(live.beat); if (live.socket !== s) return;
    slowly();
    if (e.code === 4401) return state("offline");
    live.tries += 1; state(live.tries > 4 || !navigator.onLine ? "offline" : "reconnecting");
    live.timer = setTimeout(open, Math.min(30000, 500 * 2 ** live.tries) * (.5 + Math.random() / 2));
  };
}
function watch() {
  if (!dot) return;
  const now = wanted(), added = [...now].filter(t => !live.topics.has(t)), gone = [...live.topics].filter(t => !now.has(t));
  live.topics = now;
  if (added.length) send({subscribe: added});
  if (gone.length) send({unsubscribe: gone});
  if (now.size && !live.socket) { state("connecting"); open(); }
}
addEventListener("offline", () => { if (live.socket) { state("offline"); slowly(); live.socket.close(); } });  // a socket would notice a minute later
addEventListener("online", () => { if (live.socket && live.socket.readyState > 1) open(); });
addEventListener("pagehide", () => { const s = live.socket; live.socket = null; clearTimeout(live.timer); if (s?.readyState === WebSocket.OPEN) s.close(); });  // one that is still connecting goes with the page; closing it would be logged as an error
addEventListener("pageshow", e => { if (e.persisted) watch(); });
document.addEventListener("htmx:afterSettle", watch);
watch();

// "You are here" in the section tabs.
const tabs = $$(".subnav a[href^='#']");
if (tabs.length) {
  const seen = new Set();
  const io = new IntersectionObserver(es => { for (const en of es) en.isIntersecting ? seen.add(en.target.id) : seen.delete(en.target.id); const cur = tabs.find(a => seen.has(a.hash.slice(1))); if (cur) for (const a of tabs) a === cur ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current"); }, {rootMargin: "-110px 0px -55% 0px"});
  for (const a of tabs) { const s = document.getElementById(a.hash.slice(1)); if (s) io.observe(s); }
}

window.fo = {$, $$, dark, hint, say, svg, toast};
})();

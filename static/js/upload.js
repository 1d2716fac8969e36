// Uploads with progress: one request a file, so that one failure leaves the others alone. Without this script the form posts as it is.
// The server answers a file with JSON: {"url", "title", "duplicate"} when it is stored, {"message"} when it is refused.
(() => {
"use strict";
const {$, $$, hint, say, svg, toast} = window.fo;
const mb = bytes => bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

function row(list, file) {
  const li = document.createElement("li"), name = document.createElement("span"), bar = document.createElement("progress"), note = document.createElement("span");
  name.className = "name"; name.textContent = file.name; bar.max = 100; bar.value = 0; bar.setAttribute("aria-label", `Uploading ${file.name}`); note.className = "note num"; note.textContent = mb(file.size);
  li.append(svg("file-text"), name, bar, note); list.append(li);
  return {li, name, bar, note};
}
function end(r, state, icon, text) { r.li.dataset.state = state; $("use", r.li).setAttribute("href", `#i-${icon}`); r.bar.remove(); r.note.textContent = text; }
function send(form, file, r) {
  return new Promise(done => {
    const x = new XMLHttpRequest(), data = new FormData();
    for (const [k, v] of new FormData(form)) if (!(v instanceof File)) data.append(k, v);
    data.append(form.dataset.field, file);
    x.upload.onprogress = e => { if (e.lengthComputable) { r.bar.value = 100 * e.loaded / e.total; r.note.textContent = e.loaded < e.total ? `${mb(e.loaded)} of ${mb(e.total)}` : "Storing…"; } };
    x.onerror = () => { end(r, "failed", "circle-alert", "The connection was lost. Choose the file again to retry."); done(null); };
    x.onload = () => {
      let answer = {}; try { answer = JSON.parse(x.responseText); } catch { /* an error page */ }
      if (x.status >= 200 && x.status < 300) {
        end(r, "done", "circle-check", answer.duplicate ? "Already here" : "Stored");
        if (answer.url) { const a = document.createElement("a"); a.href = answer.url; a.textContent = answer.title || file.name; r.name.replaceChildren(a); }
        return done(answer);
      }
      end(r, "failed", "circle-alert", answer.message ?? (x.status === 413 ? "This file is too large." : `The upload was refused (${x.status}). Nothing was stored.`)); done(null);
    };
    x.open("POST", form.action); x.setRequestHeader("Accept", "application/json"); x.setRequestHeader("X-Requested-With", "XMLHttpRequest"); x.send(data);
  });
}
async function take(form, files) {
  const list = $(".uploads", form), limit = +form.dataset.maxBytes || Infinity, stored = [], waiting = [];
  if (!files.length) return;
  for (const file of files) {
    const r = row(list, file);
    if (file.size > limit) { end(r, "failed", "circle-alert", `Larger than the limit of ${mb(limit)}. Nothing was sent.`); continue; }
    if (window.fo.inPieces && form.dataset.pieces && file.size >= +form.dataset.piecesFrom) {
      const big = window.fo.inPieces(form, file, r, {mb, end}); waiting.push(big.done.then(answer => { if (answer) stored.push(answer); }));
      await Promise.race([big.done, big.freed]); continue;
    }
    const answer = await send(form, file, r); if (answer) stored.push(answer);
  }
  await Promise.all(waiting);
  say(`${stored.length} of ${files.length} stored`); hint("documents", {event: "uploaded"});
  if (form.dataset.goto !== undefined && files.length === 1 && stored[0]?.url) location.assign(stored[0].url);
}
function ready(form) {
  if (form._ready) return; form._ready = true;
  const input = $("input[type=file]", form); let depth = 0;
  input.addEventListener("change", () => { const files = [...input.files]; input.value = ""; take(form, files); });
  form.addEventListener("submit", e => e.preventDefault());
  for (const [type, step] of [["dragenter", 1], ["dragleave", -1]]) form.addEventListener(type, e => { e.preventDefault(); depth += step; form.classList.toggle("over", depth > 0); });
  form.addEventListener("dragover", e => e.preventDefault());
  form.addEventListener("drop", e => { e.preventDefault(); depth = 0; form.classList.remove("over"); const files = [...e.dataTransfer.files]; files.length ? take(form, files) : toast("Only files can be dropped here."); });
}
// A file dropped beside the zone would replace the page in the browser.
for (const type of ["dragover", "drop"]) addEventListener(type, e => { if (e.dataTransfer?.types?.includes("Files") && !e.target.closest?.("[data-upload]")) e.preventDefault(); });
function scan() { for (const form of $$("form[data-upload]")) ready(form); }
document.addEventListener("htmx:afterSettle", scan); scan();
})();

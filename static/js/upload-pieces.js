// Large files go in pieces, by the tus protocol: a lost connection costs one piece, a reload nothing that was stored.
// What a file has come to is kept under its name, size and time; the server says where it goes on. Needs upload.js.
(() => {
"use strict";
const {$, $$, say, svg} = window.fo;
const TYPE = "application/offset+octet-stream", PATIENCE = 120000, TRIES = 6, LONGEST_WAIT = 15000;
const store = {
  get: k => { try { return localStorage.getItem(k); } catch { return null; } },
  set: (k, v) => { try { localStorage.setItem(k, v); } catch { /* private mode: it goes on while the page is open */ } },
  drop: k => { try { localStorage.removeItem(k); } catch { /* private mode */ } },
};
const base64 = text => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const sleep = ms => new Promise(done => { const end = () => { clearTimeout(timer); removeEventListener("online", end); done(); }, timer = setTimeout(end, ms); addEventListener("online", end); });
async function digest(file) {
  if (!crypto.subtle) return "";  // only on secure addresses; the server knows the file by its bytes all the same
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()))].map(b => b.toString(16).padStart(2, "0")).join("");
}

class Pieces {
  constructor(form, file, row, {mb, end}) {
    Object.assign(this, {form, file, row, mb, end});
    this.base = form.dataset.pieces; this.size = +form.dataset.pieceBytes; this.key = `upload:${file.name}:${file.size}:${file.lastModified}`;
    this.freed = new Promise(free => { this.free = free; });  // the files after a paused one need not wait for it
    this.buttons();
    this.done = this.run().catch(() => this.fail("Something went wrong in the browser. Choose the file again: it goes on where it stopped."));
  }
  buttons() {
    const box = document.createElement("span"); box.className = "acts";
    const make = (icon, label, testid, deed) => { const b = document.createElement("button"); b.type = "button"; b.className = "btn small icon ghost"; b.dataset.testid = testid; b.append(svg(icon)); b.setAttribute("aria-label", `${label} ${this.file.name}`); b.addEventListener("click", deed); box.append(b); return b; };
    this.button = make("pause", "Pause", "upload-pause", () => this.paused ? this.resume() : this.pause());
    make("x", "Discard", "upload-discard", () => this.discard());
    this.row.li.append(box); this.row.li.classList.add("in-pieces"); this.box = box;
  }
  pause() {
    this.paused = new Promise(go => { this.go = go; }); this.xhr?.abort(); this.free(); this.row.li.dataset.state = "paused";
    $("use", this.button).setAttribute("href", "#i-play"); this.button.setAttribute("aria-label", `Go on with ${this.file.name}`); this.note("Paused");
  }
  resume() {
    this.paused = null; delete this.row.li.dataset.state; this.go();
    $("use", this.button).setAttribute("href", "#i-pause"); this.button.setAttribute("aria-label", `Pause ${this.file.name}`); this.show(this.offset ?? 0);
  }
  discard() {
    this.stopped = true; this.paused = null; this.xhr?.abort(); this.go?.(); this.forget();
    if (this.id) this.ask("DELETE", `${this.base}/${this.id}`);
    this.finish("failed", "circle-minus", "Discarded. Nothing of it is kept.");
  }
  note(text) { this.row.note.textContent = text; }
  show(bytes) { this.row.bar.value = 100 * bytes / this.file.size; this.note(bytes < this.file.size ? `${this.mb(bytes)} of ${this.mb(this.file.size)}` : "Storing…"); }
  finish(state, icon, text) { this.box.remove(); this.row.li.classList.remove("in-pieces"); this.end(this.row, state, icon, text); this.free(); }
  fail(text) { if (!this.stopped) { this.stopped = true; this.finish("failed", "circle-alert", text); } return null; }
  forget() { store.drop(this.key); }

  ask(method, url, {headers = {}, body = null, from = null} = {}) {
    return new Promise(done => {
      const x = new XMLHttpRequest(); if (method !== "DELETE") this.xhr = x;
      x.open(method, url); x.timeout = PATIENCE; x.setRequestHeader("Tus-Resumable", "1.0.0"); x.setRequestHeader("X-CSRFToken", $("input[name=csrfmiddlewaretoken]", this.form).value);
      for (const [k, v] of Object.entries(headers)) x.setRequestHeader(k, v);
      if (from !== null) x.upload.onprogress = e => { if (!this.paused && !this.stopped) this.show(from + e.loaded); };
      x.onloadend = () => { let json = {}; try { json = JSON.parse(x.responseText); } catch { /* without a body */ } done({status: x.status, json, header: name => x.getResponseHeader(name)}); };
      x.send(body);
    });
  }
  // Ask until there is an answer: a lost connection and a server that restarts are waited for.
  async steadily(...args) {
    for (let tries = 0; ; tries += 1) {
      while (this.paused && !this.stopped) await this.paused;
      if (this.stopped) return {status: 0, json: {}};
      const answer = await this.ask(...args);
      if (this.paused || this.stopped) continue;
      if (answer.status && answer.status !== 429 && (answer.status < 500 || answer.status === 507 || tries >= TRIES)) return answer;
      this.row.li.dataset.state = "waiting"; this.note(answer.status ? "The server is busy. It goes on by itself…" : "The connection is lost. It goes on by itself…"); say(`${this.file.name}: waiting for the connection`);
      await sleep(Math.min(LONGEST_WAIT, 500 * 2 ** tries));
      if (!this.paused) delete this.row.li.dataset.state;
    }
  }
  refused(answer) {
    if ([401, 403].includes(answer.status)) return this.fail("You are signed out. Sign in, then choose the file again: it goes on where it stopped.");
    if (answer.status < 500) this.forget();
    return this.fail(answer.json.message ?? `The upload was refused (${answer.status}).`);
  }

  // The upload that this file had come to, here or in another browser, if it is the same file; its offset.
  async known() {
    const notice = $$("[data-unfinished]").find(li => li.dataset.name === this.file.name && +li.dataset.bytes === this.file.size);
    const id = store.get(this.key) ?? notice?.dataset.unfinished; if (!id) return null;
    const {status, json} = await this.steadily("GET", `${this.base}/${id}`);
    const same = status === 200 && json.n_bytes === this.file.size && (!json.sha256 || !this.sha256 || json.sha256 === this.sha256);
    if (!same || json.status !== "open" || new Date(json.expires_at) < new Date()) { this.forget(); return null; }
    $(`[data-unfinished="${id}"]`)?.remove(); for (const box of $$("[data-unfinished-box]")) if (!$("[data-unfinished]", box)) box.remove();
    return json;
  }
  async begin() {
    const said = [`filename ${base64(this.file.name)}`], folder = new URL(this.form.action).searchParams.get("folder");
    if (this.sha256) said.push(`sha256 ${base64(this.sha256)}`);
    if (folder) said.push(`folder ${base64(folder)}`);
    const answer = await this.steadily("POST", this.base, {headers: {"Upload-Length": this.file.size, "Upload-Metadata": said.join(",")}});
    return answer.status === 201 ? answer.json : this.refused(answer);
  }
  async run() {
    this.note("Preparing…"); this.sha256 = await digest(this.file);
    for (let again = 0; again < 2; again += 1) {
      const upload = await this.known() ?? await this.begin(); if (!upload || this.stopped) return null;
      this.id = upload.id; this.offset = upload.n_received; store.set(this.key, this.id); this.row.li.dataset.upload = this.id;
      if (this.offset) say(`${this.file.name} goes on at ${this.mb(this.offset)}`);
      const outcome = await this.send(); if (outcome !== "again") return outcome;
      this.forget();
    }
    return this.fail("The upload was discarded elsewhere. Choose the file again.");
  }
  async send() {
    const url = `${this.base}/${this.id}`;
    for (let state = null; ;) {
      this.show(this.offset);
      const piece = this.file.slice(this.offset, this.offset + this.size);
      const answer = await this.steadily("PATCH", url, {headers: {"Content-Type": TYPE, "Upload-Offset": this.offset}, body: piece, from: this.offset});
      if (this.stopped) return null;
      if (answer.status === 204) this.offset = +answer.header("Upload-Offset");
      else if (answer.status === 409) this.offset = answer.json.details.offset;  // an answer was lost, or another tab sends the same file
      else return answer.status === 404 ? "again" : this.refused(answer);
      if (this.offset < this.file.size) continue;
      state = (await this.steadily("GET", url)).json;
      if (state.status === "finished") return this.stored(state);
      if (state.status !== "open") return this.fail(state.error_message || "The upload was discarded elsewhere. Choose the file again.");
    }
  }
  stored(state) {
    const url = `${this.form.dataset.documents}${state.document_id}/`, a = document.createElement("a");
    this.forget(); this.finish("done", "circle-check", state.is_new ? "Stored" : "Already here");
    a.href = url; a.textContent = this.file.name; this.row.name.replaceChildren(a);
    return {url, title: this.file.name, duplicate: !state.is_new};
  }
}
window.fo.inPieces = (...args) => new Pieces(...args);
})();

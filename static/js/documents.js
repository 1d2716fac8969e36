// Lists with boxes to choose from (documents, backtests): choose all, and no live refresh while somebody is choosing. Without this script the boxes and buttons work.
(() => {
"use strict";
const {$, $$} = window.fo;
const boxes = form => $$("input[name=id]", form);
function ready() { for (const all of $$("[data-pick-all]")) all.hidden = false; }
document.addEventListener("change", e => {
  const form = e.target.closest("[data-bulk]"); if (!form) return;
  if (e.target.matches("[data-pick-all]")) for (const box of boxes(form)) box.checked = e.target.checked;
  const all = $("[data-pick-all]", form), n = boxes(form).filter(b => b.checked).length;
  const said = $("[data-picked]", form); if (said) said.textContent = n ? `${n} chosen` : "";
  if (all) { all.checked = n > 0 && n === boxes(form).length; all.indeterminate = n > 0 && !all.checked; }
});
document.addEventListener("htmx:beforeRequest", e => { if (e.target.closest("[data-bulk]") && $("input[name=id]:checked", e.target)) e.preventDefault(); });
document.addEventListener("htmx:afterSettle", ready); ready();
})();

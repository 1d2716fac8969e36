// Runs before the first paint, so that a chosen theme or density does not flash. Everything else waits in app.js.
(() => {
"use strict";
try {
  const root = document.documentElement;
  const theme = new URLSearchParams(location.search).get("theme") || localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  if (localStorage.getItem("density") === "compact") root.dataset.density = "compact";
} catch { /* storage may be closed: the system's theme then holds */ }
})();

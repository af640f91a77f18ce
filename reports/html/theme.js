// The choice between the reader's own scheme, light and dark; kept where the browser allows it.
"use strict";
(() => {
  const root = document.documentElement, KEY = "gamma-theme", ORDER = ["auto", "light", "dark"];
  const stored = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const store = (value) => { try { localStorage.setItem(KEY, value); } catch { /* then it lasts as long as the page */ } };
  const button = document.getElementById("theme");
  const show = (value) => {
    if (value === "auto") delete root.dataset.theme; else root.dataset.theme = value;
    if (button) { button.textContent = `Theme: ${value}`; button.value = value; }
  };
  show(ORDER.includes(stored()) ? stored() : "auto");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = ORDER[(ORDER.indexOf(button.value) + 1) % ORDER.length];
    store(next);
    show(next);
  });
})();

// @ts-check
/** Light or dark: as the system says, until the user says otherwise. */

const KEY = "striate-theme";

/** @returns {"light" | "dark"} the theme that is shown */
export function theme() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** @type {Set<() => void>} */
const listeners = new Set();

/**
 * Calls `listener` when the theme changes; what is painted on a canvas must be painted anew.
 *
 * @param {() => void} listener
 * @returns {() => void} ends it
 */
export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** @param {HTMLButtonElement} button switches it */
export function startTheme(button) {
  const kept = localStorage.getItem(KEY);
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
  const label = () => {
    const other = theme() === "dark" ? "light" : "dark";
    button.textContent = other === "dark" ? "Dark" : "Light";
    button.setAttribute("aria-label", `Use the ${other} theme`);
  };
  button.addEventListener("click", () => {
    const other = theme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = other;
    localStorage.setItem(KEY, other);
    label();
    for (const listener of [...listeners]) listener();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    label();
    for (const listener of [...listeners]) listener();
  });
  label();
}

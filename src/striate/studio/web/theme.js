// @ts-check
/** Light or dark: as the system says, until the user says otherwise. */

/** @returns {"light" | "dark"} the theme that is shown, which `shown_theme.js` keeps */
export function theme() {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
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

/** @returns {"light" | "dark"} */
const other = () => (theme() === "dark" ? "light" : "dark");

/** @param {HTMLButtonElement} button switches it */
export function startTheme(button) {
  const label = () => {
    button.textContent = other() === "dark" ? "Dark" : "Light";
    button.setAttribute("aria-label", `Use the ${other()} theme`);
  };
  button.addEventListener("click", () => {
    localStorage.setItem("striate-theme", other());
    document.documentElement.dataset.theme = other();
  });
  new MutationObserver(() => {
    label();
    for (const listener of [...listeners]) listener();
  }).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  label();
}

// @ts-check
/** How long things take, kept by the browser for who wants to know: the newest of them. */

export const PEN = "look: pen to screen";
export const HOVER = "look: hover to arithmetic";

const MOST = 2000;

/**
 * @param {string} name
 * @param {number} start when the event happened
 */
export function measure(name, start) {
  if (performance.getEntriesByName(name).length >= MOST) performance.clearMeasures(name);
  performance.measure(name, { start });
}

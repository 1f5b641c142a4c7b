// @ts-check
/** Sentences from the studio: what stands between backticks is code. */

import { element } from "../element.js";

/**
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
export function written(text) {
  return text
    .split("`")
    .map((part, index) => (index % 2 ? element("code", {}, [part]) : part));
}

// @ts-check
/** The state of a run as a small label; a sign stands beside the colour. */

import { element } from "../element.js";
import { STATES } from "./words.js";

/** @typedef {import("./types.js").State} State */

/** @type {Record<State, string>} */
const SIGNS = {
  starting: "◌",
  training: "▶",
  paused: "Ⅱ",
  stopped: "■",
  finished: "✓",
  failed: "✗",
  killed: "✗",
  damaged: "?",
};

/**
 * @param {State} state
 * @returns {HTMLElement}
 */
export function statePill(state) {
  return element("span", { class: `pill ${state}` }, [
    element("span", { "aria-hidden": "true" }, [`${SIGNS[state]} `]),
    STATES[state],
  ]);
}

// @ts-check
/** What a network takes an example for: its likeliest classes with bars. */

import { element } from "../element.js";
import { percent } from "./words.js";

/**
 * @param {[number, number][]} top class and probability, the likeliest first
 * @param {number} target
 * @param {string[]} classes
 * @returns {HTMLElement}
 */
export function guessList(top, target, classes) {
  return element(
    "ol",
    { class: "guess-list" },
    top.map(([guess, probability]) => {
      const bar = element("span", { class: "guess-bar", "aria-hidden": "true" });
      bar.style.width = `${100 * probability}%`;
      return element("li", { class: guess === target ? "right" : "wrong" }, [
        bar,
        element("span", { class: "guess-name" }, [classes[guess] ?? guess]),
        element("span", { class: "number" }, [percent(probability)]),
      ]);
    }),
  );
}

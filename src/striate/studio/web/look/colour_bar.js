// @ts-check
/** A bar that says which colour stands for which value. */

import { element } from "../element.js";
import { paint } from "../maps.js";
import { short } from "../numbers.js";

/** @typedef {import("../maps.js").Scale} Scale */

const STEPS = 64;

export class ColourBar {
  constructor() {
    this._canvas = element("canvas", { class: "values", "aria-hidden": "true" });
    this._low = element("span", { class: "number low" });
    this._high = element("span", { class: "number high" });
    this.root = element("span", { class: "colour-bar", role: "img" }, [
      this._low,
      this._canvas,
      this._high,
    ]);
    this._shown = "";
    this._colours = "";
  }

  /**
   * @param {Scale} scale
   * @param {"light" | "dark"} theme
   * @param {string} [whose] what has that scale, where not all has it
   */
  show(scale, theme, whose = "") {
    const [low, high] = [short(scale.low), short(scale.high)];
    const colours = `${scale.signed} ${theme}`;
    if (colours !== this._colours) {
      this._colours = colours;
      const steps = Float32Array.from({ length: STEPS }, (_, step) => step);
      paint(this._canvas, steps, 1, STEPS, { ...scale, low: 0, high: STEPS - 1 }, theme);
    }
    const shown = `${low} ${high} ${whose}`;
    if (shown === this._shown) return;
    this._shown = shown;
    this._low.textContent = low;
    this._high.textContent = high;
    const words = `Colours from ${low} to ${high}`;
    this.root.setAttribute("aria-label", words);
    this.root.title = whose
      ? `${words} in ${whose}; the other maps have scales of their own`
      : words;
  }
}

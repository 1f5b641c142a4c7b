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
  }

  /**
   * @param {Scale} scale
   * @param {"light" | "dark"} theme
   * @param {string} [whose] what has that scale, where not all has it
   */
  show(scale, theme, whose = "") {
    const text = `${scale.low} ${scale.high} ${scale.signed} ${theme} ${whose}`;
    if (text === this._shown) return;
    this._shown = text;
    const steps = Float32Array.from(
      { length: STEPS },
      (_, step) => scale.low + ((scale.high - scale.low) * step) / (STEPS - 1),
    );
    paint(this._canvas, steps, 1, STEPS, scale, theme);
    this._low.textContent = short(scale.low);
    this._high.textContent = short(scale.high);
    const words = `Colours from ${short(scale.low)} to ${short(scale.high)}`;
    this.root.setAttribute("aria-label", words);
    this.root.title = whose ? `${words} in ${whose}; the other maps have scales of their own` : words;
  }
}

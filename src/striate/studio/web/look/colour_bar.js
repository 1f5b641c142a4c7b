// @ts-check
/** A bar that says which colour stands for which value. */

import { gradient } from "../colours.js";
import { element, say } from "../element.js";
import { short } from "../numbers.js";
import { calmly } from "./calmly.js";

/** @typedef {import("../maps.js").Scale} Scale */

export class ColourBar {
  constructor() {
    this._bar = element("span", { class: "colours" });
    this._low = element("span", { class: "number low" });
    this._high = element("span", { class: "number high" });
    this.root = element("span", { class: "colour-bar", role: "img" }, [
      this._low,
      this._bar,
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
      this._bar.style.backgroundImage = gradient(theme, scale.signed);
    }
    const shown = `${low} ${high} ${whose}`;
    if (shown === this._shown) return;
    this._shown = shown;
    calmly(this, () => {
      say(this._low, low);
      say(this._high, high);
      const words = `Colours from ${low} to ${high}`;
      this.root.setAttribute("aria-label", words);
      this.root.title = whose
        ? `${words} in ${whose}; the other maps have scales of their own`
        : words;
    });
  }
}

// @ts-check
/** A slider over the moments of a run that were saved, with what trains now at its end. */

import { element } from "../element.js";
import { counted } from "../numbers.js";

/**
 * @typedef {{ moments: number[], final: number | null }} Saved
 */

export class Moments {
  /** @param {(moment: number | null) => void} onChoose null: what trains now, or else the last */
  constructor(onChoose) {
    this._onChoose = onChoose;
    /** @type {number[]} */
    this._steps = [];
    this._live = false;
    /** @type {number | null} */
    this._chosen = null;
    this._slider = element("input", {
      id: "moment",
      type: "range",
      min: 0,
      max: 0,
      step: 1,
      disabled: true,
      oninput: () => this._choose(Number(this._slider.value)),
    });
    this._says = element("output", { class: "number", for: "moment" });
    this._back = this._arrow("◀", "Moment before", -1);
    this._on = this._arrow("▶", "Moment after", 1);
    this._now = element("button", { type: "button", onclick: () => this._onChoose(null) }, ["Now"]);
    this.root = element("div", { class: "moments" }, [
      element("label", { for: "moment" }, ["Moment"]),
      this._back,
      this._slider,
      this._on,
      this._says,
      this._now,
    ]);
  }

  /**
   * @param {string} sign
   * @param {string} label
   * @param {number} by
   */
  _arrow(sign, label, by) {
    return element(
      "button",
      { type: "button", class: "quiet", "aria-label": label, onclick: () => this._choose(Number(this._slider.value) + by) },
      [sign],
    );
  }

  /** @returns {number | null} the newest moment */
  get last() {
    return this._steps.at(-1) ?? null;
  }

  /**
   * @param {Saved} saved
   * @param {boolean} live whether there is something to see beyond the saved moments
   * @param {number | null} chosen
   */
  show({ moments, final }, live, chosen) {
    this._steps = stepsOf(moments, final);
    this._live = live;
    this.mark(chosen);
  }

  /** @param {number | null} chosen */
  mark(chosen) {
    this._chosen = chosen;
    const last = this._steps.length - 1 + (this._live ? 1 : 0);
    const at = chosen === null ? last : nearestIndex(this._steps, chosen);
    this._slider.max = String(Math.max(0, last));
    this._slider.value = String(at);
    this._slider.disabled = last < 1;
    this._back.disabled = at <= 0;
    this._on.disabled = at >= last;
    this._now.hidden = !this._live;
    this._now.disabled = chosen === null;
    const says = this._live && at === last ? "now" : this._steps.length ? `step ${counted(this._steps[at])}` : "none saved yet";
    this._says.textContent = says;
    this._slider.setAttribute("aria-valuetext", says);
  }

  /** @param {number} at */
  _choose(at) {
    const last = this._steps.length - 1 + (this._live ? 1 : 0);
    if (at < 0 || at > last) return;
    const chosen = this._live && at === last ? null : this._steps[at];
    this.mark(chosen);
    this._onChoose(chosen);
  }
}

/**
 * @param {number[]} moments
 * @param {number | null} final
 * @returns {number[]} ascending, each once
 */
export function stepsOf(moments, final) {
  return [...new Set(final === null ? moments : [...moments, final])].sort((a, b) => a - b);
}

/**
 * @param {number[]} steps
 * @param {number} step
 */
function nearestIndex(steps, step) {
  let best = 0;
  steps.forEach((one, index) => {
    if (Math.abs(one - step) < Math.abs(steps[best] - step)) best = index;
  });
  return best;
}

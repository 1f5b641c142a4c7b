// @ts-check
/** The numbers of a run at this moment. */

import { element } from "../element.js";
import { amount, counted, short } from "../numbers.js";
import { duration, percent } from "./words.js";

/** @typedef {import("./types.js").Progress} Progress */

const TITLES = /** @type {const} */ ({
  loss: "loss",
  accuracy: "accuracy",
  validation: "validation",
  seen: "examples seen",
  rate: "examples / s",
  forward: "forward",
  backward: "backward",
  left: "time left",
});

export class Figures {
  constructor() {
    /** @type {Record<string, HTMLElement>} */
    this._values = {};
    this.root = element(
      "dl",
      { class: "figures" },
      Object.entries(TITLES).map(([name, title]) => {
        this._values[name] = element("dd", { class: "number" }, ["–"]);
        return element("div", {}, [element("dt", {}, [title]), this._values[name]]);
      }),
    );
  }

  /** @param {import("../source/source.js").Answer} answer of `train.follow` */
  show({ values, arrays }) {
    /** @type {Progress} */
    const progress = values;
    const validation = progress.result?.test_accuracy ?? newestValidation(progress, arrays);
    const ms = (/** @type {number | null} */ value) => (value === null ? "–" : `${short(value)} ms`);
    /** @type {Record<keyof typeof TITLES, string>} */
    const said = {
      loss: progress.loss === null ? "–" : short(progress.loss),
      accuracy: percent(progress.accuracy),
      validation: percent(validation),
      seen: counted(progress.examples_seen),
      rate: progress.examples_per_second === null ? "–" : amount(Number(progress.examples_per_second.toPrecision(3))),
      forward: ms(progress.forward_ms),
      backward: ms(progress.backward_ms),
      left: duration(progress.seconds_left),
    };
    for (const [name, text] of Object.entries(said)) {
      if (this._values[name].textContent !== text) this._values[name].textContent = text;
    }
  }
}

/**
 * @param {Progress} progress
 * @param {import("../source/source.js").Tensors} arrays
 * @returns {number | null} of the last epoch that was tested, or the running one where that is newer
 */
export function newestValidation({ epochs_done }, arrays) {
  const tested = epochs_done.findLast(({ test_accuracy }) => test_accuracy !== null);
  const step = arrays.validation_step?.data.at(-1) ?? -1;
  const running = arrays.validation_accuracy?.data.at(-1) ?? null;
  return tested && tested.step >= step ? tested.test_accuracy : running;
}

// @ts-check
/** The curves of one run, out of what the studio tells about it. */

import { named } from "./words.js";

/**
 * @typedef {import("../source/source.js").Answer} Answer
 * @typedef {import("./chart.js").Line} Line
 * @typedef {import("./chart.js").Mark} Mark
 * @typedef {import("./types.js").Progress} Progress
 * @typedef {"loss" | "accuracy"} Measure
 * @typedef {"examples" | "seconds"} Along
 */

const NOTHING = new Float32Array();

/** A curve is smoothed over this share of its points, one in so many. */
const SMOOTHED_OVER = 30;

/**
 * @param {Answer} answer of `train.follow`
 * @param {Measure} measure
 * @param {Along} along
 * @returns {Line[]} training, the running validation, and the whole test set at the ends of epochs
 */
export function linesOf({ values, arrays }, measure, along) {
  /** @type {Progress} */
  const progress = values;
  const of = (/** @type {string} */ name) => arrays[name]?.data ?? NOTHING;
  const place = placing(progress, arrays, along);
  const epochs = progress.epochs_done.filter((one) => one[`test_${measure}`] !== null);
  const x = along === "seconds" ? of("seconds") : (arrays.examples?.data ?? places(of("step"), place));
  const measured = of(measure);
  const width = Math.max(1, Math.round(measured.length / SMOOTHED_OVER));
  return [
    {
      name: width > 1 ? "training (smoothed)" : "training",
      look: "training",
      x,
      y: smoothed(measured, width),
      raw: width > 1 ? measured : undefined,
    },
    {
      name: "validation",
      look: "validation",
      x: places(of("validation_step"), place),
      y: of(`validation_${measure}`),
    },
    {
      name: "test set",
      look: "tested",
      x: epochs.map(({ step }) => place(step)),
      y: epochs.map((one) => Number(one[`test_${measure}`])),
      points: true,
    },
  ];
}

/**
 * @param {Answer} answer
 * @param {Along} along
 * @returns {Mark[]} what was changed on the way, lettered
 */
export function marksOf({ values, arrays }, along) {
  const place = placing(values, arrays, along);
  return changesOf(values).map((mark, index) => ({
    x: place(mark.step),
    label: letter(index),
    text: changeInWords(mark),
  }));
}

/**
 * @param {import("./types.js").Mark} mark
 * @returns {string} learning rate 0.01
 */
export function changeInWords({ setting, value, text }) {
  return setting === null || value === null ? text : `${named(setting)} ${Number(value.toPrecision(6))}`;
}

/**
 * @param {Progress} progress
 * @returns {import("./types.js").Mark[]} the changes of settings, in their order
 */
export function changesOf({ marks }) {
  return marks.filter(({ event }) => event === "changed");
}

/**
 * @param {number} index
 * @returns {string} A, B ... Z, AA ...
 */
export function letter(index) {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letter(Math.floor(index / 26) - 1) + last;
}

/**
 * Steps are where everything was measured; examples or seconds lie between those that are told.
 *
 * @param {Progress} progress
 * @param {import("../source/source.js").Tensors} arrays
 * @param {Along} along
 * @returns {(step: number) => number}
 */
function placing(progress, arrays, along) {
  const steps = arrays.step?.data ?? NOTHING;
  const known = arrays[along]?.data;
  const [end, all] = [progress.step, along === "seconds" ? progress.seconds : progress.examples_seen];
  if (!known || known.length === 0) return (step) => (end ? (step * all) / end : 0);
  return (step) => interpolated(steps, known, step, end, all);
}

/**
 * @param {ArrayLike<number>} x ascending
 * @param {ArrayLike<number>} y
 * @param {number} at
 * @param {number} endX beyond the last x
 * @param {number} endY
 * @returns {number} on straight lines from (0, 0) through all points to the end
 */
export function interpolated(x, y, at, endX, endY) {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] < at) low = middle + 1;
    else high = middle;
  }
  const [x0, y0] = low > 0 ? [x[low - 1], y[low - 1]] : [0, 0];
  const [x1, y1] = low < x.length ? [x[low], y[low]] : [Math.max(endX, x0), Math.max(endY, y0)];
  return x1 > x0 ? y0 + ((y1 - y0) * (Math.min(at, x1) - x0)) / (x1 - x0) : y1;
}

/**
 * @param {ArrayLike<number>} steps
 * @param {(step: number) => number} place
 */
function places(steps, place) {
  return Array.from(steps, (step) => place(step));
}

/**
 * @param {ArrayLike<number>} values
 * @param {number} width
 * @returns {ArrayLike<number>} the mean of each value and those before it, `width` in all; what is
 *   not finite is left out
 */
export function smoothed(values, width) {
  if (width <= 1) return values;
  return Float32Array.from({ length: values.length }, (_, index) => {
    let [sum, count] = [0, 0];
    for (let at = Math.max(0, index - width + 1); at <= index; at++) {
      if (!Number.isFinite(values[at])) continue;
      sum += values[at];
      count++;
    }
    return count ? sum / count : Number.NaN;
  });
}

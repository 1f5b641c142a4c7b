// @ts-check
/** Axes: from values to places, and the round numbers to write beside them. */

/**
 * @typedef {object} Axis
 * @property {number} low
 * @property {number} high
 * @property {boolean} logarithmic
 * @property {number[]} ticks ascending, all within low..high
 * @property {(value: number) => number} share where a value lies, 0 at low and 1 at high
 */

/**
 * @param {number} low
 * @param {number} high
 * @param {{ count?: number, logarithmic?: boolean, exact?: boolean }} [options] `exact` keeps the
 *   ends; else they are moved out to round numbers
 * @returns {Axis}
 */
export function axisOf(low, high, { count = 5, logarithmic = false, exact = false } = {}) {
  if (!(Number.isFinite(low) && Number.isFinite(high))) [low, high] = logarithmic ? [0.1, 1] : [0, 1];
  if (logarithmic) return logarithmicAxis(low, high);
  if (high <= low) [low, high] = widened(low);
  const step = roundStep((high - low) / count);
  if (!exact) {
    low = Math.floor(low / step + 1e-9) * step;
    high = Math.ceil(high / step - 1e-9) * step;
  }
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
  return { low, high, logarithmic: false, ticks, share: (value) => (value - low) / (high - low) };
}

/**
 * @param {number} low
 * @param {number} high
 * @returns {Axis} low and high moved out to 1, 2 or 5 times a power of ten
 */
function logarithmicAxis(low, high) {
  const least = Math.max(low, Number.MIN_VALUE, high * 1e-9);
  const round = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of [1, 2, 5]) round.push(Number(`${factor}e${power}`));
  }
  const first = Math.max(0, round.findLastIndex((one) => one <= least * 1.0001));
  let last = round.findIndex((one) => one >= high * 0.9999);
  if (last <= first) last = first + 1;
  const [from, to] = [round[first], round[last] ?? round[round.length - 1]];
  const within = round.filter((one) => one >= from && one <= to);
  const tens = within.filter((one) => /^1(e|$)/.test(String(Number(one).toExponential(0))));
  const span = Math.log(to / from);
  return {
    low: from,
    high: to,
    logarithmic: true,
    ticks: within.length > 8 && tens.length > 1 ? tens : within,
    share: (value) => (value > 0 ? Math.log(value / from) / span : Number.NaN),
  };
}

/** @param {number} value */
function widened(value) {
  const room = Math.abs(value) / 10 || 1;
  return [value === 0 ? 0 : value - room, value + room];
}

/**
 * @param {number} least
 * @returns {number} the next of 1, 2, 5 times a power of ten
 */
export function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((one) => one * power >= least * 0.9999) ?? 10;
  return Number((factor * power).toPrecision(6));
}

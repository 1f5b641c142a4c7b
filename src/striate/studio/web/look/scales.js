// @ts-check
/** The range of values that the colours of a map span: its own, its layer's, or the network's. */

/**
 * @typedef {import("../maps.js").Scale} Scale
 * @typedef {"unit" | "layer" | "network"} Span
 */

/** @type {{ id: Span, title: string }[]} */
export const SPANS = [
  { id: "unit", title: "Colours: each map" },
  { id: "layer", title: "Colours: each layer" },
  { id: "network", title: "Colours: whole network" },
];

/**
 * @param {number} low
 * @param {number} high
 * @param {boolean} [signed] keeps zero in the middle even where no value is negative
 * @returns {Scale} from zero, or with zero in the middle where values of both signs are shown
 */
export function spanning(low, high, signed = low < 0) {
  const largest = Math.max(-low, high, 0);
  return signed
    ? { low: -largest, high: largest, signed: true }
    : { low: 0, high: largest, signed: false };
}

/**
 * @param {ArrayLike<number>} values
 * @returns {[number, number]} least and largest that is finite; 0, 0 where none is
 */
export function extremesOf(values) {
  let low = Infinity;
  let high = -Infinity;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value < low && value > -Infinity) low = value;
    if (value > high && value < Infinity) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

/**
 * @param {Span} span
 * @param {string} layer
 * @param {Record<string, (number | null)[]>} extremes least and largest value of every layer
 * @param {ArrayLike<number>} values of the map, for a scale of its own
 * @returns {Scale}
 */
export function scaleFor(span, layer, extremes, values) {
  const [low, high] = finite(extremes[layer]) ?? extremesOf(values);
  if (span === "unit") return spanning(...extremesOf(values), low < 0);
  if (span === "layer") return spanning(low, high);
  const all = Object.values(extremes).map(finite);
  return spanning(
    Math.min(...all.map((one) => one?.[0] ?? 0)),
    Math.max(...all.map((one) => one?.[1] ?? 0)),
  );
}

/**
 * @param {(number | null)[] | undefined} pair
 * @returns {[number, number] | null}
 */
function finite(pair) {
  const [low, high] = pair ?? [];
  return typeof low === "number" && typeof high === "number" ? [low, high] : null;
}

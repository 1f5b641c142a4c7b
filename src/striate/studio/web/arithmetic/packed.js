// @ts-check
/**
 * Grids of numbers in the address, in letters that it does not have to escape.
 *
 * Numbers are joined by `_`, rows by `*`, planes by `**` and so on. A grid of single digits is
 * written without the `_`, after a `d`: d111*010.
 */

/** @typedef {number | number[] | number[][] | number[][][] | number[][][][]} Nested */

/**
 * @param {Nested} grid
 * @returns {string}
 */
export function packed(grid) {
  const numbers = /** @type {number[]} */ ([grid].flat(Infinity));
  const digits = numbers.every((one) => Number.isInteger(one) && one >= 0 && one <= 9);
  return (digits ? "d" : "") + join(grid, digits ? "" : "_");
}

/**
 * @param {string | null} text
 * @param {number} depth how many lists deep the grid is
 * @returns {any} null for what is no such grid
 */
export function unpacked(text, depth) {
  if (!text) return null;
  const digits = text.startsWith("d");
  return split(digits ? text.slice(1) : text, depth, digits);
}

/**
 * @param {any} found what was unpacked
 * @param {number} least
 * @returns {[number, number] | null} null for what is no pair of whole numbers that large
 */
export function pair(found, least) {
  const good = found?.length === 2 && found.every((/** @type {number} */ n) => n >= least);
  return good && found.every(Number.isInteger) ? found : null;
}

/**
 * @param {Nested} grid
 * @param {string} between
 * @returns {string}
 */
function join(grid, between) {
  if (typeof grid === "number") return String(Number(grid.toPrecision(9)));
  const depth = depthOf(grid);
  return grid
    .map((/** @type {Nested} */ part) => join(part, between))
    .join(depth === 1 ? between : "*".repeat(depth - 1));
}

/**
 * @param {Nested} grid
 * @returns {number}
 */
function depthOf(grid) {
  return typeof grid === "number" ? 0 : 1 + depthOf(grid[0]);
}

/**
 * @param {string} text
 * @param {number} depth
 * @param {boolean} digits
 * @returns {any}
 */
function split(text, depth, digits) {
  if (depth === 1) {
    const row = (digits ? [...text] : text.split("_")).map(Number);
    return row.length > 0 && row.every(Number.isFinite) ? row : null;
  }
  const stars = depth - 1;
  const parts = text
    .split(new RegExp(`(?<!\\*)\\*{${stars}}(?!\\*)`))
    .map((part) => split(part, depth - 1, digits));
  return parts.includes(null) ? null : parts;
}

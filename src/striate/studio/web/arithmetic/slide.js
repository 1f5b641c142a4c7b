// @ts-check
/** What the studio answers to `arithmetic.slide`, by rows and columns; a signal has one row. */

/**
 * @typedef {object} Slide
 * @property {[number, number]} size rows and columns of the output
 * @property {import("./number_grid.js").Margins} margins
 * @property {number[][][]} padded (channel, row, column)
 * @property {number[][][][]} kernel as it is multiplied (filter, channel, row, column)
 * @property {number[][][]} output (filter, row, column)
 * @property {number[][][] | null} relu
 * @property {string[]} formulas
 * @property {(row: number, column: number) => { rows: number[], columns: number[] }} window
 * @property {(filter: number, row: number, column: number) => import("./written_sum.js").Part[]} parts
 */

const ONE_ROW = { before: 0, after: 0, places: [[0]], sources: [0], formula: "" };

/**
 * @param {import("../source/source.js").Answer} answer
 * @param {boolean} flat
 * @returns {Slide}
 */
export function slideOf({ values, arrays }, flat) {
  /** @type {any[]} */
  const [down, across] = flat ? [ONE_ROW, values.axes[0]] : values.axes;
  /** @type {(map: any) => any} */
  const rows = (map) => (flat ? map.map((/** @type {any} */ one) => [one]) : map);
  const kernel = flat ? values.kernel.map((/** @type {any} */ f) => rows(f)) : values.kernel;
  const padded = rows(values.padded);
  const sums = flat ? values.sums.map((/** @type {any} */ one) => [one]) : values.sums;
  const [high, wide] = [kernel[0][0].length, kernel[0][0][0].length];
  const channels = padded.length;
  const size = /** @type {[number, number]} */ ([down.places.length, across.places.length]);
  const products = arrays.products.data;

  return {
    size,
    margins: { top: down.before, bottom: down.after, left: across.before, right: across.after },
    padded,
    kernel,
    output: rows(values.output),
    relu: values.relu ? rows(values.relu) : null,
    formulas: [
      ...(flat ? [] : [`rows: ${down.formula}`]),
      `${flat ? "samples" : "columns"}: ${across.formula}`,
      `parameters: ${values.parameters}`,
    ],
    window: (row, column) => ({ rows: down.places[row], columns: across.places[column] }),
    parts: (filter, row, column) => {
      const ys = down.places[row];
      const xs = across.places[column];
      /** @param {(i: number, j: number) => number} at */
      const table = (at) =>
        Array.from({ length: high }, (_, i) => Array.from({ length: wide }, (_, j) => at(i, j)));
      return Array.from({ length: channels }, (_, c) => {
        const first = (((filter * size[0] + row) * size[1] + column) * channels + c) * high * wide;
        return {
          name: `channel ${c + 1}`,
          read: table((i, j) => padded[c][ys[i] + down.before][xs[j] + across.before]),
          weights: kernel[filter][c],
          products: table((i, j) => products[first + i * wide + j]),
          sum: sums[filter][row][column][c],
          outside: (i, j) =>
            ys[i] < 0 ||
            xs[j] < 0 ||
            ys[i] >= down.sources.length - down.before - down.after ||
            xs[j] >= across.sources.length - across.before - across.after,
        };
      });
    },
  };
}

// @ts-check
/** How arrays of a network are cut into tiles: maps by channel, kernels by filter and input. */

/**
 * @typedef {import("../source/source.js").Tensor} Tensor
 * @typedef {import("./mosaic.js").Tiles} Tiles
 */

const LONGEST_ROW = 64;

/** What is sent at most of the maps and of the weights, channels and rows. */
const MOST_MAPS = [32];
const MOST_WEIGHTS = { linear: [64, 256], others: [32, 16] };

/**
 * @param {import("./types.js").Part} part
 * @param {boolean} weights
 * @returns {Tensor} of the shape that its array will have, without values
 */
function unsent({ shape, stride }, weights) {
  const most = !weights ? (shape.length > 1 ? MOST_MAPS : []) : shape.length > 2 ? MOST_WEIGHTS.others : MOST_WEIGHTS.linear;
  const sent = shape.map((size, axis) => {
    const spatial = axis > 0 && !weights ? Math.ceil(size / stride) : size;
    return Math.min(spatial, most[axis] ?? Infinity);
  });
  return { type: "float32", shape: sent, data: new Float32Array() };
}

/**
 * @param {import("./types.js").Part} part
 * @param {import("../source/source.js").Tensors} arrays
 * @param {boolean} weights
 * @returns {Tiles} without values where its array is not there
 */
export function tilesOf(part, arrays, weights) {
  const tensor = (part.array && arrays[part.array]) || unsent(part, weights);
  return weights ? weightTiles(tensor) : mapTiles(tensor, part.stride);
}

/**
 * @param {Tensor} tensor [c, h, w], [c, L] of a signal, [c, t, h, w] of a film, or [n]
 * @param {number} [stride] every so many-th value was sent
 * @returns {Tiles}
 */
function mapTiles({ shape, data }, stride = 1) {
  if (shape.length === 1) return vectorTiles(shape[0], data);
  if (shape.length === 2) {
    const [height, width] = shape;
    return {
      count: 1, height, width, columns: 1, data,
      where: (_, row, column) => `channel ${row}, place ${column * stride}`,
    };
  }
  const [height, width] = shape.slice(-2);
  const frames = shape.length === 4 ? shape[1] : 1;
  return {
    count: (shape[0] * frames), height, width, columns: 0, data,
    where: (tile, row, column) =>
      `channel ${Math.floor(tile / frames)}${frames > 1 ? `, frame ${tile % frames}` : ""} ` +
      `at (${row * stride}, ${column * stride})`,
  };
}

/**
 * @param {number} length
 * @param {ArrayLike<number>} data
 * @returns {Tiles}
 */
function vectorTiles(length, data) {
  const width = Math.min(length, LONGEST_ROW);
  const height = Math.ceil(length / width);
  const filled = new Float32Array(width * height).fill(NaN);
  for (let index = 0; index < data.length; index++) filled[index] = data[index];
  return {
    count: 1, height, width, columns: 1, data: filled,
    where: (_, row, column) => `value ${row * width + column}`,
  };
}

/**
 * @param {Tensor} tensor [o, i, kh, kw], [o, i, k], [o, i, kt, kh, kw], [o, i] of a linear layer,
 *   or [c] of a normalisation
 * @returns {Tiles} a column of tiles for each filter where kernels have two axes; one tile where
 *   they have a single value
 */
function weightTiles({ shape, data }) {
  if (shape.length === 1) return vectorTiles(shape[0], data);
  const pointwise = shape.slice(2).every((size) => size === 1);
  if (pointwise) {
    const [height, width] = shape;
    return {
      count: 1, height, width, columns: 1, data,
      where: (_, row, column) => `output ${row}, input ${column}`,
    };
  }
  if (shape.length === 3) {
    const [count, height, width] = shape;
    return {
      count, height, width, columns: 0, data,
      where: (tile, row, column) => `filter ${tile}, input ${row}, place ${column}`,
    };
  }
  const [filters, inputs] = shape;
  const [height, width] = shape.slice(-2);
  const frames = shape.length === 5 ? shape[2] : 1;
  const plane = height * width;
  const rows = inputs * frames;
  // The array goes filter after filter; tiles go row after row, and a row is one input.
  const turned = new Float32Array(data.length);
  for (let filter = 0; filter < filters && data.length; filter++) {
    for (let row = 0; row < rows; row++) {
      const from = (filter * rows + row) * plane;
      const to = (row * filters + filter) * plane;
      for (let index = 0; index < plane; index++) turned[to + index] = data[from + index];
    }
  }
  return {
    // A single row of many filters is broken into as many as fit.
    count: filters * rows, height, width, columns: rows > 1 ? filters : 0, data: turned,
    where: (tile, row, column) => {
      const [input, filter] = [Math.floor(tile / filters), tile % filters];
      return `filter ${filter}, input ${Math.floor(input / frames)} at (${row}, ${column})`;
    },
  };
}

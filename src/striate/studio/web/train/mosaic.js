// @ts-check
/** Many small planes of values in one canvas, and the value under the pointer. */

import { colourTable } from "../colours.js";

/**
 * @typedef {import("../maps.js").Scale} Scale
 * @typedef {object} Tiles
 * @property {number} count
 * @property {number} height of a tile
 * @property {number} width
 * @property {number} columns tiles a row, 0 where as many as fit
 * @property {ArrayLike<number>} data tile after tile, row by row
 * @property {(tile: number, row: number, column: number) => string} where a value lies, in words
 *
 * @typedef {{ columns: number, rows: number, zoom: number, stretch: number }} Layout
 *   stretch: how much taller a value is drawn than it is wide
 */

const GAP = 1;

/** A single tile lower than this many pixels is stretched to it, a row to so many at most. */
const LOW = 96;
const TALLEST_ROW = 40;

/**
 * @param {Tiles} tiles
 * @param {number} width there is, in pixels
 * @param {number} height there is
 * @param {number} most zoom
 * @returns {Layout} with the largest zoom that fits; where none does, rows that do not are left out
 */
export function layoutOf(tiles, width, height, most) {
  const { count, height: h, width: w } = tiles;
  if (count === 1) return layoutOfOne(tiles, width, height, most);
  for (let zoom = most; zoom >= 1; zoom--) {
    const fit = Math.floor((width + GAP * zoom) / ((w + GAP) * zoom));
    const columns = tiles.columns || Math.min(count, fit);
    const rows = Math.ceil(count / Math.max(1, columns));
    if (columns >= 1 && columns <= fit && rows * (h + GAP) * zoom <= height) {
      return { columns, rows, zoom, stretch: 1 };
    }
  }
  const columns = tiles.columns || Math.max(1, Math.floor((width + GAP) / (w + GAP)));
  const room = Math.max(1, Math.floor(height / (h + GAP)));
  // What is wider than there is room is made smaller as a whole.
  const zoom = Math.min(1, width / (columns * (w + GAP)));
  const all = Math.ceil(count / columns);
  return { columns, rows: tiles.columns ? all : Math.min(all, room), zoom, stretch: 1 };
}

/**
 * @param {Tiles} tiles
 * @param {number} width
 * @param {number} height
 * @param {number} most
 * @returns {Layout} of a single tile: as wide as fits, flat ones drawn taller
 */
function layoutOfOne({ height: h, width: w }, width, height, most) {
  const fit = width / w;
  const square = Math.min(most, height / h);
  const zoom = fit < 1 ? fit : Math.max(1, Math.floor(Math.min(fit, square)));
  const down = Math.max(zoom, Math.min(LOW / h, TALLEST_ROW));
  return { columns: 1, rows: 1, zoom, stretch: h * zoom < LOW ? down / zoom : 1 };
}

/**
 * @param {Tiles} tiles
 * @param {Layout} layout
 * @returns {number} in pixels
 */
export function heightOf({ height }, { rows, zoom, stretch }) {
  return (rows * (height + GAP) - GAP) * zoom * stretch;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Tiles} tiles
 * @param {Layout} layout
 * @param {(tile: number) => Scale} scaleOf
 * @param {"light" | "dark"} theme
 */
export function paintTiles(canvas, tiles, { columns, rows, zoom, stretch }, scaleOf, theme) {
  const { count, height, width, data } = tiles;
  const across = columns * (width + GAP) - GAP;
  const down = rows * (height + GAP) - GAP;
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  // Columns made narrower than a pixel are averaged, not left out.
  canvas.style.imageRendering = zoom < 1 ? "auto" : "";
  canvas.style.width = `${across * zoom}px`;
  canvas.style.height = `${down * zoom * stretch}px`;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(across, down);
  const pixels = new Uint32Array(image.data.buffer);
  for (let tile = 0; tile < Math.min(count, columns * rows); tile++) {
    const scale = scaleOf(tile);
    const table = colourTable(theme, scale.signed);
    const factor = scale.high > scale.low ? 255 / (scale.high - scale.low) : 0;
    const none = scale.signed ? 128 : 0;
    const corner = Math.floor(tile / columns) * (height + GAP) * across + (tile % columns) * (width + GAP);
    let from = tile * height * width;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++, from++) {
        const value = data[from];
        const place = factor === 0 || value !== value ? none : (value - scale.low) * factor + 0.5;
        pixels[corner + row * across + column] = table[place < 0 ? 0 : place > 255 ? 255 : place | 0];
      }
    }
  }
  context.putImageData(image, 0, 0);
}

/**
 * @param {Tiles} tiles
 * @param {Layout} layout
 * @param {number} x pixels from the canvas's left
 * @param {number} y pixels from its top
 * @returns {{ value: number, where: string } | null}
 */
export function valueAt(tiles, { columns, rows, zoom, stretch }, x, y) {
  const { count, height, width, data, where } = tiles;
  const [left, top] = [Math.floor(x / zoom), Math.floor(y / (zoom * stretch))];
  const [tileColumn, column] = [Math.floor(left / (width + GAP)), left % (width + GAP)];
  const [tileRow, row] = [Math.floor(top / (height + GAP)), top % (height + GAP)];
  const tile = tileRow * columns + tileColumn;
  if (left < 0 || top < 0 || column >= width || row >= height) return null;
  if (tileColumn >= columns || tileRow >= rows || tile >= count) return null;
  return { value: data[(tile * height + row) * width + column], where: where(tile, row, column) };
}

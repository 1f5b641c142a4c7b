// @ts-check
/** Painting a plane of values into a canvas, one pixel a value. */

import { colourTable } from "./colours.js";

/**
 * The range of colours: `low`..`high` for values of one sign, `-high`..`high` where `signed`.
 *
 * @typedef {{ low: number, high: number, signed: boolean }} Scale
 */

/**
 * @param {ArrayLike<number>} values
 * @returns {Scale} that which shows all of them: from zero where none is negative
 */
export function scaleOf(values) {
  let low = 0;
  let high = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  return low < 0
    ? { low: -Math.max(-low, high), high: Math.max(-low, high), signed: true }
    : { low: 0, high, signed: false };
}

/** @typedef {HTMLCanvasElement | OffscreenCanvas} Canvas */

/**
 * @param {Canvas} canvas
 * @returns {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} for pixels that are written
 *   by the processor
 */
export function contextOf(canvas) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return /** @type {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} */ (context);
}

/**
 * Gives a canvas a size where it has another: setting it takes all paint away.
 *
 * @param {Canvas} canvas
 * @param {number} width
 * @param {number} height
 */
export function resize(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/**
 * @param {Canvas} canvas gets the size of the plane
 * @param {Float32Array} values row by row
 * @param {number} height
 * @param {number} width
 * @param {Scale} scale
 * @param {"light" | "dark"} theme
 */
export function paint(canvas, values, height, width, scale, theme) {
  resize(canvas, width, height);
  const context = contextOf(canvas);
  const image = imageOf(canvas, context, width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const table = colourTable(theme, scale.signed);
  const factor = scale.high > scale.low ? 255 / (scale.high - scale.low) : 0;
  const none = scale.signed ? 128 : 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const place = factor === 0 || value !== value ? none : (value - scale.low) * factor + 0.5;
    pixels[index] = table[place < 0 ? 0 : place > 255 ? 255 : place | 0];
  }
  context.putImageData(image, 0, 0);
}

/** @type {WeakMap<Canvas, ImageData>} */
const images = new WeakMap();

/**
 * The memory that a canvas is painted from: kept, since maps are painted many times a second.
 *
 * @param {Canvas} canvas
 * @param {ReturnType<typeof contextOf>} context
 * @param {number} width
 * @param {number} height
 */
function imageOf(canvas, context, width, height) {
  let image = images.get(canvas);
  if (image?.width !== width || image.height !== height) {
    image = context.createImageData(width, height);
    images.set(canvas, image);
  }
  return image;
}

// @ts-check
/** Examples as people see them: images, and signals as curves. */

import { element } from "../element.js";
import { svg } from "./svg.js";

/**
 * @typedef {{ shape: number[], data: ArrayLike<number> }} Example
 */

/**
 * @param {Example} example uint8 [C,H,W], [C,T,H,W] of a film (its middle frame is shown), or [C,L] of a signal
 * @param {string} label
 * @param {number} size in pixels on the page
 * @returns {Element}
 */
export function pictureOf(example, label, size) {
  return example.shape.length === 2 ? trace(example, label, size) : image(example, label, size);
}

/** @param {string} label nothing where what stands around the picture says what it is */
function spoken(label) {
  return label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
}

/**
 * @param {Example} example
 * @param {string} label
 * @param {number} size
 */
function image({ shape, data }, label, size) {
  const [height, width] = shape.slice(-2);
  const [channels, frames] = [shape[0], shape.length === 4 ? shape[1] : 1];
  const canvas = element("canvas", { class: "picture values", width, height, ...spoken(label) });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const pixels = context.createImageData(width, height);
  const plane = height * width;
  const middle = Math.floor(frames / 2) * plane;
  for (let index = 0; index < plane; index++) {
    for (let colour = 0; colour < 3; colour++) {
      pixels.data[4 * index + colour] = data[middle + index + (channels >= 3 ? colour * frames * plane : 0)];
    }
    pixels.data[4 * index + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
  canvas.style.width = `${size}px`;
  canvas.style.height = `${(size * height) / width}px`;
  return canvas;
}

/**
 * @param {Example} example
 * @param {string} label
 * @param {number} size
 */
function trace({ shape: [channels, length], data }, label, size) {
  const [width, height] = [2 * size, size];
  const band = height / channels;
  const paths = Array.from({ length: channels }, (_, channel) => {
    const values = Array.from({ length }, (_, index) => data[channel * length + index]);
    const low = Math.min(...values);
    const span = Math.max(...values) - low || 1;
    const stride = Math.max(1, Math.floor(length / (2 * width)));
    const points = values
      .map((value, index) => [(index / length) * width, (channel + 0.95 - (0.9 * (value - low)) / span) * band])
      .filter((_, index) => index % stride === 0)
      .map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`);
    return svg("path", { class: "trace", d: `M${points.join("L")}` });
  });
  return svg("svg", { class: "picture", width, height, viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", ...spoken(label) }, paths);
}

/**
 * @param {Example} many one after another
 * @param {number} index
 * @returns {Example}
 */
export function one({ shape, data }, index) {
  const inner = shape.slice(1);
  const size = inner.reduce((product, length) => product * length, 1);
  return {
    shape: inner,
    data: /** @type {Float32Array} */ (data).subarray(index * size, (index + 1) * size),
  };
}

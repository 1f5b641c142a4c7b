// @ts-check
/** Painting a line of values as a curve. */

import { contextOf } from "../maps.js";

/**
 * Every pixel of the width shows the least and the largest of the values that fall on it, so that
 * no peak is lost.
 *
 * @param {import("../maps.js").Canvas} canvas
 * @param {ArrayLike<number>} values
 * @param {{ width: number, height: number }} size in CSS pixels
 * @param {{ low: number, high: number }} range
 * @param {{ line: string, axis: string, ground: string }} colours
 */
export function paintCurve(canvas, values, size, range, colours) {
  const density = Math.min(globalThis.devicePixelRatio || 1, 3);
  const width = Math.round(size.width * density);
  const height = Math.round(size.height * density);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = contextOf(canvas);
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, height);
  const span = range.high - range.low || 1;
  const margin = 2 * density;
  /** @param {number} value */
  const y = (value) => height - margin - ((value - range.low) / span) * (height - 2 * margin);
  context.lineWidth = density;
  context.strokeStyle = colours.axis;
  context.beginPath();
  context.moveTo(0, y(0));
  context.lineTo(width, y(0));
  context.stroke();
  context.strokeStyle = colours.line;
  context.lineWidth = 1.25 * density;
  context.lineJoin = "round";
  context.beginPath();
  for (const { x, low, high } of columnsOf(values, width)) {
    context.lineTo(x, y(low));
    if (high !== low) context.lineTo(x, y(high));
  }
  context.stroke();
}

/**
 * @param {ArrayLike<number>} values
 * @param {number} width pixels
 * @returns {{ x: number, low: number, high: number }[]} one a value, or one a pixel where the values
 *   are more
 */
export function columnsOf(values, width) {
  const count = values.length;
  const parts = Math.min(count, width);
  const found = [];
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((part * count) / parts);
    const to = Math.max(from + 1, Math.floor(((part + 1) * count) / parts));
    let low = Infinity;
    let high = -Infinity;
    for (let place = from; place < to; place++) {
      const value = values[place];
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low <= high) found.push({ x: ((part + 0.5) * width) / parts, low, high });
  }
  return found;
}

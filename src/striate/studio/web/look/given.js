// @ts-check
/** The input as the network gets it, small and exact, with the part that a unit sees. */

import { element } from "../element.js";
import { by } from "../numbers.js";
import { paintCurve } from "./curve.js";
import { curveColours } from "./figures.js";
import { showBytes } from "./pad.js";
import { paint } from "../maps.js";
import { extremesOf, spanning } from "./scales.js";
import { Stage } from "./stage.js";

/**
 * What a unit sees along an axis of the input.
 *
 * @typedef {{ first: number, last: number, size: number, padding_before: number, padding_after: number }} Span
 * @typedef {import("../source/source.js").Tensor} Tensor
 */

const LARGEST = 128;

export class Given {
  constructor() {
    this._size = element("span", { class: "number faint" });
    this._holder = element("div", { class: "holder" });
    this.root = element("figure", { class: "given" }, [
      this._holder,
      element("figcaption", { class: "faint" }, ["What the network gets ", this._size]),
    ]);
    this._canvas = element("canvas", { class: "values", "aria-hidden": "true" });
    /** @type {Stage | null} */
    this.stage = null;
  }

  /**
   * @param {number[]} shape of the input, (C, *spatial)
   * @param {number} room CSS pixels across
   */
  prepare(shape, room) {
    const signal = shape.length === 2;
    const [height, width] = signal ? [1, shape[1]] : shape.slice(-2);
    const scale = LARGEST / Math.max(height, width);
    const whole = scale >= 1 ? Math.floor(scale) : scale;
    this.stage = new Stage(height, width, `The network's input, ${by(shape)}`);
    this.stage.root.setAttribute("role", "img");
    this.stage.root.removeAttribute("tabindex");
    if (signal) this.stage.resize(room, 84);
    else this.stage.resize(Math.round(width * whole), Math.round(height * whole));
    this._canvas.classList.toggle("fine", this.stage.fine);
    this.stage.root.append(this._canvas);
    this.root.classList.toggle("wide", signal);
    this._size.textContent = by(shape);
    this._holder.replaceChildren(this.stage.root);
  }

  /**
   * @param {Tensor} input
   * @param {Tensor | null} picture
   * @param {"light" | "dark"} theme
   */
  show(input, picture, theme) {
    if (!this.stage) return;
    const canvas = this._canvas;
    const [channels, ...spatial] = input.shape;
    const values = /** @type {Float32Array} */ (input.data);
    if (spatial.length === 1) {
      const line = values.subarray(0, spatial[0]);
      const [low, high] = extremesOf(line);
      paintCurve(canvas, line, this.stage, { low, high }, curveColours(this.stage.root));
    } else if (picture) {
      const [height, width, colours] = picture.shape;
      showBytes(canvas, picture.data, height, width, colours ?? 1);
    } else {
      const [height, width] = spatial.slice(-2);
      const frames = values.length / channels / (height * width);
      const start = Math.floor(frames / 2) * height * width;
      const plane = values.subarray(start, start + height * width);
      paint(canvas, plane, height, width, spanning(...extremesOf(plane)), theme);
    }
  }

  /** @param {number | null} time of a signal that is marked, from 0 to 1 */
  moment(time) {
    const length = this.stage?.columns ?? 1;
    const column0 = Math.min(length - 1, Math.floor((time ?? 0) * length));
    this.stage?.mark(
      "time",
      time === null ? null : { row0: 0, row1: 1, column0, column1: column0 + 1 },
    );
  }

  /** @param {Span[] | null} spans */
  see(spans) {
    this.stage?.mark("field", spans && seenRegion(spans));
  }
}

/**
 * @param {Span[]} spans one a spatial axis of the input
 * @returns {import("./stage.js").Region | null} null where it sees nothing but padding
 */
export function seenRegion(spans) {
  if (spans.length === 0 || spans.some(({ first, last }) => last < first)) return null;
  const x = /** @type {Span} */ (spans.at(-1));
  const y = spans.at(-2);
  return {
    row0: y?.first ?? 0,
    row1: (y?.last ?? 0) + 1,
    column0: x.first,
    column1: x.last + 1,
  };
}

// @ts-check
/** One canvas on which the figures of a line are painted, side by side. */

import { element } from "../element.js";

/**
 * @typedef {import("./figures.js").Figure} Figure
 * @typedef {import("./figures.js").Look} Look
 */

/** Device pixels of a board at most: a larger one is painted more coarsely. */
const MOST_PIXELS = 6_000_000;
const DENSEST = 3;

/** The browser composes canvas after canvas, which takes long for dozens of them: here is one for many. */
export class Board {
  /** @param {number} least device pixels a CSS pixel, even on a screen that has fewer */
  constructor(least = 1) {
    this.canvas = element("canvas", { class: "board", "aria-hidden": "true" });
    this._one = new OffscreenCanvas(1, 1);
    // One that nothing shines through is composed in half the time; it brings its ground itself.
    this._context = /** @type {CanvasRenderingContext2D} */ (
      this.canvas.getContext("2d", { alpha: false, willReadFrequently: true })
    );
    /** @type {"light" | "dark" | null} theme of the ground; null where there is none yet */
    this._ground = null;
    this._least = least;
    this._density = least;
  }

  /**
   * @param {number} width CSS pixels
   * @param {number} height
   */
  resize(width, height) {
    const most = Math.sqrt(MOST_PIXELS / Math.max(width * height, 1));
    const wanted = Math.max(this._least, globalThis.devicePixelRatio || 1);
    this._density = Math.min(wanted, DENSEST, most);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.canvas.width = Math.ceil(width * this._density);
    this.canvas.height = Math.ceil(height * this._density);
    this._ground = null;
    this.canvas.style.visibility = "hidden"; // without a ground it is black
  }

  /**
   * @param {Figure} figure
   * @param {number} left CSS pixels from the board's side
   * @param {Float32Array} values of all figures
   * @param {Look} look
   */
  paint(figure, left, values, look) {
    if (this._ground !== look.theme) this._cover(look.theme);
    const { width, height, fine } = figure.stage;
    const scale = figure.paint(this._one, values, look);
    const [x0, x1] = [this._pixels(left), this._pixels(left + width)];
    this._context.imageSmoothingEnabled = fine;
    this._context.imageSmoothingQuality = "medium";
    this._context.drawImage(this._one, x0, 0, x1 - x0, this._pixels(height));
    return scale;
  }

  /** @param {"light" | "dark"} theme */
  _cover(theme) {
    this._ground = theme;
    this._context.fillStyle = getComputedStyle(this.canvas).backgroundColor;
    this._context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.canvas.style.visibility = "";
  }

  /** @param {number} length in CSS pixels */
  _pixels(length) {
    return Math.round(length * this._density);
  }
}

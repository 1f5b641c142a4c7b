// @ts-check
/** One layer of the stack: its first maps side by side on a sheet. */

import { element } from "../element.js";
import { makeFigures } from "./figures.js";
import { WIDE, channelsOf, formOf, planeOf, stripOf } from "./forms.js";

/**
 * @typedef {import("./figures.js").Figure} Figure
 * @typedef {import("./figures.js").Look} Look
 * @typedef {import("./forms.js").Layer} Layer
 */

const MOST_MAPS = 16;
const MOST_CURVES = 4;
const MOST_VALUES = 60_000;
const MOST_CELLS = 1024;
const LARGEST_SIDE = 84;
const GAP = 4;
const DENSITY = 1.5;
const SIDE_OF_FEW = 72;
const DEEPEST = 72;

export class Sheet {
  /**
   * @param {Layer} layer
   * @param {Look} look whose room is the sheet's width
   */
  constructor(layer, look) {
    this.layer = layer;
    this.root = element("div", { class: "sheet" });
    this.label = element("span", { class: "label number", title: layer.name }, [
      element("bdi", {}, [layer.name]),
    ]);
    this.to = mapsOf(layer);
    /** @type {Float32Array | null} */
    this.values = null;
    this.look = this._fitting(look);
    this.figures = makeFigures(layer, 0, this.to, this.look);
    // The browser composes canvas after canvas, which takes long for a thousand of them: those of the
    // figures stay out of the page, and are painted side by side on one of the sheet.
    this._canvas = element("canvas", { class: "values", "aria-hidden": "true" });
    let width = 0;
    let height = 0;
    for (const figure of this.figures) {
      figure.resize(this.look);
      figure.stage.canvas.remove();
      const { style } = figure.stage.root;
      width += parseFloat(style.width) + (width ? GAP : 0);
      height = Math.max(height, parseFloat(style.height));
    }
    this._canvas.style.width = `${width}px`;
    this._canvas.style.height = `${height}px`;
    this._canvas.width = Math.ceil(width * DENSITY);
    this._canvas.height = Math.ceil(height * DENSITY);
    this.root.append(this._canvas, ...this.figures.map(({ stage }) => stage.root));
  }

  /** @param {Look} look */
  paint(look) {
    if (!this.values) return;
    this.look = this._fitting(look);
    const context = /** @type {CanvasRenderingContext2D} */ (this._canvas.getContext("2d"));
    context.imageSmoothingEnabled = false;
    let x = 0;
    for (const figure of this.figures) {
      figure.paint(this.values, this.look);
      const { root, canvas } = figure.stage;
      const [width, height] = [parseFloat(root.style.width), parseFloat(root.style.height)];
      context.clearRect(x * DENSITY, 0, width * DENSITY, height * DENSITY);
      context.drawImage(canvas, x * DENSITY, 0, width * DENSITY, height * DENSITY);
      x += width + GAP;
    }
  }

  /**
   * @param {Look} look
   * @returns {Look} with maps of a size that all of them fit on the sheet
   */
  _fitting(look) {
    const form = formOf(this.layer.shape);
    if (form === "vector") {
      const { lines } = stripOf(this.to, SIDE_OF_FEW, look.room);
      return { ...look, side: lines === 1 ? SIDE_OF_FEW : Math.floor(DEEPEST / lines) * 6 };
    }
    const side = Math.min(LARGEST_SIDE, (look.room - (this.to - 1) * GAP) / this.to);
    // A curve is wider than a map of the same side, and wider maps than high ones are smaller.
    const { height, width } = planeOf(this.layer.shape);
    const wide = form === "line" ? 1 / WIDE : Math.min(1, width / Math.max(height, width));
    return { ...look, side: Math.max(6, form === "line" ? side * wide : side) };
  }
}

/**
 * How many of a layer's channels a sheet has: fewer of large maps.
 *
 * @param {Layer} layer
 */
export function mapsOf(layer) {
  const channels = Math.max(channelsOf(layer.shape), 1);
  if (formOf(layer.shape) === "vector") return Math.min(channels, MOST_CELLS);
  const { frames, height, width } = planeOf(layer.shape);
  const fit = Math.max(1, Math.floor(MOST_VALUES / (frames * height * width)));
  const most = formOf(layer.shape) === "line" ? MOST_CURVES : MOST_MAPS;
  return Math.min(channels, most, fit);
}

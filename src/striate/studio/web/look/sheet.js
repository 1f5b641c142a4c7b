// @ts-check
/** One layer of the stack: its first maps side by side on a sheet. */

import { element } from "../element.js";
import { Board } from "./board.js";
import { makeFigures } from "./figures.js";
import { WIDE, arrangementOf, channelsOf, formOf, planeOf, stripOf } from "./forms.js";

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
    const { width, height } = arrangementOf(layer.shape, this.to, this.look.side, this.look.room);
    this._step = width + GAP;
    for (const figure of this.figures) figure.resize(width, height);
    this._board = new Board(DENSITY);
    this._board.resize(this.figures.length * this._step - GAP, height);
    this.root.append(this._board.canvas, ...this.figures.map(({ stage }) => stage.root));
  }

  /** @param {Look} look */
  paint(look) {
    if (!this.values) return;
    this.look = this._fitting(look);
    for (const [number, figure] of this.figures.entries()) {
      this._board.paint(figure, number * this._step, this.values, this.look);
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

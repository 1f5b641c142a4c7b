// @ts-check
/** Cells that can be pointed at, with marks that lie over them. */

import { element } from "../element.js";

/**
 * Cells from `row0`, `column0` to before `row1`, `column1`.
 *
 * @typedef {{ row0: number, column0: number, row1: number, column1: number }} Region
 *
 * What a mark says: the unit whose arithmetic is shown, what it reads of this layer, what it sees
 * of the input, the entry that is pointed at in the arithmetic; the moment of a signal.
 *
 * @typedef {"cursor" | "window" | "field" | "entry" | "time"} Mark
 */

export class Stage {
  /**
   * @param {number} lines
   * @param {number} columns
   * @param {string} label what a screen reader says of it
   */
  constructor(lines, columns, label) {
    this.lines = lines;
    this.columns = columns;
    this.width = 0;
    this.height = 0;
    /** @type {Map<Mark, HTMLElement>} */
    this._marks = new Map();
    this.root = element("div", {
      class: "stage",
      role: "application",
      tabindex: -1,
      "aria-label": label,
    });
  }

  /**
   * @param {number} width CSS pixels
   * @param {number} height
   */
  resize(width, height) {
    this.width = width;
    this.height = height;
    this.root.style.width = `${width}px`;
    this.root.style.height = `${height}px`;
  }

  /** @returns {boolean} whether its cells are smaller than a pixel */
  get fine() {
    return this.width < this.columns;
  }

  /**
   * @param {{ clientX: number, clientY: number }} event
   * @returns {{ row: number, column: number } | null} the cell under the pointer
   */
  cell({ clientX, clientY }) {
    const box = this.root.getBoundingClientRect();
    return this.cellAt((clientX - box.left) / box.width, (clientY - box.top) / box.height);
  }

  /**
   * @param {number} across from 0 to 1
   * @param {number} down
   */
  cellAt(across, down) {
    if (!(across >= 0 && across < 1 && down >= 0 && down < 1)) return null;
    return { row: Math.floor(down * this.lines), column: Math.floor(across * this.columns) };
  }

  /**
   * @param {Mark} mark
   * @param {Region | null} region null takes the mark away
   */
  mark(mark, region) {
    let shown = this._marks.get(mark);
    if (!region) {
      shown?.remove();
      this._marks.delete(mark);
      this.root.classList.toggle("marked", this._marks.size > 0);
      return;
    }
    if (!shown) {
      shown = element("div", { class: `mark ${mark}` });
      this._marks.set(mark, shown);
      this.root.append(shown);
      this.root.classList.add("marked");
    }
    shown.style.left = `${(100 * region.column0) / this.columns}%`;
    shown.style.top = `${(100 * region.row0) / this.lines}%`;
    shown.style.width = `${(100 * (region.column1 - region.column0)) / this.columns}%`;
    shown.style.height = `${(100 * (region.row1 - region.row0)) / this.lines}%`;
  }
}

// @ts-check
/** A small grid of numbers, coloured by value, that is made once and shows ever new values. */

import { cssColour } from "../colours.js";
import { element } from "../element.js";
import { gridNumbers, powerWord } from "./grid_numbers.js";
import { spanning } from "./scales.js";

/**
 * @typedef {import("./patch.js").Patch} Patch
 * @typedef {"values" | "weights" | "terms"} What
 */

/** Wider grids have colours alone. */
const MOST_COLUMNS = 9;

export class Grid {
  /**
   * @param {What} what of a patch it shows
   * @param {number} from the first entry of it
   * @param {number} lines
   * @param {number} columns
   */
  constructor(what, from, lines, columns) {
    this._what = what;
    this._from = from;
    this._small = columns > MOST_COLUMNS;
    this._caption = element("caption", { class: "faint" });
    /** @type {{ cell: HTMLElement, text: Text, shown: string }[]} */
    this._cells = [];
    const body = element("tbody");
    for (let line = 0; line < lines; line++) {
      const row = element("tr");
      for (let column = 0; column < columns; column++) {
        const cell = element("td", { "data-entry": from + line * columns + column });
        const text = document.createTextNode("");
        cell.append(text);
        row.append(cell);
        this._cells.push({ cell, text, shown: "" });
      }
      body.append(row);
    }
    const classes = `grid number of-${what}${this._small ? " small" : ""}`;
    this.root = element("table", { class: classes }, [this._caption, body]);
    this.root.style.width = `${columns * (this._small ? 10 : 32) + 1}px`;
  }

  /**
   * @param {Patch} patch
   * @param {string} title
   * @param {number | null} winner entry of the largest
   * @param {"light" | "dark"} theme
   * @param {[number, number]} extremes of all that share its colours
   */
  update(patch, title, winner, theme, extremes) {
    const values = patch[this._what] ?? [];
    const kernel = this._what === "weights";
    const own = this._what === "values";
    const seen = values
      .slice(this._from, this._from + this._cells.length)
      .filter((_, number) => kernel || patch.inside[this._from + number]);
    const { write, power } = gridNumbers(seen);
    const scale = spanning(...extremes);
    const caption = `${title}${powerWord(power)}`;
    if (this._caption.textContent !== caption) this._caption.textContent = caption;
    this._cells.forEach((one, number) => {
      const entry = this._from + number;
      const value = values[entry];
      const padding = !kernel && !patch.inside[entry];
      const text = this._small ? "" : padding && own && !value ? "·" : write(value);
      const { ground, ink } = padding ? { ground: "", ink: "" } : cssColour(theme, scale, value);
      const repeated = own && patch.border?.[entry];
      const name = padding
        ? "padding"
        : `${repeated ? "repeated" : ""}${own && entry === winner ? " winner" : ""}`;
      const shown = `${text} ${ground} ${name}`;
      if (shown === one.shown) return;
      one.shown = shown;
      if (one.text.data !== text) one.text.data = text;
      one.cell.style.backgroundColor = ground;
      one.cell.style.color = ink;
      if (one.cell.className !== name) one.cell.className = name;
    });
  }
}

// @ts-check
/** The steps of a calculation: what is computed, how, and what it comes to. */

import { element } from "../element.js";
import { short } from "../numbers.js";

/** @typedef {{ label: string, formula: string, value: number | null }} Step */

export class Calculation {
  constructor() {
    this._body = element("tbody");
    this.root = element("table", { class: "calculation" }, [
      element("caption", { class: "hidden" }, ["The calculation"]),
      this._body,
    ]);
    /** @type {{ row: HTMLElement, cells: HTMLElement[] }[]} */
    this._lines = [];
  }

  /** @param {Step[]} steps */
  show(steps) {
    this.root.hidden = steps.length === 0;
    while (this._lines.length > steps.length) this._lines.pop()?.row.remove();
    while (this._lines.length < steps.length) {
      const cells = [
        element("th", { scope: "row" }),
        element("td", { class: "formula number" }),
        element("td", { class: "value number" }),
      ];
      const row = element("tr", {}, cells);
      this._body.append(row);
      this._lines.push({ row, cells });
    }
    steps.forEach(({ label, formula, value }, number) => {
      const { row, cells } = this._lines[number];
      [label, formula, `= ${short(value)}`].forEach((text, place) => {
        if (cells[place].textContent !== text) cells[place].textContent = text;
      });
      row.classList.toggle("last", number === steps.length - 1);
    });
  }
}

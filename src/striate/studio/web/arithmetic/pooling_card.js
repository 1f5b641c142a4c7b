// @ts-check
/** One pooling among the others: its formula, its output, and how the chosen value comes about. */

import { element, replaceChildren } from "../element.js";
import { figure, written } from "./figures.js";
import { ValueGrid } from "./value_grid.js";

/**
 * What the studio answers of one pooling, to `arithmetic.pool` and to `arithmetic.pool_place`.
 *
 * @typedef {{ name: string, title: string, formula: string, source: string, drawn: boolean, output: number[][] | null, problem: string }} Pooled
 * @typedef {{ name: string, index: number[], value: number, summary: string, steps: { label: string, formula: string, value: number }[], places: number[][], values: number[][], inside: boolean[][], weights: number[][] | null, terms: number[][], winner: number[] | null }} Explained
 */

export class PoolingCard {
  /**
   * @param {Pooled} pooled
   * @param {(row: number, column: number) => void} onSelect
   */
  constructor(pooled, onSelect) {
    this.name = pooled.name;
    this._grid = new ValueGrid(pooled.title, onSelect, 3);
    this._choose = element("button", { type: "button", class: "title" }, [pooled.title]);
    this._choose.addEventListener("click", () => onSelect(-1, -1));
    this._formula = element("p", { class: "formula" });
    this._body = element("div", {});
    this._steps = element("p", { class: "number steps" });
    this.element = element("article", { class: "card panel", "data-pooling": pooled.name }, [
      element("h3", {}, [this._choose]),
      this._formula,
      this._body,
      this._steps,
    ]);
  }

  /**
   * @param {Pooled} pooled
   * @param {number[]} at
   * @param {boolean} chosen
   */
  show(pooled, at, chosen) {
    this._formula.textContent = written(pooled.formula);
    this._formula.title = pooled.source;
    this._choose.setAttribute("aria-pressed", String(chosen));
    this.element.classList.toggle("chosen", chosen);
    this.element.classList.toggle("drawn", pooled.drawn);
    if (!pooled.output) {
      replaceChildren(this._body, [element("p", { class: "faint" }, [pooled.problem])]);
      return;
    }
    if (!this._grid.element.isConnected) replaceChildren(this._body, [this._grid.element]);
    this._grid.show(pooled.output);
    this._grid.select(
      Math.min(at[0], pooled.output.length - 1),
      Math.min(at[1], pooled.output[0].length - 1),
    );
  }

  /** @param {Explained | undefined} explained nothing while it is being worked out */
  explain(explained) {
    const last = explained?.steps.at(-1);
    const said = last && ["first", "drawn"].includes(last.label) ? `${last.label} ` : "";
    this._steps.textContent = last
      ? `${said}${written(last.formula)} = ${figure(last.value)}`
      : "";
  }
}

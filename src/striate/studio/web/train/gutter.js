// @ts-check
/** Beside every line of the network: what comes out of it, how much it sees, what it learns. */

import { element, replaceChildren } from "../element.js";
import { by, counted } from "../numbers.js";

/** @typedef {import("./types.js").Report} Report */
/** @typedef {import("./types.js").Row} Row */

export class Gutter {
  constructor() {
    this._body = element("tbody");
    this.root = element("div", { class: "gutter" }, [
      element("table", {}, [
        element("caption", { class: "hidden" }, ["What each line makes"]),
        element("thead", {}, [
          element("tr", {}, [
            element("th", { class: "line-cell", scope: "col" }, [unseen("Line")]),
            element("th", { scope: "col" }, ["Output"]),
            element("th", { scope: "col", class: "sees" }, ["Sees"]),
            element("th", { scope: "col", class: "learns" }, ["Parameters"]),
          ]),
        ]),
        this._body,
      ]),
    ]);
  }

  /** @param {number} count of lines: rows are kept in step with the text while it is being checked */
  keep(count) {
    while (this._body.rows.length > count) this._body.deleteRow(-1);
    while (this._body.rows.length < count) this._body.append(rowOf(this._body.rows.length + 1, [], 0));
  }

  /**
   * @param {number} count
   * @param {Report | null} report
   */
  show(count, report) {
    /** @type {Map<number, Row>} */
    const rows = new Map(report?.rows.map((row) => [row.line, row]));
    /** @type {Map<number, number>} */
    const wrong = new Map();
    for (const { line } of report?.diagnostics ?? []) wrong.set(line, (wrong.get(line) ?? 0) + 1);
    replaceChildren(
      this._body,
      Array.from({ length: count }, (_, index) =>
        rowOf(index + 1, cellsOf(rows.get(index + 1)), wrong.get(index + 1) ?? 0),
      ),
    );
  }
}

/**
 * @param {Row | undefined} row
 * @returns {string[]} nothing for a line that makes nothing
 */
export function cellsOf(row) {
  if (!row?.output) return [];
  const sees = row.receptive_field.length ? by(row.receptive_field) : "all";
  const { parameters } = row.cost;
  return [by(row.output), row.kind === "input" ? "" : sees, parameters ? counted(parameters) : ""];
}

/**
 * @param {number} line
 * @param {string[]} cells
 * @param {number} mistakes
 */
function rowOf(line, cells, mistakes) {
  const said = mistakes
    ? [element("td", { colspan: 3, class: "wrong" }, [mistakes > 1 ? `✗ ${mistakes} mistakes` : "✗ a mistake"])]
    : cells.length
      ? [
          element("td", {}, [cells[0]]),
          element("td", { class: "sees" }, [cells[1]]),
          element("td", { class: "learns" }, [cells[2]]),
        ]
      : [element("td", { colspan: 3 })];
  return element("tr", {}, [element("th", { scope: "row", class: "line-cell" }, [unseen(`Line ${line}`)]), ...said]);
}

/** @param {string} text for a screen reader: who sees it reads the number at the other end of the line */
function unseen(text) {
  return element("span", { class: "hidden" }, [text]);
}

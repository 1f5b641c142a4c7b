// @ts-check
/** The confusion matrix: how often each class was taken for each other. */

import { element, replaceChildren } from "../element.js";
import { counted, short } from "../numbers.js";
import { percent } from "./words.js";

/** @typedef {import("./types.js").Snapshot} Snapshot */

export class ConfusionPanel {
  constructor() {
    /** @type {string[]} */
    this.wanted = [];
    this._says = element("p", { class: "faint" }, ["…"]);
    this._table = element("div", { class: "confusion-scroll", tabindex: 0, role: "region", "aria-label": "Confusion matrix" });
    this.root = element("div", { class: "confusion" }, [this._says, this._table]);
  }

  /**
   * @param {Snapshot | null} snapshot
   * @param {boolean} live
   */
  show(snapshot, live) {
    if (!snapshot) return;
    const counts = snapshot.arrays.confusion;
    const { validation, classes } = snapshot.values;
    this._table.hidden = !counts;
    if (!counts || !validation) {
      this._says.textContent = live
        ? "The confusions come with the next look inside."
        : "The test examples are being judged …";
      return;
    }
    this._says.textContent =
      `Of ${counted(validation.examples)} test examples${live ? " looked at last" : ""}, ` +
      `${percent(validation.accuracy)} were right (mean loss ${short(validation.loss)}). ` +
      "Rows are the truth, columns the guess.";
    replaceChildren(this._table, [tableOf(counts.data, classes)]);
  }
}

/**
 * @param {ArrayLike<number>} counts [K, K]
 * @param {string[]} classes
 * @returns {{ recall: (number | null)[], precision: (number | null)[] }} null for a class without examples or guesses
 */
export function ratesOf(counts, classes) {
  const size = classes.length;
  const rows = classes.map((_, row) => sum(size, (column) => counts[row * size + column]));
  const columns = classes.map((_, column) => sum(size, (row) => counts[row * size + column]));
  const right = (/** @type {number[]} */ totals) =>
    totals.map((total, index) => (total ? counts[index * size + index] / total : null));
  return { recall: right(rows), precision: right(columns) };
}

/**
 * @param {number} size
 * @param {(index: number) => number} value
 */
function sum(size, value) {
  let total = 0;
  for (let index = 0; index < size; index++) total += value(index);
  return total;
}

/**
 * @param {ArrayLike<number>} counts
 * @param {string[]} classes
 */
function tableOf(counts, classes) {
  const size = classes.length;
  const { recall, precision } = ratesOf(counts, classes);
  const head = (/** @type {string} */ name) => element("th", { scope: "col" }, [element("span", {}, [name])]);
  return element("table", { class: "confusion-table" }, [
    element("caption", { class: "hidden" }, ["Test examples by their class (rows) and the guess (columns)"]),
    element("thead", {}, [
      element("tr", {}, [element("td"), ...classes.map(head), head("recall")]),
    ]),
    element("tbody", {}, [
      ...classes.map((name, row) => {
        const total = sum(size, (column) => counts[row * size + column]);
        return element("tr", {}, [
          element("th", { scope: "row" }, [name]),
          ...classes.map((guess, column) => cell(counts[row * size + column], total, row === column, `${name} taken for ${guess}`)),
          element("td", { class: "rate" }, [percent(recall[row])]),
        ]);
      }),
      element("tr", {}, [
        element("th", { scope: "row" }, ["precision"]),
        ...precision.map((rate) => element("td", { class: "rate" }, [percent(rate)])),
        element("td"),
      ]),
    ]),
  ]);
}

/**
 * @param {number} count
 * @param {number} total of its row
 * @param {boolean} right
 * @param {string} title
 */
function cell(count, total, right, title) {
  const made = element("td", { class: right ? "hit" : "miss", title: `${count} × ${title}` }, [count || "·"]);
  const share = total ? count / total : 0;
  made.style.setProperty("--share", `${Math.round((right ? 45 : 75) * Math.sqrt(share))}%`);
  if (!count) made.classList.add("none");
  return made;
}

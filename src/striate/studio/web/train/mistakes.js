// @ts-check
/** What is wrong with the network, and what would work: a list with a button for each fix. */

import { element, replaceChildren } from "../element.js";
import { amount, by, counted } from "../numbers.js";
import { fixOf, inputFix } from "./fixes.js";
import { written } from "./written.js";

/**
 * @typedef {import("./types.js").Checked} Checked
 * @typedef {import("./types.js").Diagnostic} Diagnostic
 * @typedef {{ onFix: (text: string) => void, onGo: (line: number, column: number) => void }} Events
 */

export class Mistakes {
  /** @param {Events} events */
  constructor(events) {
    this._events = events;
    this._summary = element("p", { class: "summary", role: "status" });
    this._list = element("ul", { class: "mistakes" });
    this.root = element("div", { id: "network-mistakes" }, [this._summary, this._list]);
  }

  /**
   * @param {string} text
   * @param {Checked} checked
   */
  show(text, { ok, report, misfit }) {
    const errors = report.diagnostics.length + (misfit ? 1 : 0);
    const said = ok ? totals(report) : errors === 1 ? "1 mistake" : `${errors} mistakes`;
    if (this._summary.textContent !== said) this._summary.textContent = said;
    this._summary.classList.toggle("bad", !ok);
    const notes = report.rows.flatMap((row) => row.notes);
    const items = [...report.diagnostics, ...notes].map((one) => this._item(text, one));
    if (misfit) items.unshift(this._misfit(text, misfit));
    replaceChildren(this._list, items);
  }

  /** @param {string} message why the text could not be checked */
  refuse(message) {
    this._summary.textContent = message;
    this._summary.classList.add("bad");
    replaceChildren(this._list, []);
  }

  /**
   * @param {string} text
   * @param {Diagnostic} mistake
   */
  _item(text, mistake) {
    const { line, column, message, formula, suggestion, severity } = mistake;
    return element("li", { class: severity }, [
      this._place(line, column),
      element("span", { class: "message" }, [
        ...written(severity === "note" ? `note: ${message}` : message),
        formula && element("span", { class: "formula number" }, [formula]),
        suggestion && element("span", { class: "suggestion" }, written(suggestion)),
      ]),
      this._button(fixOf(text, mistake), line),
    ]);
  }

  /**
   * @param {string} text
   * @param {{ message: string, line: number }} misfit
   */
  _misfit(text, { message, line }) {
    return element("li", { class: "error" }, [
      this._place(line, 1),
      element("span", { class: "message" }, written(message)),
      this._button(inputFix(text, message), line),
    ]);
  }

  /**
   * @param {number} line
   * @param {number} column
   */
  _place(line, column) {
    return element(
      "button",
      {
        type: "button",
        class: "place",
        "aria-label": `Go to line ${line}, column ${column}`,
        onclick: () => this._events.onGo(line, column),
      },
      [`line ${line}`],
    );
  }

  /**
   * @param {import("./fixes.js").Fix | null} fix
   * @param {number} line
   */
  _button(fix, line) {
    if (!fix) return null;
    return element(
      "button",
      {
        type: "button",
        class: "fix",
        "aria-label": `Fix line ${line}: ${fix.label}`,
        onclick: () => this._events.onFix(fix.text),
      },
      ["Fix: ", element("code", {}, [fix.label])],
    );
  }
}

/**
 * @param {import("./types.js").Report} report
 * @returns {string}
 */
function totals({ input_shape, output_shape, total }) {
  const shapes = input_shape && output_shape ? `${by(input_shape)} → ${by(output_shape)}\n` : "";
  return (
    `${shapes}${counted(total.parameters)} parameters\n` +
    `${amount(total.multiply_adds)} multiply-adds an example`
  );
}

// @ts-check
/** What is wrong, underlined at its place: a copy of the text without ink, under the text field. */

import { element, replaceChildren } from "../element.js";

/**
 * @typedef {import("./types.js").Report} Report
 * @typedef {{ from: number, to: number, severity: "error" | "note" }} Span places in a line, from 0
 */

export class Underlines {
  constructor() {
    this._text = element("pre", { class: "underlines-text" });
    this.root = element("div", { class: "underlines", "aria-hidden": "true" }, [this._text]);
  }

  /**
   * @param {string} text
   * @param {Report | null} report
   * @param {{ line: number } | null} misfit
   */
  show(text, report, misfit) {
    const lines = text.split("\n");
    const spans = spansOf(lines, report, misfit);
    replaceChildren(
      this._text,
      lines.flatMap((line, index) => [...pieces(line, spans.get(index + 1) ?? []), "\n"]),
    );
  }

  /** @param {number} left how far the text field is scrolled */
  follow(left) {
    this._text.style.transform = `translateX(${-left}px)`;
  }
}

/**
 * @param {string[]} lines
 * @param {Report | null} report
 * @param {{ line: number } | null} misfit
 * @returns {Map<number, Span[]>} by line, in order and without overlaps
 */
export function spansOf(lines, report, misfit) {
  /** @type {Map<number, Span[]>} */
  const spans = new Map();
  const notes = report ? report.rows.flatMap((row) => row.notes) : [];
  const whole = misfit ? lines[misfit.line - 1] ?? "" : "";
  const all = [
    ...(report?.diagnostics ?? []),
    ...(misfit
      ? [{ line: misfit.line, column: 1, width: whole.length, severity: /** @type {const} */ ("error") }]
      : []),
    ...notes,
  ];
  for (const { line, column, width, severity } of all) {
    const length = lines[line - 1]?.length ?? 0;
    const from = Math.max(0, Math.min(column - 1, length - 1));
    const to = Math.min(Math.max(length, 1), from + Math.max(1, width));
    const there = spans.get(line) ?? [];
    if (there.some((one) => from < one.to && one.from < to)) continue;
    there.push({ from, to, severity });
    spans.set(line, there.sort((a, b) => a.from - b.from));
  }
  return spans;
}

/**
 * @param {string} line
 * @param {Span[]} spans
 * @returns {(string | HTMLElement)[]}
 */
function pieces(line, spans) {
  /** @type {(string | HTMLElement)[]} */
  const parts = [];
  let place = 0;
  for (const { from, to, severity } of spans) {
    parts.push(line.slice(place, from));
    parts.push(element("span", { class: `wave ${severity}` }, [line.slice(from, to) || " "]));
    place = to;
  }
  return [...parts, line.slice(place)];
}

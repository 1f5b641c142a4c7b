// @ts-check
/** A list of terms, the largest first, each with a bar: for sums of very many. */

import { element } from "../element.js";
import { counted, short } from "../numbers.js";
import { entryName } from "./patch.js";

/** @typedef {import("./patch.js").Patch} Patch */

const IN_ORDER = 16;
const FIRST = 12;
const MORE = 60;

/**
 * @param {Patch} patch
 * @param {number | null} winner
 * @param {(entry: number) => string | null} called a name for an entry, such as its class
 * @returns {HTMLElement}
 */
export function makeTerms(patch, winner, called) {
  const count = patch.values.length;
  const order = Array.from({ length: count }, (_, entry) => entry);
  const all = count <= IN_ORDER;
  if (!all) order.sort((a, b) => size(patch.terms[b]) - size(patch.terms[a]) || a - b);
  if (winner !== null && !all) order.unshift(...order.splice(order.indexOf(winner), 1));
  const largest = Math.max(...patch.terms.map(size), Number.MIN_VALUE);
  const changed = patch.terms.some((term, entry) => term !== patch.values[entry]);
  const body = element("tbody");
  const rest = element("p", { class: "faint" });
  let shown = 0;

  /** @param {number} many */
  function show(many) {
    for (const entry of order.slice(shown, many)) {
      body.append(line(entry));
    }
    shown = Math.min(many, count);
    const beyond = patch.plain.cut ? patch.plain.cut.count - count : 0;
    const left = count - shown + beyond;
    more.hidden = shown >= count;
    rest.hidden = left === 0;
    let sum = patch.plain.cut?.rest ?? 0;
    for (const entry of order.slice(shown)) sum += patch.terms[entry] ?? 0;
    rest.textContent =
      winner === null
        ? `and ${counted(left)} more, together ${short(sum)}`
        : `and ${counted(left)} more`;
  }

  /** @param {number} entry */
  function line(entry) {
    const term = patch.terms[entry] ?? 0;
    const bar = element("span", { class: term < 0 ? "minus" : "plus" });
    bar.style.width = `${(100 * Math.abs(term)) / largest}%`;
    const name = called(entry);
    const inside = patch.inside[entry];
    return element("tr", { class: entry === winner ? "winner" : undefined }, [
      element("th", { scope: "row", "data-entry": entry, class: inside ? "" : "padding" }, [
        name ?? entryName(patch, entry),
      ]),
      element("td", { "data-entry": entry }, [short(patch.values[entry])]),
      patch.weights ? element("td", {}, [`× ${short(patch.weights[entry])}`]) : null,
      patch.weights || changed
        ? element("td", {}, [`${patch.weights ? "=" : "→"} ${short(patch.terms[entry])}`])
        : null,
      element("td", { class: "bar-of", "aria-hidden": "true" }, [bar]),
    ]);
  }

  const more = element("button", { type: "button", onclick: () => show(shown + MORE) }, [
    "Show more",
  ]);
  show(all ? count : FIRST);
  return element("div", { class: "terms" }, [
    element("table", { class: "number" }, [body]),
    rest,
    more,
  ]);
}

/** @param {number | null} value */
const size = (value) => Math.abs(value ?? 0);

// @ts-check
/** How one pooling comes to one value: what it reads, the terms, and the steps. */

import { element } from "../element.js";
import { figure, written } from "./figures.js";
import { plainTable } from "./plain_table.js";

const LARGEST_TABLE = 9;

/**
 * @param {import("./pooling_card.js").Pooled} pooled
 * @param {import("./pooling_card.js").Explained | undefined} explained
 * @returns {HTMLElement}
 */
export function poolingWhy(pooled, explained) {
  if (!explained) {
    return element("section", { class: "panel summed", "aria-busy": "true" }, [
      element("h3", {}, [pooled.title]),
      element("p", { class: "faint" }, ["working it out …"]),
    ]);
  }
  const { index, values, inside, weights, terms, steps } = explained;
  const where = `row ${index[0] + 1}, column ${index[1] + 1}`;
  /** @param {number} r @param {number} c */
  const outside = (r, c) => !inside[r][c];
  /** @param {number[][]} grid */
  const shown = (grid) =>
    grid.slice(0, LARGEST_TABLE).map((row) => row.slice(0, LARGEST_TABLE));
  const changed = terms.some((row, r) => row.some((term, c) => inside[r][c] && term !== values[r][c]));
  return element("section", { class: "panel summed" }, [
    element("h3", {}, [`${pooled.title}, ${where}`]),
    element("p", { class: "formula large" }, [written(pooled.formula)]),
    element("div", { class: "product-row" }, [
      plainTable("reads", shown(values), { kind: "read", outside }),
      weights ? element("span", { class: "operator", "aria-hidden": "true" }, ["·"]) : null,
      weights ? plainTable("weights", shown(weights), { kind: "weights" }) : null,
      changed ? element("span", { class: "operator", "aria-hidden": "true" }, ["→"]) : null,
      changed ? plainTable("terms", shown(terms), { kind: "product", outside }) : null,
    ]),
    element(
      "dl",
      { class: "number steps" },
      steps.flatMap(({ label, formula, value }, n) => [
        element("dt", {}, [label]),
        element("dd", {}, [
          `${written(formula)} = `,
          n === steps.length - 1
            ? element("strong", { class: "result" }, [figure(value)])
            : figure(value),
        ]),
      ]),
    ),
    pooled.source ? element("p", { class: "faint" }, [pooled.source]) : null,
  ]);
}

// @ts-check
/** The sum behind one output, written out: 1×1 + 0×1 + … + bias = 4. */

import { element } from "../element.js";
import { factor, figure } from "./figures.js";
import { plainTable } from "./plain_table.js";

/**
 * One channel's part: what the window reads, by what it is multiplied, and the products.
 *
 * @typedef {{ name: string, read: number[][], weights: number[][], products: number[][], sum: number, outside: (row: number, column: number) => boolean }} Part
 */

/**
 * @param {Part[]} parts
 * @param {{ bias: number, output: number, relu: number | null }} end
 * @returns {HTMLElement}
 */
export function writtenSum(parts, { bias, output, relu }) {
  const many = parts.length > 1;
  const lines = parts.map((part) => {
    const end = many ? ` = ${figure(part.sum)}` : "";
    return element("p", { class: "sum-line" }, [
      many ? element("span", { class: "faint" }, [`${part.name}: `]) : null,
      ...terms(part),
      end,
    ]);
  });
  const result = element("strong", { class: "result" }, [figure(output)]);
  const sums = parts.map((part, n) => (n === 0 ? figure(part.sum) : factor(part.sum))).join(" + ");
  const added = bias === 0 ? "" : ` + bias ${factor(bias)}`;
  if (many) {
    const end = element("span", { class: "term" }, ["= ", result]);
    lines.push(element("p", { class: "sum-line" }, [`${sums}${added} `, end]));
  } else {
    lines[0].append(element("span", { class: "term" }, [`${added} = `, result]));
  }
  if (relu !== null) {
    lines.push(
      element("p", { class: "sum-line" }, [
        `ReLU: max(0, ${figure(output)}) = `,
        element("strong", { class: "result" }, [figure(relu)]),
      ]),
    );
  }
  return element("div", { class: "written-sum number" }, lines);
}

/**
 * @param {Part} part
 * @returns {Node[]}
 */
function terms({ read, weights, outside }) {
  return read.flatMap((row, r) =>
    row.map((value, c) => {
      const first = r === 0 && c === 0;
      return element("span", { class: outside(r, c) ? "term beyond" : "term" }, [
        first ? "" : "+ ",
        element("span", { class: "value" }, [first ? figure(value) : factor(value)]),
        "×",
        element("span", { class: "times" }, [factor(weights[r][c])]),
        " ",
      ]);
    }),
  );
}

/**
 * @param {Part[]} parts
 * @param {boolean} flipped
 * @returns {HTMLElement} window × kernel = products, a row for each channel
 */
export function productTables(parts, flipped) {
  return element(
    "div",
    { class: "products" },
    parts.map((part) => {
      const several = parts.length > 1;
      return element("div", { class: "product-row" }, [
        several ? element("span", { class: "faint channel-name" }, [part.name]) : null,
        plainTable("window", part.read, { kind: "read", outside: part.outside }),
        element("span", { class: "operator", "aria-hidden": "true" }, ["×"]),
        plainTable(flipped ? "kernel, flipped" : "kernel", part.weights, { kind: "weights" }),
        element("span", { class: "operator", "aria-hidden": "true" }, ["="]),
        plainTable("products", part.products, { kind: "product", outside: part.outside }),
      ]);
    }),
  );
}

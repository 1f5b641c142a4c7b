// @ts-check
/** A small table of figures that only shows: the window, the kernel as applied, the products. */

import { element } from "../element.js";
import { rounded } from "./figures.js";

/**
 * @param {string} caption
 * @param {number[][]} values
 * @param {{ kind?: string, outside?: (row: number, column: number) => boolean }} [options] `outside`
 *   says which of them stand in the padding
 * @returns {HTMLTableElement}
 */
export function plainTable(caption, values, { kind = "", outside } = {}) {
  const columns = values[0].map((_, c) =>
    element("th", { scope: "col", class: "hidden" }, [`column ${c + 1}`]),
  );
  return element("table", { class: `sheet small-table ${kind}` }, [
    element("caption", {}, [caption]),
    element("thead", {}, [
      element("tr", {}, [element("td", { class: "hidden" }), ...columns]),
    ]),
    element(
      "tbody",
      {},
      values.map((row, r) =>
        element("tr", {}, [
          element("th", { scope: "row", class: "hidden" }, [`row ${r + 1}`]),
          ...row.map((value, c) =>
            element("td", { class: outside?.(r, c) ? "beyond" : "" }, [rounded(value)]),
          ),
        ]),
      ),
    ),
  ]);
}

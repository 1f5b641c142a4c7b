// @ts-check
/** The values one came by, from the first pinned to the present one. */

import { element } from "../element.js";
import { unitName } from "./forms.js";

/**
 * @param {import("./state.js").Unit[]} trail
 * @param {(count: number) => void} onReturn to the first so many of them
 * @returns {HTMLElement}
 */
export function makeBreadcrumbs(trail, onReturn) {
  return element("nav", { "aria-label": "Values one came by", class: "breadcrumbs" }, [
    element(
      "ol",
      {},
      trail.map(({ layer, index }, number) => {
        const name = unitName(layer, index);
        const last = number === trail.length - 1;
        return element("li", {}, [
          last
            ? element("span", { class: "number", "aria-current": "true" }, [name])
            : element(
                "button",
                { type: "button", class: "number", onclick: () => onReturn(number + 1) },
                [name],
              ),
        ]);
      }),
    ),
  ]);
}

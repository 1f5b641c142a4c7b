// @ts-check
/** One patch of an explanation on the screen: made once, shown with ever new values. */

import { element } from "../element.js";
import { short } from "../numbers.js";
import { Grids, entryWords, partsOf } from "./grids.js";
import { entryName, patchName } from "./patch.js";
import { makeTerms } from "./terms.js";

/**
 * @typedef {import("./families.js").Family["form"]} Form
 * @typedef {import("./grids.js").Extremes} Extremes
 * @typedef {import("./patch.js").Patch} Patch
 *
 * @typedef {object} Shown
 * @property {Patch} patch
 * @property {number} number of it in the explanation
 * @property {number | null} winner entry of the largest, if it has it
 * @property {Extremes} extremes of all patches that share its colours
 * @property {"light" | "dark"} theme
 * @property {(entry: number) => string | null} called a name for an entry, such as its class
 */

/**
 * What two patches have in common that the same elements can show.
 *
 * @param {Form} form
 * @param {Patch} patch
 */
export function likeness(form, patch) {
  const parts = partsOf(patch).map(([what]) => what);
  return form === "grids" ? `${patch.shape.join("x")} ${parts.join(" ")}` : form;
}

export class PatchView {
  /**
   * @param {Form} form
   * @param {Shown} first its numbers are made by `fill`
   */
  constructor(form, first) {
    this._form = form;
    this._shown = first;
    this._name = element("span", { class: "number" });
    this._label = element("span");
    this._total = element("span", { class: "number" });
    this._sum = element("span", { class: "sum" }, ["sum ", this._total]);
    this._words = element("span", { "data-entry": 0 });
    this._body = element("div", { class: "numbers" });
    /** @type {Grids | null} */
    this._grids = null;
    this.root =
      form === "singles"
        ? element("p", { class: "single number" }, [this._label, this._words])
        : element("section", { class: "patch" }, [
            element("h3", {}, [this._name, this._label, this._sum]),
            this._body,
          ]);
    this.filled = form === "singles";
    this.update(first);
  }

  /** @param {Shown} shown */
  update(shown) {
    this._shown = shown;
    const { patch, number, winner } = shown;
    this.root.dataset.patch = String(number);
    if (this._form === "singles") {
      set(this._label, patch.label ? `${patch.label}: ` : "");
      set(this._words, entryWords(patch, 0, entryName(patch, 0)));
      this._words.className = patch.inside[0] ? "" : "padding";
      this.root.classList.toggle("winner", winner !== null);
      return;
    }
    const name = patchName(patch);
    this.root.setAttribute("aria-label", name);
    set(this._name, name);
    set(this._label, patch.label);
    set(this._total, short(patch.sum));
    this._sum.hidden = !patch.weights;
    if (this.filled) this.fill();
  }

  /** Makes or renews its numbers. */
  fill() {
    const { patch, winner, extremes, theme, called } = this._shown;
    this.filled = true;
    if (this._form === "terms") {
      this._body.replaceChildren(makeTerms(patch, winner, called));
      return;
    }
    if (this._form !== "grids") return;
    if (!this._grids) {
      this._grids = new Grids(patch);
      this._body.replaceChildren(this._grids.root);
    }
    this._grids.update(patch, winner, theme, extremes);
  }
}

/**
 * @param {HTMLElement} part
 * @param {string} text
 */
export function set(part, text) {
  if (part.textContent !== text) part.textContent = text;
}

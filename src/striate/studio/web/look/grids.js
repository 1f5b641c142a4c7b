// @ts-check
/** The grids of a patch: what was read, the kernel, and their products. */

import { element } from "../element.js";
import { short } from "../numbers.js";
import { Grid } from "./grid.js";
import { extremesOf } from "./scales.js";

/**
 * @typedef {import("./grid.js").What} What
 * @typedef {import("./patch.js").Patch} Patch
 * @typedef {Record<What, [number, number]>} Extremes least and largest
 */

const MOST_SIDE_BY_SIDE = 4;

export class Grids {
  /** @param {Patch} patch one of the shape and kind that will be shown */
  constructor(patch) {
    const lines = patch.shape.at(-2) ?? 1;
    const columns = patch.shape.at(-1) ?? 1;
    const size = lines * columns;
    const planes = Math.max(1, Math.floor(patch.values.length / Math.max(size, 1)));
    /** @type {{ grid: Grid, title: string, plane: number }[]} */
    this._grids = [];
    this._planes = planes;
    const kind = `${columns > MOST_SIDE_BY_SIDE ? " wide" : ""}${lines === 1 ? " lines" : ""}`;
    this.root = element("div", { class: `grids${kind}` });
    for (let plane = 0; plane < planes; plane++) {
      const line = element("div", { class: "plane" });
      for (const [what, title, sign] of partsOf(patch)) {
        const grid = new Grid(what, plane * size, lines, columns);
        this._grids.push({ grid, title, plane });
        if (sign) line.append(element("span", { class: "sign", "aria-hidden": "true" }, [sign]));
        line.append(grid.root);
      }
      this.root.append(line);
    }
  }

  /**
   * @param {Patch} patch
   * @param {number | null} winner
   * @param {"light" | "dark"} theme
   * @param {Extremes} extremes of all patches that share their colours
   */
  update(patch, winner, theme, extremes) {
    const { first, axes, step } = patch.plain;
    for (const { grid, title, plane } of this._grids) {
      const at = (first[axes[0]] ?? 0) + plane * (step[0] ?? 1);
      const name = this._planes > 1 ? `${title} at ${at}` : title;
      grid.update(patch, name, winner, theme, extremes[partOf(title)]);
    }
  }
}

/** @param {string} title @returns {What} */
const partOf = (title) =>
  title === "window" ? "values" : title === "kernel" ? "weights" : "terms";

/**
 * @param {Patch} patch
 * @returns {[What, string, string][]} what it shows, its title, and the sign before it
 */
export function partsOf(patch) {
  /** @type {[What, string, string][]} */
  const parts = [["values", "window", ""]];
  if (patch.weights) {
    parts.push(["weights", "kernel", "×"], ["terms", "products", "="]);
  } else if (patch.terms.some((term, entry) => term !== patch.values[entry])) {
    parts.push(["terms", "terms", "→"]);
  }
  return parts;
}

/**
 * @param {Patch[]} patches
 * @returns {Extremes}
 */
export function extremesOfAll(patches) {
  /** @param {What} what @returns {[number, number]} */
  const of = (what) => {
    let [low, high] = [0, 0];
    for (const patch of patches) {
      const found = extremesOf(/** @type {number[]} */ (patch[what] ?? []));
      low = Math.min(low, found[0]);
      high = Math.max(high, found[1]);
    }
    return [low, high];
  };
  return { values: of("values"), weights: of("weights"), terms: of("terms") };
}

/**
 * @param {Patch} patch
 * @param {number} entry
 * @param {string} name
 * @returns {string} conv1[2, 4, 5] = 0.3211 × 0.2 = 0.06422
 */
export function entryWords(patch, entry, name) {
  const value = patch.values[entry];
  const parts = [`${name} = ${short(value)}`];
  if (patch.weights) parts.push(`× ${short(patch.weights[entry])} = ${short(patch.terms[entry])}`);
  else if (patch.terms[entry] !== value) parts.push(`→ ${short(patch.terms[entry])}`);
  return parts.join(" ");
}

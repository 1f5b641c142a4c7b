// @ts-check
/** Small grids of numbers, coloured by value: the window, the kernel, and their products. */

import { cssColour } from "../colours.js";
import { element } from "../element.js";
import { short } from "../numbers.js";
import { gridNumbers, powerWord } from "./grid_numbers.js";
import { extremesOf, spanning } from "./scales.js";

/**
 * @typedef {import("./patch.js").Patch} Patch
 * @typedef {"values" | "weights" | "terms"} What
 * @typedef {Record<What, [number, number]>} Extremes least and largest
 */

const MOST_COLUMNS = 9;

/**
 * One grid. Its cells carry `data-entry`, their number in the patch.
 *
 * @param {Patch} patch
 * @param {What} what
 * @param {object} options
 * @param {string} options.title
 * @param {number} options.from first entry of the plane that it shows
 * @param {number} options.lines
 * @param {number} options.columns
 * @param {number | null} options.winner entry of the largest
 * @param {"light" | "dark"} options.theme
 * @param {[number, number]} options.extremes of all planes that share its colours
 * @returns {HTMLElement}
 */
export function makeGrid(patch, what, { title, from, lines, columns, winner, theme, extremes }) {
  const values = patch[what] ?? [];
  const read = what !== "weights";
  const small = columns > MOST_COLUMNS;
  const plane = values.slice(from, from + lines * columns);
  const seen = plane.filter((_, number) => what === "weights" || patch.inside[from + number]);
  const { write, power } = gridNumbers(seen);
  const scale = spanning(...extremes);
  const body = element("tbody");
  for (let line = 0; line < lines; line++) {
    const row = element("tr");
    for (let column = 0; column < columns; column++) {
      const entry = from + line * columns + column;
      const value = values[entry];
      const inside = patch.inside[entry];
      const padding = read && !inside;
      const text = padding && what === "values" && !value ? "·" : write(value);
      const cell = element("td", { "data-entry": entry }, [small ? null : text]);
      if (padding) cell.className = "padding";
      else {
        const { ground, ink } = cssColour(theme, scale, value);
        cell.style.backgroundColor = ground;
        cell.style.color = ink;
        if (patch.border?.[entry] && what === "values") cell.classList.add("repeated");
        if (entry === winner && what === "values") cell.classList.add("winner");
      }
      row.append(cell);
    }
    body.append(row);
  }
  return element("table", { class: `grid number of-${what}${small ? " small" : ""}` }, [
    element("caption", { class: "faint" }, [`${title}${powerWord(power)}`]),
    body,
  ]);
}

/**
 * The grids of a patch: what was read, the kernel, the products; a plane of a film after another.
 *
 * @param {Patch} patch
 * @param {number | null} winner
 * @param {"light" | "dark"} theme
 * @param {Extremes} extremes of all patches that share their colours
 * @returns {HTMLElement}
 */
export function makeGrids(patch, winner, theme, extremes) {
  const lines = patch.shape.at(-2) ?? 1;
  const columns = patch.shape.at(-1) ?? 1;
  const size = lines * columns;
  const planes = Math.max(1, Math.floor(patch.values.length / Math.max(size, 1)));
  const changed = patch.terms.some((term, entry) => term !== patch.values[entry]);
  /** @type {[What, string, string][]} */
  const shown = [["values", "window", ""]];
  if (patch.weights) shown.push(["weights", "kernel", "×"]);
  if (patch.weights || changed)
    shown.push(["terms", patch.weights ? "products" : "terms", patch.weights ? "=" : "→"]);
  const wide = columns > 4;
  return element(
    "div",
    { class: `grids${wide ? " wide" : ""}${lines === 1 ? " lines" : ""}` },
    Array.from({ length: planes }, (_, plane) =>
      element(
        "div",
        { class: "plane" },
        shown.flatMap(([what, title, sign]) => [
          sign ? element("span", { class: "sign", "aria-hidden": "true" }, [sign]) : null,
          makeGrid(patch, what, {
            title: planes > 1 ? `${title} at ${firstOf(patch, plane)}` : title,
            from: plane * size,
            lines,
            columns,
            winner,
            theme,
            extremes: extremes[what],
          }),
        ]),
      ),
    ),
  );
}

/**
 * @param {Patch[]} patches
 * @returns {Extremes}
 */
export function extremesOfAll(patches) {
  /** @param {What} what @returns {[number, number]} */
  const of = (what) =>
    extremesOf(
      patches.flatMap((patch) =>
        (patch[what] ?? []).flatMap((value) => (value === null ? [] : [value])),
      ),
    );
  return { values: of("values"), weights: of("weights"), terms: of("terms") };
}

/** @param {Patch} patch @param {number} plane */
const firstOf = (patch, plane) =>
  (patch.plain.first[patch.plain.axes[0]] ?? 0) + plane * (patch.plain.step[0] ?? 1);

/**
 * @param {Patch} patch
 * @param {number} entry
 * @param {string} name
 * @returns {string} conv1[2, 4, 5] = 0.3211; × 0.2 = 0.06422
 */
export function entryWords(patch, entry, name) {
  const value = patch.values[entry];
  const parts = [`${name} = ${short(value)}`];
  if (patch.weights) parts.push(`× ${short(patch.weights[entry])} = ${short(patch.terms[entry])}`);
  else if (patch.terms[entry] !== value) parts.push(`→ ${short(patch.terms[entry])}`);
  return parts.join(" ");
}

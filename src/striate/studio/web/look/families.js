// @ts-check
/** The patches of an explanation put together: channels of one thing, and in which form. */

/**
 * @typedef {import("./patch.js").Patch} Patch
 * @typedef {{ patch: Patch, number: number }} Numbered a patch and its number in the explanation
 *
 * `form` says how they are shown: single values in lines, grids of numbers, or lists of terms.
 *
 * @typedef {{ form: "singles" | "grids" | "terms", patches: Numbered[] }} Family
 */

const MOST_CELLS = 400;
const MOST_SIDE = 32;
const MOST_IN_LINE = 9;

/**
 * @param {Patch[]} patches in their order
 * @returns {Family[]}
 */
export function familiesOf(patches) {
  /** @type {Map<string, Family>} */
  const found = new Map();
  patches.forEach((patch, number) => {
    const form = formOf(patch);
    const key = `${patch.layer} ${patch.label.split(" ")[0]} ${form}`;
    const family = found.get(key) ?? { form, patches: [] };
    family.patches.push({ patch, number });
    found.set(key, family);
  });
  return [...found.values()];
}

/**
 * @param {Patch} patch
 * @returns {"singles" | "grids" | "terms"}
 */
function formOf({ values, shape, indices, plain }) {
  if (values.length === 1 && !indices) return "singles";
  const vector = plain.first.length === 1;
  if (indices || vector || values.length > MOST_CELLS) return "terms";
  if (shape.length === 1) return values.length <= MOST_IN_LINE ? "grids" : "terms";
  return (shape.at(-1) ?? 0) <= MOST_SIDE ? "grids" : "terms";
}

/**
 * Those that contribute most, in their order; the winner is always among them.
 *
 * @param {Numbered[]} patches
 * @param {number} most
 * @param {number | null} winner number of the patch that has it
 * @returns {Numbered[]}
 */
export function largest(patches, most, winner) {
  const order = [...patches].sort(
    (a, b) =>
      Number(b.number === winner) - Number(a.number === winner) ||
      Math.abs(b.patch.sum) - Math.abs(a.patch.sum) ||
      a.number - b.number,
  );
  return order.slice(0, most).sort((a, b) => a.number - b.number);
}

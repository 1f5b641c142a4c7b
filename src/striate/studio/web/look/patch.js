// @ts-check
/** What was read of one channel, as the server tells it, and where its entries lie. */

import { unitName } from "./forms.js";

/**
 * @typedef {{ count: number, shape: number[], rest: number | null }} Cut
 * @typedef {{ index: number[], value: number | null, weight: number | null, term: number | null, inside: boolean }} Entry
 *
 * @typedef {object} PlainPatch
 * @property {string} layer
 * @property {string} label
 * @property {number | null} example
 * @property {number[]} first
 * @property {number[]} axes
 * @property {number[]} step
 * @property {number[][] | null} places
 * @property {any} values nested lists in the shape of the window
 * @property {any} inside
 * @property {any} border
 * @property {any} weights
 * @property {any} terms
 * @property {Cut | null} [cut] of a patch of which only the largest terms came
 * @property {Entry[]} [entries] those
 *
 * @typedef {object} Patch
 * @property {string} layer
 * @property {string} label
 * @property {number[]} shape of the window
 * @property {PlainPatch} plain
 * @property {(number | null)[]} values
 * @property {(number | null)[] | null} weights
 * @property {(number | null)[]} terms
 * @property {boolean[]} inside
 * @property {boolean[] | null} border
 * @property {number} sum of the terms that are finite
 * @property {number[][] | null} indices of the entries of a patch that was cut
 */

/**
 * @param {any} nested
 * @returns {number[]}
 */
export function shapeOfNested(nested) {
  const shape = [];
  for (let inner = nested; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  return shape;
}

/**
 * @param {any} nested
 * @returns {any[]}
 */
const flat = (nested) => (Array.isArray(nested) ? nested.flat(Infinity) : [nested]);

/**
 * @param {PlainPatch} plain
 * @returns {Patch}
 */
export function readPatch(plain) {
  const { layer, label, cut = null, entries = [] } = plain;
  const common = { layer, label, plain };
  if (cut) {
    const terms = entries.map((entry) => entry.term);
    return {
      ...common,
      shape: [entries.length],
      values: entries.map((entry) => entry.value),
      weights: entries.some((entry) => entry.weight !== null)
        ? entries.map((entry) => entry.weight)
        : null,
      terms,
      inside: entries.map((entry) => entry.inside),
      border: null,
      sum: total(terms) + (cut.rest ?? 0),
      indices: entries.map((entry) => entry.index),
    };
  }
  const terms = flat(plain.terms);
  return {
    ...common,
    shape: shapeOfNested(plain.values),
    values: flat(plain.values),
    weights: plain.weights === null ? null : flat(plain.weights),
    terms,
    inside: flat(plain.inside),
    border: plain.border === null ? null : flat(plain.border),
    sum: total(terms),
    indices: null,
  };
}

/** @param {(number | null)[]} terms */
function total(terms) {
  let sum = 0;
  for (const term of terms) sum += term ?? 0;
  return sum;
}

/**
 * @param {Patch} patch
 * @param {number} entry its number, row by row
 * @returns {number[]} where it was read in the operand
 */
export function indexOf(patch, entry) {
  if (patch.indices) return patch.indices[entry];
  const { first, axes, step, places } = patch.plain;
  const found = [...first];
  let rest = entry;
  for (let number = axes.length - 1; number >= 0; number--) {
    const offset = rest % patch.shape[number];
    rest = Math.floor(rest / patch.shape[number]);
    found[axes[number]] = places
      ? places[number][offset]
      : found[axes[number]] + step[number] * offset;
  }
  return found;
}

/**
 * Where a patch was read: conv1[3, 4..6, 6..8], channel first, padding below zero.
 *
 * @param {Patch} patch
 */
export function patchName(patch) {
  const last = patch.indices ? null : indexOf(patch, Math.max(patch.values.length - 1, 0));
  if (!last) return patch.layer;
  const { first } = patch.plain;
  const parts = first.map((begin, axis) =>
    begin === last[axis] ? begin : `${begin}..${last[axis]}`,
  );
  return parts.length ? `${patch.layer}[${parts.join(", ")}]` : patch.layer;
}

/**
 * @param {Patch} patch
 * @param {number} entry
 */
export function entryName(patch, entry) {
  return patch.inside[entry] ? unitName(patch.layer, indexOf(patch, entry)) : "padding";
}

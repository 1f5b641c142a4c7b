// @ts-check
/** What becomes of a grid when rows are pasted into it. */

import { resized } from "./kernel_state.js";

/**
 * Pasted at the first cell the rows are the new grid, up to the largest there may be; elsewhere they
 * fill in what is there.
 *
 * @param {number[][]} plane
 * @param {number} row
 * @param {number} column
 * @param {number[][]} rows
 * @param {number[]} most rows and columns
 * @returns {number[][]}
 */
export function pasted(plane, row, column, rows, most) {
  if (row === 0 && column === 0) {
    return rows.slice(0, most[0]).map((one) => one.slice(0, most[1]));
  }
  return plane.map((values, r) => values.map((value, c) => rows[r - row]?.[c - column] ?? value));
}

/**
 * @param {number[][][]} planes
 * @param {number} number of the plane that is replaced
 * @param {number[][]} plane
 * @returns {number[][][]} all of the size of the new one
 */
export function replaced(planes, number, plane) {
  return planes.map((one, n) =>
    n === number ? plane : resized(one, plane.length, plane[0].length),
  );
}

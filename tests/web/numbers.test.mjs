/** How numbers are written. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { amount, by, counted, short } from "../../src/striate/studio/web/numbers.js";

test("four digits that count", () => {
  for (const [value, text] of [
    [0, "0"],
    [-0, "0"],
    [1, "1"],
    [-12.345678, "-12.35"],
    [0.123456, "0.1235"],
    [0.1, "0.1"],
    [99999, "100000"],
    [1234.5, "1235"],
    [0.001, "0.001"],
    [0.00099999, "1.000e-3"],
    [1.23456e-7, "1.235e-7"],
    [-1.23456e10, "-1.235e10"],
    [1e5, "1.000e5"],
    [5e-324, "4.941e-324"],
    [1.7976931348623157e308, "1.798e308"],
  ]) {
    assert.equal(short(value), text);
  }
});

test("what is no number is said", () => {
  for (const value of [null, NaN, Infinity, -Infinity]) assert.equal(short(value), "not finite");
});

test("what is written is near what was meant", () => {
  for (let exponent = -30; exponent < 30; exponent++) {
    const value = -1.23456789 * 10 ** exponent;
    assert.ok(Math.abs(Number(short(value)) / value - 1) < 1e-3);
  }
});

test("counts", () => {
  assert.equal(counted(61706), "61,706");
  assert.equal(counted(0), "0");
  assert.deepEqual([950, 61706, 1.81e9, 1e6, -2500, 0].map(amount), ["950", "61.7 k", "1.81 G", "1 M", "-2.5 k", "0"]);
});

test("sizes", () => {
  assert.equal(by([6, 28, 28]), "6×28×28");
  assert.equal(by([]), "");
});

/** Planes of values as pixels. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { colourTable } from "../../src/striate/studio/web/colours.js";
import { paint, scaleOf } from "../../src/striate/studio/web/maps.js";

/** A canvas that keeps its pixels. */
class FakeCanvas {
  constructor() {
    this.width = 300;
    this.height = 150;
  }

  getContext() {
    return {
      createImageData: (width, height) => ({ data: new Uint8ClampedArray(4 * width * height) }),
      putImageData: (image) => {
        this.pixels = new Uint32Array(image.data.buffer);
      },
    };
  }
}

function painted(values, scale, theme = "light") {
  const canvas = new FakeCanvas();
  paint(canvas, new Float32Array(values), 1, values.length, scale, theme);
  assert.deepEqual([canvas.width, canvas.height], [values.length, 1]);
  return [...canvas.pixels];
}

test("the scale takes in all values, and zero", () => {
  assert.deepEqual(scaleOf([1, 3, 2]), { low: 0, high: 3, signed: false });
  assert.deepEqual(scaleOf([-1, 3]), { low: -3, high: 3, signed: true });
  assert.deepEqual(scaleOf([-4, 3]), { low: -4, high: 4, signed: true });
  assert.deepEqual(scaleOf([]), { low: 0, high: 0, signed: false });
  assert.deepEqual(scaleOf([0, NaN, 2]), { low: 0, high: 2, signed: false });
});

for (const theme of /** @type {const} */ (["light", "dark"])) {
  test(`values of one sign run through the colours (${theme})`, () => {
    const table = colourTable(theme, false);
    const scale = { low: 0, high: 255, signed: false };
    const values = Array.from({ length: 256 }, (_, index) => index);
    assert.deepEqual(painted(values, scale, theme), [...table]);
    assert.deepEqual(painted([-5, 300, 1e30, -1e30], scale, theme), [table[0], table[255], table[255], table[0]]);
  });

  test(`zero is the middle of both signs (${theme})`, () => {
    const table = colourTable(theme, true);
    const scale = scaleOf([-2, 2]);
    const [low, zero, high] = painted([-2, 0, 2], scale, theme);
    assert.deepEqual([low, zero, high], [table[0], table[128], table[255]]);
  });
}

test("what has no place on the scale looks like nothing", () => {
  assert.deepEqual(painted([NaN, 1], { low: 0, high: 1, signed: false }), [
    colourTable("light", false)[0],
    colourTable("light", false)[255],
  ]);
  assert.equal(painted([NaN], { low: -1, high: 1, signed: true })[0], colourTable("light", true)[128]);
  assert.equal(painted([0], scaleOf([0]))[0], colourTable("light", false)[0]);
});

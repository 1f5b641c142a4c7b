import assert from "node:assert/strict";
import { test } from "node:test";

import { Ink } from "../../src/striate/studio/web/look/ink.js";
import { boxOf } from "../../src/striate/studio/web/look/strokes.js";

const SIDE = 12;

/** A canvas whose alpha values are the given ones; notes what is read of it. */
function canvas() {
  const alpha = new Uint8Array(SIDE * SIDE);
  const read = [];
  return {
    alpha,
    read,
    getImageData(left, top, width, height) {
      read.push([left, top, width, height]);
      const data = new Uint8ClampedArray(4 * width * height);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          data[4 * (y * width + x) + 3] = alpha[(top + y) * SIDE + left + x];
        }
      }
      return { data };
    },
  };
}

test("what was painted is read, and nothing else", () => {
  const context = canvas();
  const ink = new Ink(context, SIDE);
  assert.deepEqual([...ink.values], [...context.alpha]);
  assert.deepEqual(context.read, []);
  context.alpha[3 * SIDE + 4] = 200;
  context.alpha[7 * SIDE + 5] = 90;
  ink.paintedIn({ x0: 3.5, y0: 2.2, x1: 4.1, y1: 3.9 });
  ink.paintedIn({ x0: 5, y0: 7, x1: 6, y1: 8 });
  assert.deepEqual([...ink.values], [...context.alpha]);
  assert.deepEqual(context.read, [[3, 2, 3, 6]]);
  assert.deepEqual([...ink.values], [...context.alpha]);
  assert.equal(context.read.length, 1);
});

test("paint beyond the edges is cut off, and all of it can be read again", () => {
  const context = canvas();
  const ink = new Ink(context, SIDE);
  context.alpha.fill(7);
  ink.paintedIn({ x0: -5, y0: 9, x1: 2, y1: 40 });
  assert.equal(ink.values.filter((value) => value === 7).length, 2 * 3);
  assert.deepEqual(context.read, [[0, 9, 2, 3]]);
  ink.paintedAnywhere();
  assert.ok(ink.values.every((value) => value === 7));
});

test("a stroke's box has the pen's width around the points that are new", () => {
  const stroke = { width: 8, erase: false, points: [10, 20, 30, 25, 31, 60] };
  assert.deepEqual(boxOf(stroke), { x0: 5, y0: 15, x1: 36, y1: 65 });
  assert.deepEqual(boxOf(stroke, 2), { x0: 25, y0: 20, x1: 36, y1: 65 });
});

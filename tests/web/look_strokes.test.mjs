// Strokes: undone, redone, and written into an address and back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PAD, Strokes, read, written } from "../../src/striate/studio/web/look/strokes.js";

test("what is written into an address is read from it", () => {
  const strokes = [
    { erase: false, width: 18, points: [0, 0, 223, 223, 222, 1, 100, 100] },
    { erase: true, width: 36, points: [7, 200] },
  ];
  const text = written(strokes);
  assert.match(text, /^[A-Za-z0-9_-]+$/);
  assert.deepEqual(read(text), strokes);
  assert.deepEqual(read(written([])), []);
});

test("a damaged address has no strokes, and none outside the pad", () => {
  for (const text of ["*", "AAAA", "____", "a", "-".repeat(4000)]) {
    for (const { points, width } of read(text)) {
      assert.ok(width >= 1 && width <= PAD);
      assert.ok(points.every((place) => place >= 0 && place < PAD));
    }
  }
});

test("strokes are undone and redone in turn, clearing included", () => {
  const strokes = new Strokes();
  const first = strokes.begin(10, 10, 18, false);
  assert.equal(strokes.extend(first, 10.4, 10.4), false);
  assert.equal(strokes.extend(first, 300, -5), true);
  assert.deepEqual(first.points, [10, 10, PAD - 1, 0]);
  strokes.begin(20, 20, 18, false);
  strokes.clear();
  assert.ok(strokes.empty);
  strokes.undo();
  assert.equal(strokes.shown.length, 2);
  strokes.undo();
  assert.deepEqual(strokes.shown, [first]);
  strokes.redo();
  strokes.redo();
  assert.ok(strokes.empty && !strokes.canRedo);
  strokes.undo();
  strokes.begin(1, 1, 8, true);
  assert.equal(strokes.canRedo, false);
});

/** The train view's drawings: axes, curves, tiles of maps, and what is counted for them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { nearest } from "../../src/striate/studio/web/train/chart.js";
import { ratesOf } from "../../src/striate/studio/web/train/confusion.js";
import { interpolated, letter, linesOf, marksOf, smoothed } from "../../src/striate/studio/web/train/curves.js";
import { newestValidation } from "../../src/striate/studio/web/train/figures.js";
import { stepsOf } from "../../src/striate/studio/web/train/moments.js";
import { layoutOf, valueAt } from "../../src/striate/studio/web/train/mosaic.js";
import { axisOf, roundStep } from "../../src/striate/studio/web/train/scale.js";
import { tilesOf } from "../../src/striate/studio/web/train/tiles.js";

const floats = (...values) => ({ type: "float32", shape: [values.length], data: Float32Array.from(values) });

test("axes end at round numbers and hold every value", () => {
  const axis = axisOf(0.31, 2.37);
  assert.deepEqual([axis.low, axis.high, axis.ticks], [0, 2.5, [0, 0.5, 1, 1.5, 2, 2.5]]);
  assert.equal(axis.share(1.25), 0.5);
  assert.deepEqual(axisOf(0, 57_000, { count: 4, exact: true }).ticks, [0, 20_000, 40_000]);
  assert.deepEqual([0.03, 0.2, 1, 7].map(roundStep), [0.05, 0.2, 1, 10]);
});

test("axes of nothing and of one value are still axes", () => {
  assert.deepEqual(axisOf(Infinity, -Infinity).ticks.at(-1), 1);
  const flat = axisOf(3, 3);
  assert.ok(flat.low < 3 && flat.high > 3);
});

test("a logarithmic axis goes from 1, 2, 5 to 1, 2, 5 times a power of ten", () => {
  const axis = axisOf(0.03, 4, { logarithmic: true });
  assert.deepEqual([axis.low, axis.high], [0.02, 5]);
  assert.ok(axis.ticks.every((tick) => tick >= 0.02 && tick <= 5));
  assert.equal(axis.share(0.02), 0);
  assert.ok(Math.abs(axis.share(5) - 1) < 1e-12);
  assert.ok(Number.isNaN(axis.share(0)));
  assert.ok(axisOf(1e-7, 1, { logarithmic: true }).ticks.length < 9);
});

test("the nearest measurement is found", () => {
  assert.deepEqual([-5, 1, 2.4, 2.6, 99].map((at) => nearest([1, 2, 3], at)), [0, 0, 1, 2, 2]);
  assert.equal(nearest([], 1), -1);
});

const progress = {
  step: 20,
  seconds: 8,
  examples_seen: 100,
  epochs_done: [
    { step: 10, epoch: 1, train_loss: 1, train_accuracy: 0.5, test_loss: null, test_accuracy: null },
    { step: 20, epoch: 2, train_loss: 0.5, train_accuracy: 0.7, test_loss: 0.6, test_accuracy: 0.75 },
  ],
  marks: [
    { step: 0, event: "started", setting: null, value: null, text: "started" },
    { step: 15, event: "changed", setting: "learning_rate", value: 0.05, text: "learning_rate is 0.05" },
  ],
};
const arrays = {
  step: floats(5, 10, 20),
  examples: floats(40, 80, 100),
  seconds: floats(2, 4, 8),
  loss: floats(2, 1.5, 1),
  accuracy: floats(0.1, 0.2, 0.3),
  validation_step: floats(10),
  validation_loss: floats(1.7),
  validation_accuracy: floats(0.6),
};

test("curves run along the examples, also where the batch has changed", () => {
  const [training, validation, tested] = linesOf({ values: progress, arrays }, "loss", "examples");
  assert.deepEqual([...training.x], [40, 80, 100]);
  assert.deepEqual([...training.y], [2, 1.5, 1]);
  assert.deepEqual(validation.x, [80]);
  assert.deepEqual([tested.x, tested.y], [[100], [0.6]]);
});

test("curves and marks run along the time", () => {
  const [training] = linesOf({ values: progress, arrays }, "accuracy", "seconds");
  assert.deepEqual([...training.x], [2, 4, 8]);
  assert.deepEqual(marksOf({ values: progress, arrays }, "seconds"), [{ x: 6, label: "A", text: "learning rate 0.05" }]);
});

test("between measurements lie straight lines, from the beginning to the end", () => {
  const between = (at) => interpolated([10, 20], [100, 150], at, 30, 400);
  assert.deepEqual([0, 5, 10, 15, 25, 99].map(between), [0, 50, 100, 125, 275, 400]);
  assert.deepEqual([0, 25, 26, 27].map(letter), ["A", "Z", "AA", "AB"]);
});

test("a curve is smoothed over what came before, without what is not finite", () => {
  assert.deepEqual([...smoothed(Float32Array.of(1, 3, NaN, 5), 2)], [1, 2, 3, 5]);
  assert.deepEqual([...smoothed(Float32Array.of(1, 3), 1)], [1, 3]);
});

test("the newest validation is shown, of an epoch or the running one", () => {
  assert.equal(newestValidation(progress, arrays), 0.75);
  const later = { ...arrays, validation_step: floats(25) };
  assert.equal(newestValidation(progress, later)?.toFixed(2), "0.60");
  assert.equal(newestValidation({ ...progress, epochs_done: [] }, {}), null);
});

test("moments are ascending, the finished weights among them", () => {
  assert.deepEqual(stepsOf([0, 64, 128], 300), [0, 64, 128, 300]);
  assert.deepEqual(stepsOf([0, 64], 64), [0, 64]);
  assert.deepEqual(stepsOf([], null), []);
});

test("recall and precision are of rows and columns; none where nothing was counted", () => {
  const { recall, precision } = ratesOf([3, 1, 0, 2, 2, 0, 0, 0, 0], ["a", "b", "c"]);
  assert.deepEqual(recall, [0.75, 0.5, null]);
  assert.deepEqual(precision, [0.6, 2 / 3, null]);
});

const part = (shape, array) => ({ shape, array, stride: 1 });

test("kernels stand in a column for each filter, a row for each input", () => {
  const shape = [2, 3, 1, 2];
  const data = Float32Array.from({ length: 12 }, (_, index) => index);
  const tiles = tilesOf(part(shape, "w"), { w: { type: "float32", shape, data } }, true);
  assert.deepEqual([tiles.count, tiles.columns, tiles.height, tiles.width], [6, 2, 1, 2]);
  // Tile 3 is the second filter's kernel for the second input: values 8 and 9 of the array.
  assert.deepEqual([tiles.data[6], tiles.data[7]], [8, 9]);
  assert.equal(tiles.where(3, 0, 1), "filter 1, input 1 at (0, 1)");
});

test("vectors, signals and matrices are single tiles", () => {
  const of = (shape, weights) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b));
    const { count, height, width } = tilesOf(part(shape, "a"), { a: { type: "float32", shape, data } }, weights);
    return [count, height, width];
  };
  assert.deepEqual(of([100], false), [1, 2, 64]);
  assert.deepEqual(of([10], true), [1, 1, 10]);
  assert.deepEqual(of([4, 500], false), [1, 4, 500]);
  assert.deepEqual(of([10, 84], true), [1, 10, 84]);
  assert.deepEqual(of([16, 8, 1, 1], true), [1, 16, 8]);
  assert.deepEqual(of([16, 8, 3], true), [16, 8, 3]);
});

test("what has not been sent takes the room that it will need", () => {
  const sent = tilesOf(part([64, 28, 28], null), {}, false);
  assert.deepEqual([sent.count, sent.height, sent.data.length], [32, 28, 0]);
  assert.equal(tilesOf(part([64, 64, 3, 3], null), {}, true).count, 32 * 16);
});

test("tiles are as large as fits, and the value under the pointer is theirs", () => {
  const data = Float32Array.from({ length: 6 * 16 }, (_, index) => index);
  const shape = [6, 4, 4];
  const tiles = tilesOf(part(shape, "a"), { a: { type: "float32", shape, data } }, false);
  const layout = layoutOf(tiles, 62, 60, 8);
  assert.deepEqual(layout, { columns: 3, rows: 2, zoom: 4, stretch: 1 });
  // Two tiles and their gaps are 40 pixels: 41 lies in the third tile's first column.
  assert.deepEqual(valueAt(tiles, layout, 41, 9), { value: 2 * 16 + 8, where: "channel 2 at (2, 0)" });
  assert.equal(valueAt(tiles, layout, 18, 2), null);
  assert.equal(valueAt(tiles, layout, 500, 2), null);
});

test("a long signal is fitted to the width and drawn tall enough to see", () => {
  const tile = (height, width) => ({ count: 1, height, width, columns: 1, data: [], where: () => "" });
  const signal = layoutOf(tile(16, 1800), 240, 200, 8);
  assert.equal(Math.round(1800 * signal.zoom), 240);
  assert.equal(Math.round(16 * signal.zoom * signal.stretch), 96);
  const vector = layoutOf(tile(1, 10), 240, 200, 8);
  assert.deepEqual([vector.zoom, vector.zoom * vector.stretch], [8, 40]);
  assert.deepEqual(layoutOf(tile(40, 40), 240, 200, 8), { columns: 1, rows: 1, zoom: 5, stretch: 1 });
});

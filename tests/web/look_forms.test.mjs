// How values are laid out: places of units, pages, sizes, numbers in grids, patches.

import assert from "node:assert/strict";
import { test } from "node:test";

import { columnsOf } from "../../src/striate/studio/web/look/curve.js";
import { familiesOf, largest } from "../../src/striate/studio/web/look/families.js";
import {
  arrangementOf,
  indexAt,
  pageOf,
  placeOf,
  sizeOnScreen,
  stripOf,
} from "../../src/striate/studio/web/look/forms.js";
import { gridNumbers, powerWord } from "../../src/striate/studio/web/look/grid_numbers.js";
import { indexOf, patchName, readPatch } from "../../src/striate/studio/web/look/patch.js";
import { scaleFor, spanning } from "../../src/striate/studio/web/look/scales.js";

test("a unit's index and its place on a map are each other's opposites", () => {
  for (const shape of [[5], [4, 9], [3, 6, 7], [2, 4, 6, 7], [2, 3, 4, 6, 7]]) {
    const size = shape.slice(1).reduce((a, b) => a * b, 1);
    for (let flat = 0; flat < size; flat++) {
      let rest = flat;
      const position = [];
      for (const side of shape.slice(1).reverse()) {
        position.unshift(rest % side);
        rest = Math.floor(rest / side);
      }
      const index = [1, ...position];
      const { channel, frame, row, column } = placeOf(shape, index);
      assert.deepEqual(indexAt(shape, channel, frame, row, column), index);
    }
  }
  assert.deepEqual(indexAt([], 0, 0, 0, 0), []);
});

test("pages of large maps have few channels", () => {
  assert.equal(pageOf([64, 112, 112]), 16);
  assert.equal(pageOf([6, 28, 28]), 32);
  assert.equal(pageOf([512, 7, 7]), 64);
  assert.equal(pageOf([1000]), 1024);
});

test("values get whole pixels where there is room", () => {
  assert.deepEqual(sizeOnScreen([6, 28, 28], 84), { width: 84, height: 84 });
  assert.deepEqual(sizeOnScreen([16, 10, 10], 84), { width: 80, height: 80 });
  assert.deepEqual(sizeOnScreen([3, 224, 224], 84), { width: 84, height: 84 });
  assert.deepEqual(sizeOnScreen([512, 1, 1], 84), { width: 28, height: 28 });
  assert.equal(stripOf(10, 84, 550).named, true);
  assert.deepEqual([stripOf(120, 84, 550).lines, stripOf(120, 84, 550).columns], [4, 32]);
});

test("maps stand in as many columns as there is room for, and few in fewer", () => {
  const many = arrangementOf([16, 10, 10], 16, 84, 550);
  assert.deepEqual([many.width, many.height, many.across], [80, 80, 6]);
  assert.equal(many.across * (many.width + 8) - 8 <= 550, true);
  assert.equal(many.total, 2 * many.line + many.top + many.height);
  assert.equal(arrangementOf([2, 10, 10], 2, 84, 550).across, 2);
  assert.equal(arrangementOf([2, 10, 10], 2, 84, 40).across, 1);
  assert.equal(arrangementOf([2, 5000], 2, 672, 300).width, 300);
  const strip = arrangementOf([120], 120, 84, 550);
  assert.deepEqual([strip.across, strip.top, strip.height], [1, 0, strip.total]);
});

test("the colours of a layer span its extremes, those of a network all of them", () => {
  const extremes = { conv: [-2, 1], relu: [0, 5], broken: [null, null] };
  assert.deepEqual(scaleFor("layer", "conv", extremes, [0.5]), spanning(-2, 1));
  assert.deepEqual(scaleFor("unit", "conv", extremes, [0.5]), {
    low: -0.5,
    high: 0.5,
    signed: true,
  });
  assert.deepEqual(scaleFor("unit", "relu", extremes, [0.5]), { low: 0, high: 0.5, signed: false });
  assert.deepEqual(scaleFor("network", "relu", extremes, [0.5]), {
    low: -5,
    high: 5,
    signed: true,
  });
  assert.deepEqual(scaleFor("layer", "broken", extremes, [1, NaN]), {
    low: 0,
    high: 1,
    signed: false,
  });
});

test("numbers of a grid are short and have the same places", () => {
  const weights = gridNumbers([0.1432, -0.0021, 0]);
  assert.deepEqual([0.1432, -0.0021, 0].map(weights.write), [".143", "-.002", "0"]);
  const small = gridNumbers([1.5e-5, -2e-6]);
  assert.equal(powerWord(small.power), " × 10⁻⁵");
  assert.deepEqual([1.5e-5, -2e-6].map(small.write), ["1.50", "-.20"]);
  assert.deepEqual([12.3, 4].map(gridNumbers([12.3, 4]).write), ["12.3", "4.0"]);
  assert.deepEqual([3, -1].map(gridNumbers([3, -1]).write), ["3", "-1"]);
});

const plain = {
  layer: "pool1",
  label: "",
  example: 0,
  first: [2, -1, 4],
  axes: [1, 2],
  step: [2, 1],
  places: null,
  values: [
    [0, 0],
    [1, 2],
  ],
  inside: [
    [false, false],
    [true, true],
  ],
  border: null,
  weights: null,
  terms: [
    [0, 0],
    [1, 2],
  ],
};

test("entries of a patch know where they were read", () => {
  const patch = readPatch(plain);
  assert.deepEqual(patch.shape, [2, 2]);
  assert.deepEqual(
    [0, 1, 2, 3].map((entry) => indexOf(patch, entry)),
    [
      [2, -1, 4],
      [2, -1, 5],
      [2, 1, 4],
      [2, 1, 5],
    ],
  );
  assert.equal(patchName(patch), "pool1[2, -1..1, 4..5]");
  assert.equal(patch.sum, 3);
  const spread = readPatch({
    ...plain,
    places: [
      [0, 3],
      [4, 4],
    ],
  });
  assert.deepEqual(indexOf(spread, 2), [2, 3, 4]);
});

test("patches are shown in grids or lists, the weightiest and the winner first", () => {
  const grid = readPatch(plain);
  const single = readPatch({ ...plain, axes: [], step: [], values: 4, inside: true, terms: 4 });
  const heavy = readPatch({
    ...plain,
    terms: [
      [0, 0],
      [9, 9],
    ],
  });
  const [first, second] = familiesOf([grid, single, heavy]);
  assert.equal(first.form, "grids");
  assert.deepEqual(
    first.patches.map(({ number }) => number),
    [0, 2],
  );
  assert.equal(second.form, "singles");
  assert.deepEqual(
    largest(first.patches, 1, null).map(({ number }) => number),
    [2],
  );
  assert.deepEqual(
    largest(first.patches, 1, 0).map(({ number }) => number),
    [0],
  );
});

test("no peak of a long signal is lost in a narrow curve", () => {
  const values = new Float32Array(9000);
  values[4321] = 7;
  const columns = columnsOf(values, 100);
  assert.equal(columns.length, 100);
  assert.equal(Math.max(...columns.map(({ high }) => high)), 7);
  assert.equal(columnsOf([1, 2, 3], 100).length, 3);
});

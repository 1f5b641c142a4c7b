// The state of the Look view in the address.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  hiddenNames,
  hiddenWord,
  readState,
  writeState,
} from "../../src/striate/studio/web/look/state.js";

const address = (entries) => ({ get: (name) => entries[name] ?? null });
const again = (state) => {
  const entries = Object.entries(writeState(state)).filter(
    ([, value]) => value !== null && value !== "",
  );
  return readState(
    address(Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))),
  );
};

test("an address without a word is how the view begins", () => {
  const first = readState(address({}));
  assert.equal(first.scale, "layer");
  assert.equal(first.show, "rows");
  assert.deepEqual(first.trail, []);
  const words = Object.values(writeState(first)).filter((value) => value !== null && value !== "");
  assert.deepEqual(words, []);
});

test("what is written is read", () => {
  const state = {
    network: "recipe:ecg",
    shape: [3, 64, 64],
    input: { kind: "test", dataset: "folder:a:b", index: 12 },
    trail: [
      { layer: "relu:2", index: [3, 4, 5] },
      { layer: "sum", index: [] },
      { layer: "linear3", index: [7] },
    ],
    map: { layer: "layer1.0.relu:2", channel: 9 },
    scale: "unit",
    zoom: 4,
    hidden: ["relu:2", "pool1"],
    show: "stack",
    turn: [-40.5, 12, 1.3],
  };
  assert.deepEqual(again(state), state);
  for (const input of [
    { kind: "blank" },
    { kind: "upload", id: "a:b" },
    { kind: "drawing", strokes: "JA" },
  ]) {
    assert.deepEqual(again({ ...state, input }).input, input);
  }
});

test("nonsense is as if nothing had been said", () => {
  const state = readState(
    address({
      shape: "3x-1",
      zoom: "99",
      scale: "none",
      unit: "conv1~@1~relu@1,x",
      map: "conv1",
      turn: "1,2",
      input: "test:x:mnist",
      show: "cube",
    }),
  );
  assert.deepEqual(state, readState(address({})));
});

test("all layers hidden is one word", () => {
  assert.deepEqual(hiddenWord(["a", "b"], ["a", "b"]), ["*"]);
  assert.deepEqual(hiddenNames(["*"], ["a", "b"]), new Set(["a", "b"]));
  assert.deepEqual(hiddenWord(["a"], ["a", "b"]), ["a"]);
});

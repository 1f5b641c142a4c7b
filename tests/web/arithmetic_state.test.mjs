// What the arithmetic view writes and reads: numbers, pasted rows, its state in the address.

import assert from "node:assert/strict";
import { test } from "node:test";

const web = new URL("../../src/striate/studio/web/arithmetic/", import.meta.url);
const { factor, figure, numberIn, rounded, rowsIn, written } = await import(new URL("figures.js", web));
const { packed, unpacked } = await import(new URL("packed.js", web));
const kernel = await import(new URL("kernel_state.js", web));
const pooling = await import(new URL("pooling_state.js", web));
const sizes = await import(new URL("size_state.js", web));
const { pasted } = await import(new URL("pasting.js", web));

/** What stands in the address after a state was written into it. */
function address(entries) {
  const hash = new URLSearchParams();
  for (const [name, value] of Object.entries(entries)) if (value !== null) hash.set(name, value);
  const read = new URLSearchParams(hash.toString());
  return (name) => read.get(name);
}

test("whole numbers are written in full, others to six digits", () => {
  assert.deepEqual([15129, -2, 0, -0, 1 / 3, 1e-17].map(figure), ["15129", "−2", "0", "0", "0.333333", "0"]);
  assert.equal(factor(-2), "(−2)");
  assert.equal(rounded(1 / 3), "0.3333");
  assert.equal(written("(7 + 2*1 - 3)/2 + 1 = 4, -0.5 * (-2) + 1e-05"), "(7 + 2·1 − 3)/2 + 1 = 4, −0.5·(−2) + 1e-05");
});

test("numbers are read as people type them", () => {
  const typed = ["3", " -0,5 ", "−2", "1/4", "", "x", "1/0", "1e9"];
  assert.deepEqual(typed.map(numberIn), [3, -0.5, -2, 0.25, 0, null, null, null]);
});

test("rows are read as spreadsheets, programs and people write them", () => {
  const expected = [[1, 2.5], [-3, 4]];
  for (const text of ["1\t2.5\n-3\t4\n", "1 2.5\r\n-3 4", "1;2,5\n-3;4", "[[1, 2.5],\n [-3, 4]]"]) {
    assert.deepEqual(rowsIn(text), expected, text);
  }
  for (const text of ["7", "1 2\n3", "a b", ""]) assert.equal(rowsIn(text), null, text);
});

test("pasting at the first cell replaces the grid, elsewhere it fills in", () => {
  const grid = [[1, 2], [3, 4]];
  assert.deepEqual(pasted(grid, 0, 0, [[5, 6, 7]], [16, 2]), [[5, 6]]);
  assert.deepEqual(pasted(grid, 1, 1, [[9, 9], [9, 9]], [16, 16]), [[1, 2], [3, 9]]);
});

test("grids of every depth come back from the address", () => {
  const grids = [[[1, 2, 3], 1], [[[1, 0], [12, -0.5]], 2], [[[[1]], [[2]]], 3], [[[[[1, 2]], [[3, -4]]], [[[5, 6]], [[7, 8]]]], 4]];
  for (const [grid, depth] of grids) {
    const text = packed(grid);
    assert.equal(new URLSearchParams({ x: text }).toString(), `x=${text}`, "nothing is escaped");
    assert.deepEqual(unpacked(text, depth), grid);
  }
  assert.equal(packed([[1, 1, 0], [0, 1, 1]]), "d110*011");
  for (const text of [null, "", "dab", "1_x"]) assert.equal(unpacked(text, 1), null);
});

test("a kernel's state comes back from the address", () => {
  const preset = {
    id: "one",
    parameters: { input: [[1, 2], [3, 4]], kernel: [[1]], padding: [[1, 0], [2, 3]], relu: true },
  };
  const state = kernel.ofPreset(preset);
  assert.deepEqual(kernel.fromAddress(address(kernel.toAddress(state)), [preset]), state);
  const own = { ...state, preset: null, stride: [2, 1], boundary: "constant", value: -1.5, bias: [0.25], operation: "both", at: [1, 10] };
  assert.deepEqual(kernel.fromAddress(address(kernel.toAddress(own)), [preset]), own);
  assert.equal(kernel.toAddress(state).x, null, "an example's numbers are not repeated");
  assert.equal(kernel.fromAddress(address({ x: "1_2*3", k: "1" }), []), null);
  assert.equal(kernel.fromAddress(() => null, []), null);
});

test("a signal is asked as one axis, an image with channels as it is", () => {
  const signal = kernel.ofPreset({ id: "s", parameters: { input: [1, 2, 3], kernel: [1, -1] } });
  const asked = kernel.asked({ ...signal, padding: "sides", sides: [[0, 0], [1, 2]] }, "convolution");
  assert.deepEqual(asked.input, [[1, 2, 3]]);
  assert.deepEqual(asked.kernel, [[[1, -1]]]);
  assert.deepEqual([asked.stride, asked.padding, asked.operation], [[1], [[1, 2]], "convolution"]);
  const colours = kernel.asked(kernel.colourExample(), "correlation");
  assert.deepEqual([colours.input.length, colours.kernel.length, colours.kernel[0].length], [3, 2, 3]);
});

test("a pooling's state comes back from the address", () => {
  const preset = { id: "p", parameters: { input: [[1]], kernel: [1, 1], stride: [1, 1] }, answer: { method: "lppool" } };
  const state = { ...pooling.ofPreset(preset), seed: 3, p: 4.5, at: [0, 1] };
  assert.deepEqual(pooling.fromAddress(address(pooling.toAddress(state)), [preset]), state);
  const own = { ...state, preset: null, input: [[1, -2]], sides: [[0, 1], [0, 0]], sigma: 0.7, a: 0 };
  assert.deepEqual(pooling.fromAddress(address(pooling.toAddress(own)), []), own);
});

test("a chain of layers comes back from the address", () => {
  const layers = [
    sizes.layerOf("conv", { filters: 6, kernel: [5, 3], padding: [[0, 1], [2, 2]], bias: false }),
    sizes.layerOf("pool", { ceil_mode: true, padding: "same" }),
    sizes.layerOf("transposed", { filters: 2, output_padding: [1] }),
    sizes.layerOf("flatten", { stride: [1] }),
    sizes.layerOf("linear", { filters: 7 }),
  ];
  const state = { input: [3, 32, 32], batch: 4, layers, preset: null };
  const found = sizes.fromAddress(address(sizes.toAddress(state)), []);
  assert.deepEqual(sizes.asked(found), sizes.asked(state));
  assert.equal(sizes.toAddress(state).l.split("*")[0], "c6.k5x3.p0_1x2.b0");
  assert.equal(sizes.fromAddress(address({ in: "3x0", l: "c" }), []), null);
  assert.equal(sizes.fromAddress(address({ in: "3x9", l: "zebra" }), []), null);
});

test("paddings are read as they are written", () => {
  assert.deepEqual(sizes.paddingIn("1"), [[1, 1]]);
  assert.deepEqual(sizes.paddingIn("0+1 x 2"), [[0, 1], [2, 2]]);
  assert.equal(sizes.paddingIn("Same"), "same");
  for (const text of ["", "-1", "1x", "1x2x3x4", "most"]) assert.equal(sizes.paddingIn(text), null);
  assert.equal(sizes.paddingText([[1, 1], [1, 1]]), "1");
  assert.deepEqual(sizes.sizesIn("3×5", 1), [3, 5]);
  for (const text of ["0", "", "2.5", "a"]) assert.equal(sizes.sizesIn(text, 1), null);
});

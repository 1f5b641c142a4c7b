/** Colour maps that the colour-blind can read, in which nothing looks like the ground. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { colourTable, gradient } from "../../src/striate/studio/web/colours.js";

const themes = /** @type {const} */ (["light", "dark"]);

/** Red, green, blue and opacity from a pixel as `ImageData` keeps it. */
const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255, pixel >>> 24];

/** Relative luminance (WCAG 2.2). */
function luminance(pixel) {
  const [red, green, blue] = parts(pixel)
    .slice(0, 3)
    .map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

for (const theme of themes) {
  test(`every colour is opaque (${theme})`, () => {
    for (const signed of [true, false]) {
      const table = colourTable(theme, signed);
      assert.equal(table.length, 256);
      assert.ok([...table].every((pixel) => parts(pixel)[3] === 255));
    }
  });

  test(`lightness runs one way for values of one sign (${theme})`, () => {
    const lightness = [...colourTable(theme, false)].map(luminance);
    const way = theme === "dark" ? 1 : -1;
    for (let index = 1; index < 256; index++) {
      assert.ok(way * (lightness[index] - lightness[index - 1]) >= 0, `at ${index}`);
    }
    assert.ok(Math.abs(lightness[255] - lightness[0]) > 0.7);
  });

  test(`lightness runs away from zero for both signs (${theme})`, () => {
    const lightness = [...colourTable(theme, true)].map(luminance);
    const way = theme === "dark" ? 1 : -1;
    for (let index = 129; index < 256; index++) {
      assert.ok(way * (lightness[index] - lightness[index - 1]) >= -1e-3, `at ${index}`);
      assert.ok(way * (lightness[255 - index] - lightness[256 - index]) >= -1e-3, `at ${255 - index}`);
    }
  });

  test(`both signs are told apart without red and green (${theme})`, () => {
    // Blue is what a person without either of these cones still sees.
    const table = colourTable(theme, true);
    for (const [low, high] of [[0, 255], [60, 195]]) {
      const [negative, positive] = [parts(table[low])[2], parts(table[high])[2]];
      assert.ok(negative - positive > 60, `${low}: ${negative}, ${high}: ${positive}`);
    }
  });
}

test("a table is made once", () => {
  assert.equal(colourTable("light", true), colourTable("light", true));
  assert.notEqual(colourTable("light", true), colourTable("dark", true));
});

test("a gradient runs through the colours of the table, from the least to the largest", () => {
  for (const theme of themes) {
    for (const signed of [true, false]) {
      const table = colourTable(theme, signed);
      const found = gradient(theme, signed).match(/rgb\([^)]*\)/g) ?? [];
      assert.equal(found.length, 5);
      found.forEach((colour, number) => {
        const pixel = table[Math.round((255 * number) / 4)];
        const wanted = parts(pixel).slice(0, 3);
        const shown = (colour.match(/\d+/g) ?? []).map(Number);
        shown.forEach((part, which) => assert.ok(Math.abs(part - wanted[which]) <= 2));
      });
    }
  }
});

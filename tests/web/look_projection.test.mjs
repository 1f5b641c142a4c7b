// Where the stack's points are on the screen, against CSS's own matrices multiplied out.

import assert from "node:assert/strict";
import { test } from "node:test";

import { project } from "../../src/striate/studio/web/look/projection.js";

const multiply = (a, b) =>
  a.map((row) =>
    b[0].map((_, column) => row.reduce((sum, value, k) => sum + value * b[k][column], 0)),
  );
const [cos, sin] = [(d) => Math.cos((d * Math.PI) / 180), (d) => Math.sin((d * Math.PI) / 180)];
const turnX = (d) => [
  [1, 0, 0, 0],
  [0, cos(d), -sin(d), 0],
  [0, sin(d), cos(d), 0],
  [0, 0, 0, 1],
];
const turnY = (d) => [
  [cos(d), 0, sin(d), 0],
  [0, 1, 0, 0],
  [-sin(d), 0, cos(d), 0],
  [0, 0, 0, 1],
];
const move = (y) => [
  [1, 0, 0, 0],
  [0, 1, 0, y],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];
const size = (s) => [
  [s, 0, 0, 0],
  [0, s, 0, 0],
  [0, 0, s, 0],
  [0, 0, 0, 1],
];
const perspective = (p) => [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, -1 / p, 1],
];

test("points are where the browser's matrices put them", () => {
  for (const [tilt, spin, zoom, pan] of [
    [-32, -24, 1, 0],
    [10, 170, 2, 55],
    [-90, 0, 0.5, -20],
    [0, 0, 1, 0],
  ]) {
    const matrix = [perspective(1600), move(pan), size(zoom), turnX(tilt), turnY(spin)].reduce(
      multiply,
    );
    for (const point of [
      [0, 0, 0],
      [120, -80, 40],
      [-200, 300, -90],
    ]) {
      const [x, y, , w] = multiply(
        matrix,
        [...point, 1].map((value) => [value]),
      ).map(([value]) => value);
      const found = project(point, { tilt, spin, zoom, pan, perspective: 1600 });
      assert.ok(Math.abs(found.x - x / w) < 1e-9 && Math.abs(found.y - y / w) < 1e-9);
    }
  }
});

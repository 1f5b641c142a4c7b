/** Binary frames; test_modules.py holds them against those of the studio's own code. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, encode } from "../../src/striate/studio/web/source/frame.js";

const arrays = {
  maps: { type: "float32", shape: [2, 3], data: new Float32Array([1, -2.5, 0, 1e-8, 3e8, -0]) },
  image: { type: "uint8", shape: [5], data: new Uint8Array([0, 1, 127, 128, 255]) },
  index: { type: "int32", shape: [1, 2], data: new Int32Array([-1, 2 ** 31 - 1]) },
  none: { type: "float32", shape: [0, 4], data: new Float32Array(0) },
  one: { type: "float32", shape: [], data: new Float32Array([7]) },
};

test("what is encoded is decoded", () => {
  const head = { id: 3, parameters: { name: "größer 😀", value: 0.1 } };
  const got = decode(encode(head, arrays));
  assert.deepEqual(got.head, head);
  assert.deepEqual(got.arrays, arrays);
});

test("the layout by hand", () => {
  const bytes = new Uint8Array(encode({ id: 1 }, { a: { type: "uint8", shape: [1], data: new Uint8Array([9]) } }));
  const size = new DataView(bytes.buffer).getUint32(0, true);
  assert.equal(size % 4, 0);
  assert.equal(
    new TextDecoder().decode(bytes.subarray(4, 4 + size)).trimEnd(),
    '{"id":1,"arrays":[{"name":"a","type":"uint8","shape":[1]}]}',
  );
  assert.deepEqual([...bytes.subarray(4 + size)], [9, 0, 0, 0]);
});

test("an array that is a part of another is sent as that part", () => {
  const whole = new Float32Array([1, 2, 3, 4]);
  const part = { type: "float32", shape: [2], data: whole.subarray(1, 3) };
  assert.deepEqual([...decode(encode({}, { part })).arrays.part.data], [2, 3]);
});

test("decoded arrays share the message's memory", () => {
  const message = encode({}, arrays);
  assert.equal(decode(message).arrays.maps.data.buffer, message);
});

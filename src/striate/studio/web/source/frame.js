// @ts-check
/** The binary form of a message with arrays; the studio's frames.py says how it is laid out. */

/** @typedef {import("./source.js").Tensors} Tensors */

const TYPES = { float32: Float32Array, uint8: Uint8Array, int32: Int32Array };

/** @param {number} length */
const padded = (length) => length + ((4 - (length % 4)) % 4);

/**
 * @param {object} head
 * @param {Tensors} arrays
 * @returns {ArrayBuffer}
 */
export function encode(head, arrays) {
  const described = Object.entries(arrays).map(([name, { type, shape }]) => ({ name, type, shape }));
  let text = new TextEncoder().encode(JSON.stringify({ ...head, arrays: described }));
  const length = padded(text.length);
  const total = Object.values(arrays).reduce((sum, one) => sum + padded(one.data.byteLength), 0);
  const bytes = new Uint8Array(4 + length + total);
  new DataView(bytes.buffer).setUint32(0, length, true);
  bytes.fill(0x20, 4, 4 + length);
  bytes.set(text, 4);
  let place = 4 + length;
  for (const { data } of Object.values(arrays)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), place);
    place += padded(data.byteLength);
  }
  return bytes.buffer;
}

/**
 * @param {ArrayBuffer} message
 * @returns {{ head: any, arrays: Tensors }} the arrays share the message's memory
 */
export function decode(message) {
  const length = new DataView(message).getUint32(0, true);
  const { arrays: described, ...head } = JSON.parse(
    new TextDecoder().decode(new Uint8Array(message, 4, length)),
  );
  /** @type {Tensors} */
  const arrays = {};
  let place = 4 + length;
  for (const { name, type, shape } of described) {
    const count = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    const kind = TYPES[/** @type {keyof typeof TYPES} */ (type)];
    const data = new kind(message, place, count);
    arrays[name] = { type, shape, data };
    place += padded(data.byteLength);
  }
  return { head, arrays };
}

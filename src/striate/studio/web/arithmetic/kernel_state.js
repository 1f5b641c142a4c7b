// @ts-check
/** What is chosen for the moving kernel, and how it stands in the address and in a request. */

import { packed, pair, unpacked } from "./packed.js";

/**
 * @typedef {"signal" | "image" | "channels"} Form
 * @typedef {[number, number]} Pair down and across; of a signal only the second counts
 *
 * @typedef {object} KernelState
 * @property {Form} form
 * @property {number[][][]} input (channel, row, column); a signal has one row
 * @property {number[][][][]} kernel (filter, channel, row, column)
 * @property {number[]} bias one a filter
 * @property {Pair} stride
 * @property {Pair} dilation
 * @property {"valid" | "same" | "full" | "sides"} padding
 * @property {[Pair, Pair]} sides rows before and after, columns before and after
 * @property {string} boundary
 * @property {number} value
 * @property {"correlation" | "convolution" | "both"} operation
 * @property {boolean} relu
 * @property {number} filter which filter is shown
 * @property {Pair} at the output that is explained
 * @property {string | null} preset as long as nothing was changed
 */

export const MOST = { places: 16, taps: 7, channels: 4, filters: 4 };

/** @type {Omit<KernelState, "form" | "input" | "kernel" | "bias">} */
const PLAIN = {
  stride: [1, 1],
  dilation: [1, 1],
  padding: "valid",
  sides: [
    [0, 0],
    [0, 0],
  ],
  boundary: "zeros",
  value: 0,
  operation: "correlation",
  relu: false,
  filter: 0,
  at: [0, 0],
  preset: null,
};

/**
 * @param {any} preset
 * @returns {KernelState}
 */
export function ofPreset(preset) {
  const { input, kernel, padding, bias, relu = false } = preset.parameters;
  const depth = /** @type {any} */ (input)[0];
  const form = !Array.isArray(depth) ? "signal" : Array.isArray(depth[0]) ? "channels" : "image";
  const filters = form === "channels" ? kernel : form === "image" ? [[kernel]] : [[[kernel]]];
  const planes = form === "channels" ? input : form === "image" ? [input] : [[input]];
  return structuredClone({
    ...PLAIN,
    form,
    input: planes,
    kernel: filters,
    bias: bias ?? filters.map(() => 0),
    padding: padding ? "sides" : "valid",
    sides: padding?.length === 2 ? padding : [[0, 0], padding?.[0] ?? [0, 0]],
    relu,
    preset: preset.id,
  });
}

/** @returns {KernelState} three channels and two filters: one adds them up, one finds red edges */
export function colourExample() {
  const plane = (/** @type {number[]} */ columns) => Array.from({ length: 5 }, () => [...columns]);
  const taps = (/** @type {number[]} */ columns) => Array.from({ length: 3 }, () => [...columns]);
  const nothing = [0, 0, 0];
  return structuredClone({
    ...PLAIN,
    form: /** @type {const} */ ("channels"),
    input: [plane([2, 2, 0, 0, 0]), plane([0, 0, 1, 1, 0]), plane([1, 0, 0, 2, 2])],
    kernel: [
      [taps([0, 1, 0]), taps([0, 1, 0]), taps([0, 1, 0])],
      [taps([1, 0, -1]), taps(nothing), taps(nothing)],
    ],
    bias: [0, 1],
  });
}

/**
 * @param {KernelState} state
 * @param {"correlation" | "convolution"} operation
 * @returns {object} the parameters of `arithmetic.slide`
 */
export function asked(state, operation) {
  const flat = state.form === "signal";
  /** @param {[any, any]} pair */
  const axes = (pair) => (flat ? [pair[1]] : pair);
  return {
    input: flat ? state.input.map((plane) => plane[0]) : state.input,
    kernel: flat ? state.kernel.map((f) => f.map((plane) => plane[0])) : state.kernel,
    bias: state.bias,
    stride: axes(state.stride),
    dilation: axes(state.dilation),
    padding: state.padding === "sides" ? axes(state.sides) : state.padding,
    boundary: state.boundary,
    value: state.boundary === "constant" ? state.value : 0,
    operation,
    relu: state.relu,
  };
}

const FORMS = /** @type {const} */ ({ s: "signal", i: "image", c: "channels" });
const OPERATIONS = /** @type {const} */ ({ r: "correlation", c: "convolution", b: "both" });

/**
 * @param {KernelState} state
 * @returns {Record<string, string | null>} entries of the address; null for what is as usual
 */
export function toAddress(state) {
  const kept = state.preset !== null;
  /**
   * @param {import("./packed.js").Nested} value
   * @param {import("./packed.js").Nested} usual
   */
  const unless = (value, usual) =>
    kept || JSON.stringify(value) === JSON.stringify(usual) ? null : packed(value);
  return {
    preset: state.preset,
    form: kept ? null : state.form[0],
    x: kept ? null : packed(state.input),
    k: kept ? null : packed(state.kernel),
    bias: unless(state.bias, state.bias.map(() => 0)),
    s: unless(state.stride, [1, 1]),
    d: unless(state.dilation, [1, 1]),
    pad: kept
      ? null
      : state.padding === "sides"
        ? packed(state.sides)
        : state.padding === "valid"
          ? null
          : state.padding,
    edge: kept || state.boundary === "zeros" ? null : state.boundary,
    v: kept || state.value === 0 ? null : String(state.value),
    relu: kept || !state.relu ? null : "1",
    op: state.operation === "correlation" ? null : state.operation === "both" ? "b" : "c",
    f: state.filter === 0 ? null : String(state.filter + 1),
    at: state.at[0] === 0 && state.at[1] === 0 ? null : packed(state.at),
  };
}

/**
 * @param {(name: string) => string | null} get what stands in the address
 * @param {any[]} presets
 * @returns {KernelState | null} null where nothing whole stands there
 */
export function fromAddress(get, presets) {
  const preset = presets.find((one) => one.id === get("preset"));
  const state = preset ? ofPreset(preset) : written(get);
  if (!state) return null;
  state.operation = pick(OPERATIONS, get("op"), "correlation");
  state.filter = Math.min(Math.max(Number(get("f") ?? 1) - 1 || 0, 0), state.kernel.length - 1);
  state.at = pair(unpacked(get("at"), 1), 0) ?? [0, 0];
  return state;
}

/**
 * @param {(name: string) => string | null} get
 * @returns {KernelState | null}
 */
function written(get) {
  const form = /** @type {Form} */ (pick(FORMS, get("form"), "image"));
  const input = unpacked(get("x"), 3);
  const kernel = unpacked(get("k"), 4);
  if (!even(input) || !even(kernel) || kernel[0].length !== input.length) return null;
  const pad = get("pad");
  const named = pad === "same" || pad === "full";
  const sides = named || !pad ? null : unpacked(pad, 2);
  const bias = unpacked(get("bias"), 1);
  return structuredClone({
    ...PLAIN,
    form,
    input,
    kernel,
    bias: bias?.length === kernel.length ? bias : kernel.map(() => 0),
    stride: pair(unpacked(get("s"), 1), 1) ?? PLAIN.stride,
    dilation: pair(unpacked(get("d"), 1), 1) ?? PLAIN.dilation,
    padding: named ? /** @type {"same" | "full"} */ (pad) : sides ? "sides" : "valid",
    sides: sides?.every((/** @type {any} */ one) => pair(one, 0)) ? sides : PLAIN.sides,
    boundary: get("edge") ?? "zeros",
    value: Number(get("v") ?? 0) || 0,
    relu: get("relu") === "1",
  });
}

/**
 * @template {Record<string, string>} T
 * @param {T} known
 * @param {string | null} letter
 * @param {T[keyof T]} usual
 * @returns {T[keyof T]}
 */
function pick(known, letter, usual) {
  return letter !== null && letter in known ? /** @type {T[keyof T]} */ (known[letter]) : usual;
}

/**
 * @param {any} grid
 * @returns {boolean} whether it is one, and none of its rows is longer than another
 */
function even(grid) {
  if (!Array.isArray(grid)) return false;
  if (!Array.isArray(grid[0])) return true;
  return grid.every((part) => part?.length === grid[0].length && even(part));
}

/**
 * @param {number[][]} plane
 * @param {number} rows
 * @param {number} columns
 * @returns {number[][]} cut, or with zeros added
 */
export function resized(plane, rows, columns) {
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => plane[r]?.[c] ?? 0),
  );
}

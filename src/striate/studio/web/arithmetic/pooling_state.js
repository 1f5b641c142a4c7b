// @ts-check
/** What is chosen for the poolings, and how it stands in the address and in a request. */

import { packed, pair, unpacked } from "./packed.js";

/**
 * @typedef {[number, number]} Pair
 *
 * @typedef {object} PoolingState
 * @property {number[][]} input
 * @property {Pair} kernel
 * @property {Pair} stride
 * @property {[Pair, Pair]} sides the padding: rows before and after, columns before and after
 * @property {number} p of Lp pooling
 * @property {number | null} sigma of the Gaussian window; null for a quarter of the window
 * @property {number} a of mixed pooling
 * @property {number | null} seed of chance, null without chance
 * @property {string} method the pooling that is explained
 * @property {Pair} at the place of its output
 * @property {string | null} preset as long as nothing was changed
 */

/** @type {Omit<PoolingState, "input">} */
const PLAIN = {
  kernel: [2, 2],
  stride: [2, 2],
  sides: [
    [0, 0],
    [0, 0],
  ],
  p: 3,
  sigma: null,
  a: 0.5,
  seed: null,
  method: "maxpool",
  at: [0, 0],
  preset: null,
};

/**
 * @param {import("./preset_bar.js").Preset} preset
 * @returns {PoolingState}
 */
export function ofPreset({ id, parameters, answer }) {
  const { input, kernel, stride } = parameters;
  const method = answer.method ?? "maxpool";
  return structuredClone({ ...PLAIN, input, kernel, stride, method, preset: id });
}

/**
 * @param {PoolingState} state
 * @returns {Record<string, unknown>} the parameters of `arithmetic.pool`
 */
export function asked({ input, kernel, stride, sides, p, sigma, a, seed }) {
  return { input, kernel, stride, padding: sides, p, sigma, a, seed };
}

/**
 * @param {PoolingState} state
 * @returns {Record<string, string | null>}
 */
export function toAddress(state) {
  const kept = state.preset !== null;
  /** @param {keyof PoolingState & keyof typeof PLAIN} name */
  const number = (name) => (state[name] === PLAIN[name] ? null : String(state[name]));
  return {
    preset: state.preset,
    x: kept ? null : packed(state.input),
    k: kept ? null : packed(state.kernel),
    s: kept ? null : packed(state.stride),
    pad: kept || state.sides.flat().every((side) => side === 0) ? null : packed(state.sides),
    p: number("p"),
    sigma: number("sigma"),
    a: number("a"),
    seed: number("seed"),
    method: state.method,
    at: packed(state.at),
  };
}

/**
 * @param {(name: string) => string | null} get what stands in the address
 * @param {import("./preset_bar.js").Preset[]} presets
 * @returns {PoolingState | null} null where nothing whole stands there
 */
export function fromAddress(get, presets) {
  const preset = presets.find((one) => one.id === get("preset"));
  const state = preset ? ofPreset(preset) : written(get);
  if (!state) return null;
  /** @param {string} name @param {number} least */
  const number = (name, least) => {
    const text = get(name);
    const value = text === null ? NaN : Number(text);
    return Number.isFinite(value) && value >= least ? value : null;
  };
  return {
    ...state,
    p: number("p", 1e-3) ?? PLAIN.p,
    sigma: number("sigma", 1e-3),
    a: Math.min(number("a", 0) ?? PLAIN.a, 1),
    seed: number("seed", 0),
    method: get("method") ?? state.method,
    at: pair(unpacked(get("at"), 1), 0) ?? [0, 0],
  };
}

/**
 * @param {(name: string) => string | null} get
 * @returns {PoolingState | null}
 */
function written(get) {
  const input = unpacked(get("x"), 2);
  const kernel = pair(unpacked(get("k"), 1), 1);
  const stride = pair(unpacked(get("s"), 1), 1);
  if (!input || !kernel || !stride) return null;
  if (input.some((/** @type {number[]} */ row) => row.length !== input[0].length)) return null;
  const sides = unpacked(get("pad"), 2);
  const whole = sides?.length === 2 && sides.every((/** @type {any} */ one) => pair(one, 0));
  return structuredClone({
    ...PLAIN,
    input,
    kernel,
    stride,
    sides: whole ? sides : PLAIN.sides,
  });
}

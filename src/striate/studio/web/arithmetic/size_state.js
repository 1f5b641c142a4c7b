// @ts-check
/** A chain of layers as it is written in fields and in the address, and as the studio is asked. */

/**
 * @typedef {"conv" | "pool" | "transposed" | "flatten" | "linear"} Kind
 * @typedef {number[][] | "same" | "valid" | "full"} Padding
 *
 * @typedef {object} Layer
 * @property {Kind} kind
 * @property {number} filters
 * @property {number[]} kernel one number for every axis, or one an axis
 * @property {number[]} stride
 * @property {Padding} padding of each axis (before, after), or a name
 * @property {number[]} dilation
 * @property {number[]} output_padding
 * @property {boolean} ceil_mode
 * @property {boolean} bias
 *
 * @typedef {{ input: number[], batch: number, layers: Layer[], preset: string | null }} SizeState
 */

/** What each kind of layer is asked, besides its kind. */
export const ASKED = /** @type {const} */ ({
  conv: ["filters", "kernel", "stride", "padding", "dilation", "bias"],
  pool: ["kernel", "stride", "padding", "dilation", "ceil_mode"],
  transposed: ["filters", "kernel", "stride", "padding", "dilation", "output_padding", "bias"],
  flatten: [],
  linear: ["filters", "bias"],
});

const LETTERS = /** @type {const} */ ({
  c: "conv",
  m: "pool",
  t: "transposed",
  f: "flatten",
  l: "linear",
});

/**
 * @param {Kind} kind
 * @param {Partial<Layer>} [given]
 * @returns {Layer}
 */
export function layerOf(kind, given = {}) {
  const pool = kind === "pool";
  return {
    filters: kind === "linear" ? 10 : 1,
    kernel: [pool ? 2 : 3],
    stride: [pool || kind === "transposed" ? 2 : 1],
    padding: [[0, 0]],
    dilation: [1],
    output_padding: [0],
    ceil_mode: false,
    bias: true,
    ...given,
    kind,
  };
}

/**
 * @param {import("./preset_bar.js").Preset} preset
 * @returns {SizeState}
 */
export function ofPreset({ id, parameters }) {
  const { input, batch = 1, layers } = parameters;
  const plain = { stride: [1], padding: [[0, 0]] };
  return structuredClone({
    input,
    batch,
    layers: layers.map((/** @type {any} */ one) => layerOf(one.kind, { ...plain, ...one })),
    preset: id,
  });
}

/**
 * @param {SizeState} state
 * @returns {object} the parameters of `arithmetic.size`
 */
export function asked({ input, batch, layers }) {
  const axes = input.length - 1;
  return {
    input,
    batch,
    layers: layers.map((layer) => ({
      kind: layer.kind,
      ...Object.fromEntries(ASKED[layer.kind].map((name) => [name, layer[name]])),
      ...("padding" in Object.fromEntries(ASKED[layer.kind].map((name) => [name, 1]))
        ? { padding: everyAxis(layer.padding, axes) }
        : {}),
    })),
  };
}

/**
 * @param {Padding} padding
 * @param {number} axes
 * @returns {Padding} one pair an axis where one is given for all
 */
function everyAxis(padding, axes) {
  if (typeof padding === "string" || padding.length !== 1) return padding;
  return Array.from({ length: axes }, () => padding[0]);
}

/**
 * @param {number[]} sizes
 * @returns {string} 5x5, or 5 where one number goes for every axis
 */
export function sizesText(sizes) {
  return sizes.join("x");
}

/**
 * @param {string} text
 * @param {number} least
 * @returns {number[] | null} what stands there, 5 or 3x5
 */
export function sizesIn(text, least) {
  const found = text.trim().split(/\s*[x×*]\s*/).map((one) => (/^\d+$/.test(one) ? Number(one) : -1));
  return found.length <= 3 && found.every((n) => n >= least && n <= 100000) ? found : null;
}

/**
 * @param {Padding} padding
 * @returns {string} 1, 1x2, 0_1 (before and after), same
 */
export function paddingText(padding) {
  if (typeof padding === "string") return padding;
  const sides = padding.map(([before, after]) => (before === after ? `${before}` : `${before}_${after}`));
  return new Set(sides).size === 1 ? sides[0] : sides.join("x");
}

/**
 * @param {string} text
 * @returns {Padding | null}
 */
export function paddingIn(text) {
  const given = text.trim().toLowerCase();
  if (given === "same" || given === "valid" || given === "full") return given;
  const found = given.split(/\s*[x×*]\s*/).map((side) => {
    const parts = /^(\d{1,5})(?:[_+,](\d{1,5}))?$/.exec(side);
    return parts ? [Number(parts[1]), Number(parts[2] ?? parts[1])] : null;
  });
  return found.length <= 3 && !found.includes(null) ? /** @type {number[][]} */ (found) : null;
}

/**
 * @param {SizeState} state
 * @returns {Record<string, string | null>}
 */
export function toAddress({ input, batch, layers, preset }) {
  if (preset !== null) return { preset, in: null, n: null, l: null };
  return {
    preset: null,
    in: sizesText(input),
    n: batch === 1 ? null : String(batch),
    l: layers.map(layerText).join("*"),
  };
}

/**
 * @param {Layer} layer
 * @returns {string} c6.k5x5.s2.p1
 */
function layerText(layer) {
  const names = /** @type {readonly string[]} */ (ASKED[layer.kind]);
  const letter = Object.entries(LETTERS).find(([, kind]) => kind === layer.kind)?.[0] ?? "c";
  /** @param {string} name @param {string} key @param {string} text @param {string} usual */
  const part = (name, key, text, usual) =>
    names.includes(name) && text !== usual ? [`${key}${text}`] : [];
  return [
    letter + (names.includes("filters") ? layer.filters : ""),
    ...part("kernel", "k", sizesText(layer.kernel), ""),
    ...part("stride", "s", sizesText(layer.stride), "1"),
    ...part("padding", "p", paddingText(layer.padding), "0"),
    ...part("dilation", "d", sizesText(layer.dilation), "1"),
    ...part("output_padding", "o", sizesText(layer.output_padding), "0"),
    ...part("ceil_mode", "u", layer.ceil_mode ? "1" : "", ""),
    ...part("bias", "b", layer.bias ? "" : "0", ""),
  ].join(".");
}

/**
 * @param {(name: string) => string | null} get
 * @param {import("./preset_bar.js").Preset[]} presets
 * @returns {SizeState | null} null where nothing whole stands there
 */
export function fromAddress(get, presets) {
  const preset = presets.find((one) => one.id === get("preset"));
  if (preset) return ofPreset(preset);
  const input = (get("in") ?? "").split("x").map(Number);
  if (input.length > 4 || !input.every((n) => Number.isInteger(n) && n > 0)) return null;
  const layers = (get("l") ?? "").split("*").filter(Boolean).map(layerIn);
  if (layers.includes(null)) return null;
  const batch = Number(get("n") ?? 1);
  return {
    input,
    batch: Number.isInteger(batch) && batch > 0 ? batch : 1,
    layers: /** @type {Layer[]} */ (layers),
    preset: null,
  };
}

/**
 * @param {string} text
 * @returns {Layer | null}
 */
function layerIn(text) {
  const [head, ...parts] = text.split(".");
  const kind = LETTERS[/** @type {keyof typeof LETTERS} */ (head[0])];
  if (!kind) return null;
  const layer = layerOf(kind, { stride: [1], filters: Number(head.slice(1)) || 1 });
  for (const part of parts) {
    const [key, value] = [part[0], part.slice(1)];
    if (key === "k") layer.kernel = sizesIn(value, 1) ?? layer.kernel;
    if (key === "s") layer.stride = sizesIn(value, 1) ?? layer.stride;
    if (key === "p") layer.padding = paddingIn(value) ?? layer.padding;
    if (key === "d") layer.dilation = sizesIn(value, 1) ?? layer.dilation;
    if (key === "o") layer.output_padding = sizesIn(value, 0) ?? layer.output_padding;
    if (key === "u") layer.ceil_mode = value === "1";
    if (key === "b") layer.bias = value !== "0";
  }
  return layer;
}

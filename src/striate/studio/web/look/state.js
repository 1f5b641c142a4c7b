// @ts-check
/** What of the Look view stands in the address, and how. */

import { FIRST_ZOOM, SIDES } from "./forms.js";

/**
 * What the network is given. `strokes` is what `written` makes of a drawing.
 *
 * @typedef {{ kind: "drawing", strokes: string }
 *   | { kind: "test", dataset: string, index: number }
 *   | { kind: "upload", id: string }
 *   | { kind: "blank" }} Input
 *
 * @typedef {{ layer: string, index: number[] }} Unit
 *
 * @typedef {object} State
 * @property {string | null} network
 * @property {number[] | null} shape of the input, where it is another than the network's own
 * @property {Input | null} input
 * @property {Unit[]} trail the units one came by; the last is the pinned one
 * @property {{ layer: string, channel: number } | null} map whose filters and statistics are shown
 * @property {import("./scales.js").Span} scale
 * @property {number} zoom
 * @property {string[]} hidden
 * @property {"rows" | "stack"} show
 * @property {[number, number, number]} turn of the stack: degrees of tilt and spin, and its size
 */

/** @type {[number, number, number]} */
export const FIRST_TURN = [-32, -24, 1];
const ALL_HIDDEN = "*";

/** @typedef {{ get: (name: string) => string | null }} Reads */

/**
 * @param {Reads} address
 * @returns {State} with what was first where the address says nothing, or nothing sensible
 */
export function readState(address) {
  const scale = address.get("scale");
  const zoom = Number(address.get("zoom") ?? FIRST_ZOOM);
  const turn = numbers(address.get("turn"));
  return {
    network: address.get("network"),
    shape: sizes(address.get("shape")),
    input: readInput(address.get("input"), address.get("drawing")),
    trail: (address.get("unit") ?? "").split("~").flatMap(readUnit),
    map: readMap(address.get("map")),
    scale: scale === "unit" || scale === "network" ? scale : "layer",
    zoom: Number.isInteger(zoom) && zoom >= 0 && zoom < SIDES.length ? zoom : FIRST_ZOOM,
    hidden: (address.get("hidden") ?? "").split(",").filter(Boolean),
    show: address.get("show") === "stack" ? "stack" : "rows",
    turn: turn?.length === 3 ? /** @type {[number, number, number]} */ (turn) : [...FIRST_TURN],
  };
}

/**
 * @param {State} state
 * @returns {Record<string, string | number | null>} entries of the address; null for what is as at
 *   first
 */
export function writeState(state) {
  const last = state.trail.length > 0;
  return {
    network: state.network,
    shape: state.shape?.join("x") ?? null,
    input: state.input === null ? null : inputWord(state.input),
    drawing: state.input?.kind === "drawing" ? state.input.strokes : null,
    unit: last ? state.trail.map(unitWord).join("~") : null,
    map: state.map ? `${state.map.layer}@${state.map.channel}` : null,
    scale: state.scale === "layer" ? null : state.scale,
    zoom: state.zoom === FIRST_ZOOM ? null : state.zoom,
    hidden: state.hidden.join(","),
    show: state.show === "rows" ? null : state.show,
    turn: state.turn.join() === FIRST_TURN.join() ? null : state.turn.join(","),
  };
}

/**
 * The hidden layers as they are kept: "*" where all are.
 *
 * @param {Iterable<string>} hidden
 * @param {string[]} all
 */
export function hiddenWord(hidden, all) {
  const names = new Set(hidden);
  return all.length > 0 && all.every((name) => names.has(name)) ? [ALL_HIDDEN] : [...names];
}

/**
 * @param {string[]} kept
 * @param {string[]} all
 * @returns {Set<string>}
 */
export const hiddenNames = (kept, all) => new Set(kept.includes(ALL_HIDDEN) ? all : kept);

/** @param {Input} input */
function inputWord(input) {
  if (input.kind === "test") return `test:${input.index}:${input.dataset}`;
  return input.kind === "upload" ? `upload:${input.id}` : input.kind;
}

/**
 * @param {string | null} word
 * @param {string | null} drawing
 * @returns {Input | null}
 */
function readInput(word, drawing) {
  const [kind, first, ...rest] = (word ?? "").split(":");
  if (kind === "drawing" && drawing) return { kind, strokes: drawing };
  if (kind === "blank") return { kind };
  if (kind === "upload" && first) return { kind, id: [first, ...rest].join(":") };
  if (kind === "test" && /^\d+$/.test(first ?? "") && rest.length) {
    return { kind, index: Number(first), dataset: rest.join(":") };
  }
  return null;
}

/** @param {Unit} unit */
const unitWord = ({ layer, index }) => `${layer}@${index.join(",")}`;

/**
 * @param {string} word
 * @returns {Unit[]}
 */
function readUnit(word) {
  const [, layer, places] = /^(.+)@((?:\d+(?:,\d+)*)?)$/.exec(word) ?? [];
  return layer ? [{ layer, index: places.split(",").filter(Boolean).map(Number) }] : [];
}

/** @param {string | null} word */
function readMap(word) {
  const [, layer, channel] = /^(.+)@(\d+)$/.exec(word ?? "") ?? [];
  return layer ? { layer, channel: Number(channel) } : null;
}

/** @param {string | null} word */
function sizes(word) {
  const found = word?.split(/[x×, ]+/).map(Number);
  return found?.length && found.every((size) => Number.isInteger(size) && size > 0) ? found : null;
}

/** @param {string | null} word */
function numbers(word) {
  const found = word?.split(",").map(Number);
  return found?.every(Number.isFinite) ? found : null;
}

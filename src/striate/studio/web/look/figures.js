// @ts-check
/** The pictures of a layer's values: a map or a curve for each channel, or one strip of cells. */

import { element, say } from "../element.js";
import { paint } from "../maps.js";
import { by, short } from "../numbers.js";
import { paintCurve } from "./curve.js";
import { channelsOf, formOf, indexAt, placeOf, planeOf, stripOf } from "./forms.js";
import { scaleFor } from "./scales.js";
import { Stage } from "./stage.js";

/**
 * @typedef {import("./forms.js").Layer} Layer
 * @typedef {import("../maps.js").Canvas} Canvas
 * @typedef {import("./stage.js").Region} Region
 *
 * @typedef {object} Look how values are shown
 * @property {import("./scales.js").Span} span
 * @property {Record<string, (number | null)[]>} extremes
 * @property {"light" | "dark"} theme
 * @property {number} side
 * @property {number} room CSS pixels across
 * @property {number} time which frame of a film, from 0 to 1
 * @property {string[]} classes
 *
 * @typedef {object} Figure
 * @property {HTMLElement} root
 * @property {Stage} stage
 * @property {number} channel the (first) one that it shows
 * @property {(width: number, height: number) => void} resize to CSS pixels of its stage
 * @property {(canvas: Canvas, values: Float32Array, look: Look) => import("../maps.js").Scale} paint
 *   its part of a page's values, one pixel a value or, of a curve, one a pixel of the screen
 * @property {(row: number, column: number, look: Look) => number[] | null} index of the unit there
 * @property {(first: number[], last: number[], look: Look) => Region | null} region of the units from
 *   one index to another, both included; null where it shows none of them
 */

/**
 * @param {Layer} layer
 * @param {number} from first channel
 * @param {number} to the one after the last
 * @param {Look} look
 * @returns {Figure[]}
 */
export function makeFigures(layer, from, to, look) {
  const form = formOf(layer.shape);
  if (form === "vector") return [makeStrip(layer, from, to, look)];
  const make = form === "line" ? makeCurve : makeMap;
  return Array.from({ length: to - from }, (_, number) => make(layer, from + number, from));
}

/**
 * @param {Layer} layer
 * @param {number} channel
 * @param {Stage} stage
 */
function framed(layer, channel, stage) {
  const words = layer.filters ? "its filters and statistics" : "its statistics";
  return element("div", { class: "figure" }, [
    element(
      "button",
      {
        type: "button",
        class: "heading number",
        tabindex: -1,
        "data-channel": channel,
        "aria-label": `${layer.name}, map ${channel}: ${words}`,
        title: `Map ${channel}: ${words}`,
      },
      [channel],
    ),
    stage.root,
  ]);
}

/**
 * @param {number} time from 0 to 1
 * @param {number} frames
 */
export const frameAt = (time, frames) => Math.min(frames - 1, Math.round(time * (frames - 1)));

/**
 * @param {Layer} layer
 * @param {number} channel
 * @param {number} from
 * @returns {Figure}
 */
function makeMap(layer, channel, from) {
  const { frames, height, width } = planeOf(layer.shape);
  const size = height * width;
  const label = `${layer.name}, map ${channel}, ${by([height, width])} values`;
  const stage = new Stage(height, width, label);
  return {
    root: framed(layer, channel, stage),
    stage,
    channel,
    resize: (width, height) => stage.resize(width, height),
    paint(canvas, values, look) {
      const start = ((channel - from) * frames + frameAt(look.time, frames)) * size;
      const plane = values.subarray(start, start + size);
      const scale = scaleFor(look.span, layer.name, look.extremes, plane);
      paint(canvas, plane, height, width, scale, look.theme);
      return scale;
    },
    index: (row, column, look) =>
      indexAt(layer.shape, channel, frameAt(look.time, frames), row, column),
    region(first, last, look) {
      const [low, high] = [placeOf(layer.shape, first), placeOf(layer.shape, last)];
      const frame = frameAt(look.time, frames);
      if (channel < low.channel || channel > high.channel) return null;
      if (frame < low.frame || frame > high.frame) return null;
      return { row0: low.row, column0: low.column, row1: high.row + 1, column1: high.column + 1 };
    },
  };
}

/**
 * @param {Layer} layer
 * @param {number} channel
 * @param {number} from
 * @returns {Figure}
 */
function makeCurve(layer, channel, from) {
  const { width } = planeOf(layer.shape);
  const stage = new Stage(1, width, `${layer.name}, channel ${channel}, ${width} values`);
  return {
    root: framed(layer, channel, stage),
    stage,
    channel,
    resize: (width, height) => stage.resize(width, height),
    paint(canvas, values, look) {
      const start = (channel - from) * width;
      const line = values.subarray(start, start + width);
      const scale = scaleFor(look.span, layer.name, look.extremes, line);
      paintCurve(canvas, line, stage, scale, curveColours(stage.root));
      return scale;
    },
    index: (_row, column) => [channel, column],
    region(first, last) {
      if (channel < first[0] || channel > last[0]) return null;
      return { row0: 0, column0: first[1], row1: 1, column1: last[1] + 1 };
    },
  };
}

/** @param {Element} within */
export function curveColours(within) {
  const style = getComputedStyle(within);
  return {
    line: style.getPropertyValue("--accent").trim(),
    axis: style.getPropertyValue("--line").trim(),
    ground: style.getPropertyValue("--ground").trim(),
  };
}

/**
 * @param {Layer} layer
 * @param {number} from
 * @param {number} to
 * @param {Look} look
 * @returns {Figure}
 */
function makeStrip(layer, from, to, look) {
  const count = to - from;
  const { columns, lines, named } = stripOf(count, look.side, look.room);
  const stage = new Stage(lines, columns, `${layer.name}, ${count} values`);
  const names = look.classes.length === channelsOf(layer.shape) ? look.classes : null;
  const cells = Array.from({ length: named ? count : 0 }, (_, number) => {
    const name = names?.[from + number] ?? String(from + number);
    const value = element("span", { class: "number" });
    const root = element("li", { title: name }, [
      element("span", { class: "name" }, [name]),
      value,
    ]);
    return { root, value };
  });
  const list = cells.length
    ? element(
        "ol",
        { class: "cells" },
        cells.map(({ root }) => root),
      )
    : null;
  return {
    root: element("div", { class: "figure strip" }, [stage.root, list]),
    stage,
    channel: from,
    resize(width, height) {
      stage.resize(width, height);
      if (list) list.style.width = `${width}px`;
    },
    paint(canvas, values, now) {
      const scale = scaleFor(now.span, layer.name, now.extremes, values);
      const padded = new Float32Array(lines * columns).fill(NaN);
      padded.set(values.subarray(0, count));
      paint(canvas, padded, lines, columns, scale, now.theme);
      cells.forEach(({ value }, number) => say(value, short(values[number])));
      return scale;
    },
    index(row, column) {
      const channel = from + row * columns + column;
      if (channel >= to) return null;
      return layer.shape.length ? [channel] : [];
    },
    region(first, last) {
      const [low, high] = [(first[0] ?? 0) - from, (last[0] ?? 0) - from];
      if (high < 0 || low >= count) return null;
      const [begin, end] = [Math.max(low, 0), Math.min(high, count - 1)];
      const [row0, row1] = [Math.floor(begin / columns), Math.floor(end / columns)];
      if (row0 !== row1) return { row0, column0: 0, row1: row1 + 1, column1: columns };
      return { row0, column0: begin % columns, row1: row1 + 1, column1: (end % columns) + 1 };
    },
  };
}

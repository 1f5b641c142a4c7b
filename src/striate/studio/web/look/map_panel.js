// @ts-check
/** What is behind a whole map: its statistics, and the filters that made it. */

import { append, element } from "../element.js";
import { Dropped } from "../source/source.js";
import { counted, short } from "../numbers.js";
import { paint } from "../maps.js";
import { showBytes } from "./pad.js";
import { percent } from "./guesses.js";
import { extremesOf, spanning } from "./scales.js";
import { ColourBar } from "./colour_bar.js";

/**
 * @typedef {import("../source/source.js").Source} Source
 * @typedef {import("../source/source.js").Tensor} Tensor
 * @typedef {import("./forms.js").Layer} Layer
 * @typedef {{ minimum: number | null, mean: number | null, maximum: number | null, zeros: number | null }} Statistics
 */

const FILTER_SIDE = 72;
const MOST_BARS = 24;

export class MapPanel {
  /**
   * @param {Source} source
   * @param {() => "light" | "dark"} theme
   */
  constructor(source, theme) {
    this._source = source;
    this._theme = theme;
    this.root = element("div", { class: "map-panel" });
    this._asked = 0;
    this._key = "";
  }

  /**
   * @param {Layer} layer
   * @param {number} channel
   * @param {number | null} trace
   */
  async show(layer, channel, trace) {
    const asked = ++this._asked;
    const key = `${layer.name} ${channel}`;
    if (this._key !== key) this.root.replaceChildren(this._title(layer, channel));
    this._key = key;
    try {
      const [statistics, filters] = await Promise.all([
        trace === null
          ? null
          : this._source.request(
              "look.statistics",
              { trace, layer: layer.name },
              { latest: "statistics" },
            ),
        layer.filters
          ? this._source.request("look.filters", {
              layer: layer.name,
              from: channel,
              to: channel + 1,
            })
          : null,
      ]);
      if (asked !== this._asked) return;
      this.root.replaceChildren();
      append(this.root, [
        this._title(layer, channel),
        statistics && makeStatistics(statistics.values.channels, channel),
        filters
          ? this._filters(filters.values, filters.arrays.filters)
          : element("p", { class: "faint" }, [
              "This layer has no filters: nothing is learned in it.",
            ]),
      ]);
    } catch (error) {
      if (asked !== this._asked || error instanceof Dropped) return;
      this.root.replaceChildren(
        this._title(layer, channel),
        element("p", { class: "problem" }, [/** @type {Error} */ (error).message]),
      );
    }
  }

  /** @param {Layer} layer @param {number} channel */
  _title(layer, channel) {
    return element("h2", {}, [
      element("span", { class: "number" }, [layer.name]),
      ` map ${channel}`,
    ]);
  }

  /**
   * @param {{ kind: string, inputs: number, bias: number[] | null }} values
   * @param {Tensor} tensor (1, inputs, *kernel)
   */
  _filters({ kind, inputs, bias }, { shape, data }) {
    const [, shown, ...kernel] = shape;
    const numbers = /** @type {Float32Array} */ (data);
    const scale = spanning(...extremesOf(numbers), true);
    const bar = new ColourBar();
    bar.show(scale, this._theme());
    const size = kernel.reduce((product, side) => product * side, 1);
    const head = [
      element("h3", {}, ["Filter"]),
      element("p", { class: "faint" }, [
        kind === "linear"
          ? `${counted(inputs)} weights, one for each value below`
          : `${counted(inputs)} ${inputs === 1 ? "channel" : "channels"} of ${kernel.join("×")} weights`,
        bias === null ? ", no bias" : `, bias ${short(bias[0])}`,
        shown < inputs ? `; the first ${shown} are shown` : "",
      ]),
      bar.root,
    ];
    if (kind === "linear") return group(head, this._line(numbers, shown, scale));
    const [height, width] = kernel.length === 1 ? [1, kernel[0]] : kernel.slice(-2);
    const planes = size / (height * width);
    const coloured = shown === 3 && inputs === 3 && kernel.length === 2;
    const cell = Math.max(1, Math.floor(FILTER_SIDE / Math.max(height, width)));
    const filters = Array.from({ length: shown * planes }, (_, number) => {
      const start = number * height * width;
      const canvas = element("canvas", { class: "values", "aria-hidden": "true" });
      paint(
        canvas,
        numbers.subarray(start, start + height * width),
        height,
        width,
        scale,
        this._theme(),
      );
      sized(canvas, width * cell, height * cell);
      const channel = Math.floor(number / planes);
      const name = coloured
        ? ["red", "green", "blue"][channel]
        : planes > 1
          ? `${channel} at ${number % planes}`
          : channel;
      return element("figure", {}, [
        canvas,
        element("figcaption", { class: "number faint" }, [name]),
      ]);
    });
    if (coloured) {
      const canvas = element("canvas", { class: "values", "aria-hidden": "true" });
      showBytes(canvas, coloursOf(numbers, height * width), height, width, 3);
      sized(canvas, width * cell, height * cell);
      filters.unshift(
        element("figure", {}, [canvas, element("figcaption", { class: "faint" }, ["in colour"])]),
      );
    }
    return group(head, element("div", { class: "filters" }, filters));
  }

  /**
   * @param {Float32Array} numbers
   * @param {number} count
   * @param {import("../maps.js").Scale} scale
   */
  _line(numbers, count, scale) {
    const columns = Math.min(count, 32);
    const lines = Math.ceil(count / columns);
    const padded = new Float32Array(lines * columns).fill(NaN);
    padded.set(numbers);
    const canvas = element("canvas", { class: "values", "aria-hidden": "true" });
    paint(canvas, padded, lines, columns, scale, this._theme());
    sized(canvas, columns * 11, lines * 11);
    return canvas;
  }
}

/** @param {HTMLCanvasElement} canvas @param {number} width @param {number} height */
function sized(canvas, width, height) {
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

/** @param {Node[]} head @param {Node} body */
const group = (head, body) => element("section", { class: "filter-group" }, [...head, body]);

/**
 * The three channels of a filter as the colours of one picture: grey stands for zero.
 *
 * @param {Float32Array} numbers (3, size)
 * @param {number} size
 */
function coloursOf(numbers, size) {
  const [low, high] = extremesOf(numbers);
  const largest = Math.max(-low, high) || 1;
  return Uint8Array.from({ length: 3 * size }, (_, place) => {
    const value = numbers[(place % 3) * size + Math.floor(place / 3)];
    return 127.5 + (127.5 * value) / largest;
  });
}

/**
 * @param {Statistics[]} channels
 * @param {number} channel
 */
function makeStatistics(channels, channel) {
  const own = channels[channel];
  if (!own) return null;
  /** @type {[string, string][]} */
  const lines = [
    ["smallest", short(own.minimum)],
    ["mean", short(own.mean)],
    ["largest", short(own.maximum)],
    ["zeros", own.zeros === null ? "–" : percent(own.zeros)],
  ];
  const order = channels.map((_, number) => number);
  order.sort((a, b) => Math.abs(channels[b].mean ?? 0) - Math.abs(channels[a].mean ?? 0));
  const place = order.indexOf(channel) + 1;
  return element("section", { class: "statistics" }, [
    element(
      "dl",
      {},
      lines.map(([name, value]) =>
        element("div", {}, [
          element("dt", { class: "faint" }, [name]),
          element("dd", { class: "number" }, [value]),
        ]),
      ),
    ),
    channels.length > 1
      ? element("p", { class: "faint" }, [
          `By the size of its mean it is number ${place} of ${counted(channels.length)} maps.`,
        ])
      : null,
    channels.length > 1 ? makeMeans(channels, order, channel) : null,
    channels.length > 1
      ? element("p", { class: "faint means-of" }, [
          "Means of the maps, the largest first; this map's is marked.",
        ])
      : null,
  ]);
}

/**
 * The means of the maps with the largest ones, side by side, this one marked.
 *
 * @param {Statistics[]} channels
 * @param {number[]} order
 * @param {number} channel
 */
function makeMeans(channels, order, channel) {
  const shown = order.slice(0, MOST_BARS);
  const largest = Math.max(...shown.map((number) => Math.abs(channels[number].mean ?? 0))) || 1;
  return element(
    "div",
    { class: "means", role: "img", "aria-label": "Means of the maps with the largest means" },
    shown.map((number) => {
      const bar = element("span", {
        title: `map ${number}: mean ${short(channels[number].mean)}`,
        class: number === channel ? "own" : "",
      });
      bar.style.height = `${Math.max(2, (100 * Math.abs(channels[number].mean ?? 0)) / largest)}%`;
      return bar;
    }),
  );
}

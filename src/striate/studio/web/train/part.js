// @ts-check
/** One part of a layer (activations, weights, a gradient): its range, how its values lie, its maps. */

import { element } from "../element.js";
import { short } from "../numbers.js";
import { theme } from "../theme.js";
import { heightOf, layoutOf, paintTiles, valueAt } from "./mosaic.js";
import { svg } from "./svg.js";

/**
 * @typedef {import("./types.js").Part} Part
 * @typedef {import("./mosaic.js").Tiles} Tiles
 * @typedef {import("../maps.js").Scale} Scale
 */

const HISTOGRAM = { width: 112, height: 26 };

export class PartFigure {
  /**
   * @param {string} title
   * @param {{ height: number, zoom: number }} [room] for the maps
   */
  constructor(title, room = { height: 200, zoom: 8 }) {
    this._title = title;
    this._room = room;
    /** @type {Tiles | null} */
    this._tiles = null;
    /** @type {import("./mosaic.js").Layout | null} */
    this._layout = null;
    this._range = element("span", { class: "number range" });
    this._more = element("span", { class: "faint" });
    this._bars = svg("path");
    this._zero = svg("line", { class: "zero" });
    this._histogram = svg(
      "svg",
      { class: "histogram", width: HISTOGRAM.width, height: HISTOGRAM.height, role: "img" },
      [this._bars, this._zero],
    );
    this._canvas = element("canvas", { class: "values mosaic", role: "img", "aria-label": title, width: 1, height: 1 });
    this._place = element("div", { class: "mosaic-place" }, [this._canvas]);
    this._readout = element("output", { class: "map-readout number" });
    this.root = element("figure", { class: "part" }, [
      element("figcaption", {}, [
        element("div", { class: "part-head" }, [element("strong", {}, [title]), this._histogram]),
        element("div", { class: "part-range" }, [this._range, this._more]),
      ]),
      this._place,
      this._readout,
    ]);
    this._canvas.addEventListener("pointermove", (event) => {
      const box = this._canvas.getBoundingClientRect();
      this._at = [event.clientX - box.left, event.clientY - box.top];
      this._read();
    });
    this._canvas.addEventListener("pointerleave", () => {
      this._at = undefined;
      this._read();
    });
  }

  /**
   * @param {Part | null} part
   * @param {Tiles | null} tiles without values where its array was not sent
   * @param {{ signed?: boolean, scaleOf?: (tile: number) => Scale }} [colours]
   */
  show(part, tiles, { signed = false, scaleOf } = {}) {
    this.root.hidden = part === null;
    if (!part || !tiles) return;
    this._range.textContent = part.finite ? `${brief(part.low)} … ${brief(part.high)}` : "not finite";
    this._range.classList.toggle("bad", !part.finite);
    const zeros = part.zeros > 0 ? ` · ${Math.round(100 * part.zeros)}% zero` : "";
    this._more.textContent = part.finite ? `mean ${brief(part.mean)} ± ${brief(part.deviation)}${zeros}` : "";
    this._showHistogram(part);
    const layout = layoutOf(tiles, this._place.clientWidth || 240, this._room.height, this._room.zoom);
    // Room is kept for maps that have not come yet, so that nothing jumps.
    this._place.style.minHeight = `${Math.ceil(heightOf(tiles, layout))}px`;
    if (tiles.data.length) {
      this._tiles = tiles;
      this._layout = layout;
      const common = scaleOfRange(part.low, part.high, signed);
      paintTiles(this._canvas, tiles, layout, scaleOf ?? (() => common), theme());
      const shown = Math.min(tiles.count, layout.columns * layout.rows);
      this._canvas.setAttribute("aria-label", `${this._title} as ${shown > 1 ? `${shown} maps` : "a map"}`);
    }
    this._read();
  }

  /** @param {Part} part */
  _showHistogram({ histogram, low, high }) {
    const { width, height } = HISTOGRAM;
    const most = Math.max(1, ...histogram);
    const bar = width / histogram.length;
    const path = histogram.map((count, index) => {
      // The root of a count, so that few large values are seen beside very many small ones.
      const tall = Math.sqrt(count / most) * height;
      return `M${(index * bar).toFixed(1)} ${height}v${(-tall).toFixed(1)}h${(bar - 0.8).toFixed(1)}v${tall.toFixed(1)}z`;
    });
    this._bars.setAttribute("d", path.join(""));
    const zero = low < 0 && high > 0 ? (-low / (high - low)) * width : -1;
    for (const [name, value] of Object.entries({ x1: zero, x2: zero, y1: 0, y2: height })) {
      this._zero.setAttribute(name, String(value));
    }
    this._histogram.setAttribute("aria-label", `How the values lie between ${short(low)} and ${short(high)}`);
  }

  _read() {
    const found =
      this._at && this._tiles && this._layout ? valueAt(this._tiles, this._layout, this._at[0], this._at[1]) : null;
    const text = found && !Number.isNaN(found.value) ? `${found.where}: ${short(found.value)}` : "\u00a0";
    if (this._readout.textContent !== text) this._readout.textContent = text;
  }
}

/**
 * @param {number} value
 * @returns {string} three digits that count
 */
function brief(value) {
  return short(Number(value.toPrecision(3))).replace(/(\.\d*?)0+e/, "$1e").replace(".e", "e");
}

/**
 * @param {number} low
 * @param {number} high
 * @param {boolean} signed even where all values have one sign
 * @returns {Scale}
 */
export function scaleOfRange(low, high, signed) {
  if (low < 0 || signed) {
    const most = Math.max(-low, high);
    return { low: -most, high: most, signed: true };
  }
  return { low: 0, high, signed: false };
}

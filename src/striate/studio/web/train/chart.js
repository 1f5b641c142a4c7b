// @ts-check
/**
 * Curves over the course of training, with axes, a legend, marks and a read-out.
 *
 * Drawn as SVG here and not by plotly: plotly writes style elements and attributes, which the page's
 * content security policy refuses, and is 4.8 MB.
 */

import { element, replaceChildren } from "../element.js";
import { amount } from "../numbers.js";
import { axisOf } from "./scale.js";
import { svg } from "./svg.js";

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} look class of its colour and dashes
 * @property {ArrayLike<number>} x ascending
 * @property {ArrayLike<number>} y
 * @property {ArrayLike<number>} [raw] what `y` was smoothed from, drawn faintly behind it
 * @property {boolean} [points] a dot at every value
 *
 * @typedef {{ x: number, label: string, text: string }} Mark
 * @typedef {{ lines: Line[], marks?: Mark[], logarithmic?: boolean, along: string }} Drawing
 */

const HEIGHT = 230;
const MARGIN = { left: 52, right: 14, top: 16, bottom: 38 };
const NEAR = 7;
const PAUSE = 500;

export class Chart {
  /**
   * @param {string} title
   * @param {(value: number) => string} written how its values are written
   * @param {(value: number) => string} [ticked] how they are written beside the axis
   */
  constructor(title, written, ticked = written) {
    this._title = title;
    this._written = written;
    this._ticked = ticked;
    /** @type {Drawing | null} */
    this._drawing = null;
    this._width = 0;
    this._named = "";
    /** @type {number | null} */
    this._at = null;
    this._legend = element("ul", { class: "legend" });
    this._readout = element("output", { class: "readout number" });
    this._plot = svg("svg", { class: "plot", role: "img", tabindex: 0, height: HEIGHT });
    this.root = element("figure", { class: "chart panel" }, [
      element("figcaption", {}, [element("h3", {}, [title]), this._legend]),
      this._plot,
      this._readout,
    ]);
    this._plot.addEventListener("pointermove", (event) => {
      this._point(event.clientX - this._plot.getBoundingClientRect().left);
    });
    this._plot.addEventListener("pointerleave", () => this._point(null));
    this._plot.addEventListener("blur", () => this._point(null));
    this._plot.addEventListener("keydown", (event) => this._key(event));
    this._watcher = new ResizeObserver(([entry]) => {
      this._width = Math.round(entry.contentRect.width);
      this._redraw();
    });
    this._watcher.observe(this._plot);
    this._seen = false;
    this._timer = 0;
    this._drawn = -Infinity;
    this._sight = new IntersectionObserver((entries) => {
      this._seen = entries[entries.length - 1].isIntersecting;
      if (this._seen) this._redraw();
    });
    this._sight.observe(this._plot);
  }

  /**
   * Draws it soon: not more often than the eye needs, and not again while it is out of sight.
   *
   * @param {Drawing} drawing
   */
  draw(drawing) {
    this._drawing = drawing;
    const first = this._drawn === -Infinity;
    if (this._timer || !(this._seen || first)) return;
    const wait = Math.max(0, this._drawn + PAUSE - performance.now());
    this._timer = setTimeout(() => {
      this._timer = 0;
      this._redraw();
    }, wait);
  }

  close() {
    clearTimeout(this._timer);
    this._watcher.disconnect();
    this._sight.disconnect();
  }

  _redraw() {
    const drawing = this._drawing;
    if (!drawing || this._width < 80) return;
    this._drawn = performance.now();
    const lines = drawing.lines.filter(({ x }) => x.length > 0);
    this._x = axisOf(...rangeOf(lines, "x", 0), { count: this._width / 110, exact: true });
    this._y = axisOf(...rangeOf(lines, "y"), { logarithmic: drawing.logarithmic });
    this._showLegend(lines);
    this._plot.setAttribute("width", String(this._width));
    this._plot.setAttribute("aria-label", this._summary(drawing));
    this._cursor = svg("g", { class: "cursor" });
    this._plot.classList.toggle("blank", lines.length === 0);
    this._plot.replaceChildren(
      ...this._axes(drawing.along),
      ...(drawing.marks ?? []).flatMap((mark) => this._mark(mark)),
      ...lines.flatMap(({ x, raw, look }) => (raw ? [this._line({ x, y: raw, look: `raw ${look}`, name: "" })] : [])),
      ...lines.map((line) => this._line(line)),
      ...lines.flatMap((line) => this._points(line)),
      this._cursor,
    );
    if (lines.length === 0) {
      this._plot.append(
        svg("text", { class: "nothing", x: this._width / 2, y: HEIGHT / 2, "text-anchor": "middle" }, [
          "Nothing has been measured yet",
        ]),
      );
    }
    this._show();
  }

  /** @param {number} value */
  _left(value) {
    const inner = this._width - MARGIN.left - MARGIN.right;
    return MARGIN.left + inner * /** @type {import("./scale.js").Axis} */ (this._x).share(value);
  }

  /** @param {number} value */
  _top(value) {
    const share = /** @type {import("./scale.js").Axis} */ (this._y).share(value);
    return HEIGHT - MARGIN.bottom - (HEIGHT - MARGIN.top - MARGIN.bottom) * Math.min(1, Math.max(0, share));
  }

  /** @param {string} along */
  _axes(along) {
    const { ticks: rows } = /** @type {import("./scale.js").Axis} */ (this._y);
    const { ticks: columns } = /** @type {import("./scale.js").Axis} */ (this._x);
    const right = this._width - MARGIN.right;
    const bottom = HEIGHT - MARGIN.bottom;
    return [
      ...rows.flatMap((value) => [
        svg("line", { class: "grid", x1: MARGIN.left, x2: right, y1: this._top(value), y2: this._top(value) }),
        svg("text", { class: "tick", x: MARGIN.left - 7, y: this._top(value) + 4, "text-anchor": "end" }, [
          this._ticked(value),
        ]),
      ]),
      svg("line", { class: "axis", x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }),
      ...columns.map((value) =>
        svg("text", { class: "tick", x: Math.min(this._left(value), right - 6), y: bottom + 16, "text-anchor": "middle" }, [
          amount(value),
        ]),
      ),
      svg("text", { class: "axis-title", x: (MARGIN.left + right) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, [
        along,
      ]),
    ];
  }

  /** @param {Mark} mark */
  _mark({ x, label }) {
    const left = this._left(x);
    if (!(left >= MARGIN.left - 1 && left <= this._width - MARGIN.right + 1)) return [];
    return [
      svg("line", { class: "mark", x1: left, x2: left, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }),
      svg("text", { class: "mark-label", x: left, y: MARGIN.top - 4, "text-anchor": "middle" }, [label]),
    ];
  }

  /** @param {Line} line */
  _line({ x, y, look }) {
    let path = "";
    let lifted = true;
    for (let index = 0; index < x.length; index++) {
      const top = this._top(y[index]);
      if (Number.isFinite(top)) {
        path += `${lifted ? "M" : "L"}${this._left(x[index]).toFixed(1)} ${top.toFixed(1)}`;
      }
      lifted = !Number.isFinite(top);
    }
    return svg("path", { class: `line ${look}`, d: path });
  }

  /** @param {Line} line */
  _points({ x, y, look, points }) {
    if (!points) return [];
    return indices(x.length)
      .filter((index) => Number.isFinite(this._top(y[index])))
      .map((index) =>
        svg("circle", { class: `point ${look}`, cx: this._left(x[index]), cy: this._top(y[index]), r: 3.5 }),
      );
  }

  /** @param {Line[]} lines */
  _showLegend(lines) {
    const names = lines.map(({ name, look }) => `${look} ${name}`).join("\n");
    if (names === this._named) return;
    this._named = names;
    replaceChildren(
      this._legend,
      lines.map(({ name, look, points }) =>
        element("li", {}, [
          svg("svg", { width: 26, height: 10, "aria-hidden": "true" }, [
            svg("path", { class: `line ${look}`, d: "M1 5H25" }),
            ...(points ? [svg("circle", { class: `point ${look}`, cx: 13, cy: 5, r: 3.5 })] : []),
          ]),
          name,
        ]),
      ),
    );
  }

  /** @param {number | null} left */
  _point(left) {
    if (left === null || !this._x) this._at = null;
    else {
      const share = (left - MARGIN.left) / (this._width - MARGIN.left - MARGIN.right);
      this._at = this._x.low + Math.min(1, Math.max(0, share)) * (this._x.high - this._x.low);
    }
    this._show();
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    const steps = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 });
    const step = steps[event.key];
    if (!step || !this._x) return;
    event.preventDefault();
    const { low, high } = this._x;
    const from = this._at ?? (step > 0 ? low : high);
    this._at = Math.min(high, Math.max(low, from + (step * (high - low)) / 50));
    this._show();
  }

  /** The read-out: at the cursor, or at the end where there is none. */
  _show() {
    const drawing = this._drawing;
    if (!drawing || !this._cursor) return;
    const at = this._at;
    this._cursor.replaceChildren();
    const said = drawing.lines.flatMap(({ name, look, x, y }) => {
      const index = at === null ? x.length - 1 : near(x, at, ((this._x?.high ?? 0) - (this._x?.low ?? 0)) / 50);
      if (index < 0 || !Number.isFinite(y[index])) return [];
      const [left, top] = [this._left(x[index]), this._top(y[index])];
      if (at !== null && Number.isFinite(top)) {
        this._cursor?.append(svg("circle", { class: `point ${look}`, cx: left, cy: top, r: 4 }));
      }
      return [`${name.replace(/ \(.*\)/, "")} ${this._written(y[index])}`];
    });
    if (at !== null) {
      const left = this._left(at);
      this._cursor.prepend(
        svg("line", { class: "cursor-line", x1: left, x2: left, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }),
      );
      said.unshift(`${amount(Math.round(at))} ${drawing.along}`);
      const mark = drawing.marks?.find(({ x }) => Math.abs(this._left(x) - left) < NEAR);
      if (mark) said.push(`${mark.label} ${mark.text}`);
    }
    this._readout.textContent = said.join(" · ") || "\u00a0";
  }

  /** @param {Drawing} drawing */
  _summary({ lines, along }) {
    const now = lines
      .filter(({ x }) => x.length)
      .map(({ name, x, y }) => `${name} ${this._written(y[x.length - 1])}`);
    return `${this._title} over ${along}. ${now.length ? `Last: ${now.join(", ")}.` : "Nothing yet."} Arrow keys read values.`;
  }
}

/** @param {number} count */
function indices(count) {
  return Array.from({ length: count }, (_, index) => index);
}

/**
 * @param {Line[]} lines
 * @param {"x" | "y"} along
 * @param {number} [begin] a value to hold in any case
 * @returns {[number, number]}
 */
function rangeOf(lines, along, begin) {
  let [low, high] = begin === undefined ? [Infinity, -Infinity] : [begin, begin];
  for (const line of lines) {
    const values = line[along];
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (value < low) low = value;
      if (value > high && value < Infinity) high = value;
    }
  }
  return [low, high];
}

/**
 * @param {ArrayLike<number>} sorted
 * @param {number} value
 * @returns {number} the place of the nearest one, -1 where there is none
 */
export function nearest(sorted, value) {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low > 0 && value - sorted[low - 1] < sorted[low] - value ? low - 1 : low < sorted.length ? low : -1;
}

/**
 * @param {ArrayLike<number>} sorted
 * @param {number} value
 * @param {number} room beyond both ends
 * @returns {number} the place of the nearest one, -1 where the value is not among them
 */
function near(sorted, value, room) {
  const within = sorted.length > 0 && value >= sorted[0] - room && value <= sorted[sorted.length - 1] + room;
  return within ? nearest(sorted, value) : -1;
}

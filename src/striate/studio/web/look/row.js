// @ts-check
/** One layer: what it is, and its maps, page by page, as long as they are near the screen. */

import { element } from "../element.js";
import { by, counted } from "../numbers.js";
import { Board } from "./board.js";
import { ColourBar } from "./colour_bar.js";
import { makeFigures } from "./figures.js";
import { GAP, arrangementOf, channelsOf, formOf, pageOf } from "./forms.js";
import { onNextFrame } from "./next_frame.js";

/**
 * @typedef {import("./figures.js").Figure} Figure
 * @typedef {import("./figures.js").Look} Look
 * @typedef {import("./forms.js").Layer} Layer
 * @typedef {import("./tracer.js").Part} Part
 *
 * @typedef {object} RowHost
 * @property {() => Look} look
 * @property {(row: Row) => void} onPage another page of it is to be shown
 * @property {(row: Row, shown: boolean) => void} onShow it was switched on or off
 */

export class Row {
  /**
   * @param {Layer} layer
   * @param {RowHost} host
   */
  constructor(layer, host) {
    this.layer = layer;
    this._host = host;
    this.page = 0;
    this.near = false;
    this.hidden = false;
    /** @type {Figure[]} */
    this.figures = [];
    /** @type {Board[]} one a line of figures */
    this._boards = [];
    /** @type {{ values: Float32Array, from: number, to: number } | null} */
    this.given = null;
    this.bar = new ColourBar();
    this.bar.root.classList.toggle("range", formOf(layer.shape) === "line");
    this._switch = element("input", {
      type: "checkbox",
      checked: true,
      "aria-label": `Show ${layer.name}`,
      onchange: () => host.onShow(this, this._switch.checked),
    });
    this.body = element("div", { class: "maps" });
    this._pager = element("span", { class: "pager" });
    this.root = element("section", { class: "row", "aria-label": `Layer ${layer.name}` }, [
      element("header", {}, [
        element("label", { class: "name number" }, [this._switch, layer.name]),
        this._pager,
        this.bar.root,
        element("p", { class: "facts" }, factsOf(layer)),
      ]),
      layer.notes.length ? element("p", { class: "notes faint" }, [layer.notes.join("; ")]) : null,
      this.body,
    ]);
    this._settlePager();
  }

  /** @returns {Part} the page that it shows */
  get part() {
    const page = pageOf(this.layer.shape);
    const from = this.page * page;
    return {
      name: this.layer.name,
      from,
      to: Math.min(from + page, Math.max(channelsOf(this.layer.shape), 1)),
    };
  }

  /** @returns {boolean} whether its values are wanted */
  get wanted() {
    return this.near && !this.hidden;
  }

  /** @returns {boolean} whether the values that it has are those of its page */
  get complete() {
    return this.given !== null && this.given.from === this.part.from;
  }

  /** @param {boolean} hidden */
  hide(hidden) {
    this.hidden = hidden;
    this._switch.checked = !hidden;
    if (hidden) this.given = null; // its values are not asked for any more
    this.root.classList.toggle("off", hidden);
    this.settle();
  }

  /** @param {boolean} near */
  approach(near) {
    this.near = near;
    this.settle();
  }

  /** @param {number} page */
  turnTo(page) {
    const { from } = this.part;
    this.page = Math.max(0, Math.min(page, this._pages - 1));
    if (this.part.from === from) return;
    this.given = null;
    this._fill([]);
    this._settlePager();
    this.settle();
    this._host.onPage(this);
  }

  /** @param {number} channel turns to the page that has it */
  turnToChannel(channel) {
    this.turnTo(Math.floor(channel / pageOf(this.layer.shape)));
  }

  /** Makes or removes its figures, and keeps their place free. */
  settle() {
    this.body.hidden = this.hidden;
    this.body.style.minHeight = `${this._arrangement.total}px`;
    const wanted = this.wanted;
    if (wanted && this.figures.length === 0) {
      const { from, to } = this.part;
      this._fill(makeFigures(this.layer, from, to, this._host.look()));
      this._arrange();
      if (this.figures.length) this.figures[0].stage.root.tabIndex = 0;
      this.repaint();
    } else if (!wanted) this._fill([]);
  }

  /** The zoom or the room has changed. */
  resize() {
    const strip = formOf(this.layer.shape) === "vector";
    if (strip) this._fill([]); // its names come and go with the room
    else this._arrange();
    this.settle();
    this.repaint();
  }

  /**
   * @param {Float32Array} values of the channels from `from` to before `to`
   * @param {number} from
   * @param {number} to
   */
  give(values, from, to) {
    this.given = { values, from, to };
    this.repaint();
  }

  repaint() {
    onNextFrame(this, () => this._paint());
  }

  /**
   * @param {number[]} index
   * @returns {number | null} the value there, if it is on the page
   */
  valueAt(index) {
    if (!this.given) return null;
    const { values, from, to } = this.given;
    const [channel = 0, ...position] = index;
    if (channel < from || channel >= to) return null;
    const sizes = this.layer.shape.slice(1);
    const place = position.reduce((sum, at, axis) => sum * sizes[axis] + at, channel - from);
    return values[place] ?? null;
  }

  _paint() {
    if (!this.given || this.given.from !== this.part.from) return;
    const look = this._host.look();
    const { across, width } = this._arrangement;
    /** @type {import("../maps.js").Scale | null} */
    let shown = null;
    for (const [number, figure] of this.figures.entries()) {
      const board = this._boards[Math.floor(number / across)];
      const left = (number % across) * (width + GAP);
      const scale = board.paint(figure, left, this.given.values, look);
      if (!shown || scale.high > shown.high) shown = scale;
    }
    this.root.classList.toggle("painted", this.figures.length > 0);
    if (!shown) return;
    const own = look.span === "unit" && this.figures.length > 1;
    this.bar.show(shown, look.theme, own ? "the map of the largest values" : "");
  }

  get _pages() {
    return Math.max(1, Math.ceil(channelsOf(this.layer.shape) / pageOf(this.layer.shape)));
  }

  /** @param {Figure[]} figures */
  _fill(figures) {
    if (figures.length === 0 && this.figures.length === 0) return;
    this.figures = figures;
    this._boards = [];
    this.body.replaceChildren(...figures.map(({ root }) => root));
    if (!figures.length) this.root.classList.remove("painted");
  }

  /** Gives its figures their sizes, and each line of them a board. */
  _arrange() {
    const { width, height, across, top, line } = this._arrangement;
    this.body.style.gridTemplateColumns = `repeat(${across}, ${width}px)`;
    for (const figure of this.figures) figure.resize(width, height);
    for (const { canvas } of this._boards) canvas.remove();
    this._boards = Array.from({ length: Math.ceil(this.figures.length / across) }, (_, number) => {
      const board = new Board();
      const few = Math.min(across, this.figures.length - number * across);
      board.resize(few * (width + GAP) - GAP, height);
      board.canvas.style.top = `${top + number * line}px`;
      return board;
    });
    this.body.prepend(...this._boards.map(({ canvas }) => canvas));
  }

  get _arrangement() {
    const { from, to } = this.part;
    const { side, room } = this._host.look();
    return arrangementOf(this.layer.shape, to - from, side, room);
  }

  _settlePager() {
    if (this._pages === 1) return;
    const { from, to } = this.part;
    const all = channelsOf(this.layer.shape);
    /** @param {string} text @param {string} label @param {number} page */
    const step = (text, label, page) =>
      element(
        "button",
        {
          type: "button",
          class: "quiet",
          "aria-label": `${label} of ${this.layer.name}`,
          disabled: page < 0 || page >= this._pages,
          onclick: () => {
            this.turnTo(page);
            const buttons = [...this._pager.querySelectorAll("button")];
            const same = buttons.find((button) => button.textContent === text);
            (same?.disabled ? buttons.find((button) => !button.disabled) : same)?.focus();
          },
        },
        [text],
      );
    this._pager.replaceChildren(
      step("‹", "Previous maps", this.page - 1),
      element("span", { class: "number" }, [`${from}–${to - 1} of ${counted(all)}`]),
      step("›", "Next maps", this.page + 1),
    );
  }
}

/**
 * What stands beside a layer's name.
 *
 * @param {Layer} layer
 * @returns {HTMLElement[]}
 */
function factsOf(layer) {
  /** @param {string} text @param {string} title */
  const fact = (text, title) => element("span", { title }, [text]);
  const what = [operationWord(layer), layer.window].filter(Boolean).join(" ");
  const sees = fieldWord(layer);
  const found = [fact(what, "What it does"), fact(by(layer.shape), "Size: channels first")];
  if (sees && layer.kind !== "input") {
    found.push(fact(`sees ${sees}`, "What one value sees of the input: its receptive field"));
  }
  if (layer.parameters) {
    found.push(fact(`${counted(layer.parameters)} parameters`, "Weights that are learned here"));
  }
  return found;
}

/** @param {Layer} layer */
function operationWord({ kind, operation }) {
  if (kind === "convolution" || kind === "linear" || kind === "input") return kind;
  const words = operation
    .replace(/_with_indices$/, "")
    .replace(/_?[123]d$/, "")
    .replaceAll("_", " ");
  return words || kind;
}

/**
 * @param {Layer} layer
 * @returns {string} 5×5, or "everything"
 */
export function fieldWord(layer) {
  if (layer.everything) return "everything";
  if (!layer.receptive_field.length || layer.receptive_field.includes(null)) return "";
  return by(/** @type {number[]} */ (layer.receptive_field));
}

// @ts-check
/** All layers below each other: which are near the screen, what they show, what is marked. */

import { element } from "../element.js";
import { formOf } from "./forms.js";
import { onNextFrame } from "./next_frame.js";
import { Row } from "./row.js";

/**
 * @typedef {import("./figures.js").Figure} Figure
 * @typedef {import("./figures.js").Look} Look
 * @typedef {import("./forms.js").Layer} Layer
 * @typedef {import("./stage.js").Mark} Mark
 * @typedef {import("./state.js").Unit} Unit
 * @typedef {import("./tracer.js").Part} Part
 * @typedef {import("./tracer.js").Traced} Traced
 *
 * Units from one index to another, both included.
 *
 * @typedef {{ layer: string, first: number[], last: number[] }} Marked
 */

const NEAR = "320px 0px";
const AT_A_TIME = 40;

export class Rows {
  /**
   * @param {object} host
   * @param {() => Look} host.look
   * @param {(rows: Row[]) => void} host.onMissing rows near the screen have no values
   * @param {(row: Row, shown: boolean) => void} host.onShow
   */
  constructor({ look, onMissing, onShow }) {
    this._look = look;
    this._onMissing = onMissing;
    this._onShow = onShow;
    this.root = element("div", { class: "rows" });
    /** @type {Map<string, Row>} */
    this.byName = new Map();
    /** @type {WeakMap<Element, Row>} */
    this._rows = new WeakMap();
    /** @type {Map<Mark, Marked[]>} */
    this._marked = new Map();
    this._near = new IntersectionObserver((entries) => this._approach(entries), {
      rootMargin: NEAR,
    });
    this._building = 0;
  }

  /** @returns {Row[]} */
  get all() {
    return [...this.byName.values()];
  }

  /** @returns {Part[]} pages that are near the screen */
  get parts() {
    return this.all.filter((row) => row.wanted).map((row) => row.part);
  }

  /**
   * @param {Layer[]} layers
   * @param {Set<string>} hidden
   */
  show(layers, hidden) {
    this._near.disconnect();
    this.byName.clear();
    this.root.replaceChildren();
    const building = ++this._building;
    for (const layer of layers) {
      const row = new Row(layer, {
        look: this._look,
        onPage: (turned) => this._missing([turned]),
        onShow: (switched, shown) => {
          switched.hide(!shown);
          this._missing([switched]);
          this._onShow(switched, shown);
        },
      });
      row.hide(hidden.has(layer.name));
      this.byName.set(layer.name, row);
      this._rows.set(row.root, row);
    }
    // A network of hundreds of layers is put on the page in pieces, so that it answers all the while.
    const rows = this.all;
    const place = (/** @type {number} */ from) => {
      if (building !== this._building) return;
      const piece = rows.slice(from, from + AT_A_TIME);
      this.root.append(...piece.map((row) => row.root));
      for (const row of piece) this._near.observe(row.root);
      if (from + AT_A_TIME < rows.length) requestAnimationFrame(() => place(from + AT_A_TIME));
    };
    place(0);
  }

  /** @param {Traced} traced */
  give(traced) {
    for (const part of traced.parts) {
      const row = this.byName.get(part.name);
      const values = traced.arrays[part.name]?.data;
      if (row && values && row.part.from === part.from) {
        row.give(/** @type {Float32Array} */ (values), part.from, part.to);
      }
    }
    const old = this.all.filter(
      (row) => !traced.parts.some((part) => part.name === row.layer.name),
    );
    for (const row of old) row.given = null;
    this._missing(old);
  }

  /** @param {Iterable<string>} names of those that are hidden from now on; all others are shown */
  hide(names) {
    const hidden = new Set(names);
    for (const row of this.all) {
      if (row.hidden !== hidden.has(row.layer.name)) row.hide(!row.hidden);
    }
    this._missing(this.all);
  }

  /** The zoom, or the room there is, has changed. */
  resize() {
    for (const row of this.all) row.resize();
    this._remark();
  }

  repaint() {
    for (const row of this.all) if (row.figures.length) row.repaint();
    this._remark();
  }

  /** @param {Element} section @returns {Row | null} */
  rowOf(section) {
    return this._rows.get(section) ?? null;
  }

  /**
   * @param {EventTarget | null} target
   * @returns {{ row: Row, figure: Figure } | null} the figure whose stage has it
   */
  figureOf(target) {
    const stage = target instanceof Element ? target.closest(".stage") : null;
    if (!stage) return null;
    const section = stage.closest(".row");
    const row = section && this._rows.get(section);
    const figure = row?.figures.find((one) => one.stage.root === stage);
    return row && figure ? { row, figure } : null;
  }

  /**
   * @param {Event & { clientX: number, clientY: number }} event
   * @returns {Unit | null} the unit under the pointer
   */
  unitUnder(event) {
    const found = this.figureOf(event.target);
    const cell = found?.figure.stage.cell(event);
    if (!found || !cell) return null;
    const index = found.figure.index(cell.row, cell.column, this._look());
    return index && { layer: found.row.layer.name, index };
  }

  /**
   * @param {Mark} mark
   * @param {Marked[]} marked
   */
  mark(mark, marked) {
    for (const { layer } of this._marked.get(mark) ?? []) {
      for (const figure of this.byName.get(layer)?.figures ?? []) figure.stage.mark(mark, null);
    }
    this._marked.set(mark, marked);
    this._paintMarks(mark);
  }

  /**
   * Brings a unit onto the screen: its layer is shown, its page turned to.
   *
   * @param {Unit} unit
   * @param {{ scroll?: boolean }} [options]
   */
  reveal({ layer, index }, { scroll = true } = {}) {
    const row = this.byName.get(layer);
    if (!row) return;
    if (row.hidden) {
      row.hide(false);
      this._onShow(row, true);
    }
    row.turnToChannel(index[0] ?? 0);
    if (scroll) row.root.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {Unit} unit
   * @returns {Figure | null} that on which it is now
   */
  figureFor({ layer, index }) {
    const row = this.byName.get(layer);
    const figures = row?.figures ?? [];
    if (row && formOf(row.layer.shape) === "vector") return figures[0] ?? null;
    return figures.find((figure) => figure.channel === index[0]) ?? null;
  }

  close() {
    this._near.disconnect();
    this._building++;
  }

  /** @param {IntersectionObserverEntry[]} entries */
  _approach(entries) {
    const came = [];
    for (const { target, isIntersecting } of entries) {
      const row = this._rows.get(target);
      if (!row) continue;
      row.approach(isIntersecting);
      if (isIntersecting) came.push(row);
    }
    this._missing(came);
  }

  /** @param {Row[]} rows */
  _missing(rows) {
    const missing = rows.filter((row) => row.wanted && !row.complete);
    if (missing.length) this._onMissing(missing);
    if (rows.length) this._remark();
  }

  _remark() {
    onNextFrame(this, () => {
      for (const mark of this._marked.keys()) this._paintMarks(mark);
    });
  }

  /** @param {Mark} mark */
  _paintMarks(mark) {
    const look = this._look();
    const marked = this._marked.get(mark) ?? [];
    for (const name of new Set(marked.map(({ layer }) => layer))) {
      const here = marked.filter(({ layer }) => layer === name);
      for (const figure of this.byName.get(name)?.figures ?? []) {
        const regions = here.map(({ first, last }) => figure.region(first, last, look));
        figure.stage.mark(mark, regions.find((region) => region !== null) ?? null);
      }
    }
  }
}

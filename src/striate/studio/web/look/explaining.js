// @ts-check
/** The arithmetic of the value that is looked at: in the panel beside the maps, and lit up in them. */

import { short } from "../numbers.js";
import { theme } from "../theme.js";
import { unitName } from "./forms.js";
import { Inspector, same } from "./inspector.js";
import { MapPanel } from "./map_panel.js";
import { Lights } from "./marks.js";
import { HOVER, measure } from "./measures.js";
import { onNextFrame } from "./next_frame.js";
import { Side } from "./side.js";
import { WhyPanel } from "./why_panel.js";

/**
 * @typedef {import("./look_view.js").LookView} LookView
 * @typedef {import("./state.js").Unit} Unit
 * @typedef {import("./why_panel.js").Found} Found
 */

export class Explaining {
  /** @param {LookView} view */
  constructor(view) {
    this._view = view;
    this.lights = new Lights([view.rows, view.stack], view.given);
    /** @type {Found | null} */
    this._last = null;
    this.inspector = new Inspector(view.source, {
      trace: () => view.tracer.last?.trace ?? null,
      onLook: (unit) => this._looked(unit),
      onFound: (unit, found, time) => this._found(unit, found, time),
      onError: (_unit, error) => this.side.problem(error.message),
      onTrail: (trail) => {
        view.state.trail = trail;
        view.state.map = null;
        view.save({ push: true });
        this.settle();
      },
    });
    this._why = new WhyPanel({
      onWalk: (unit) => {
        this.inspector.walk(unit);
        view.reveal(unit);
      },
      activated: (unit) => this._activated(unit),
      onEntry: (unit) => this.lights.entry(unit),
      shapeOf: (layer) => view.layer(layer)?.shape ?? null,
      className: (layer, channel) => view.className(layer, channel),
      theme,
    });
    this._map = new MapPanel(view.source, theme);
    this.side = new Side(
      { arithmetic: this._why.root, map: this._map.root },
      {
        onReturn: (count) => {
          this.inspector.follow(this.inspector.trail.slice(0, count));
          view.reveal(this.inspector.unit);
        },
        onUnpin: () => this.inspector.unpin(),
        onPin: () => this.inspector.unit && this.inspector.pin(this.inspector.unit),
        onClose: () => this._close(),
      },
    );
  }

  /**
   * @param {Unit} unit
   * @param {number} time of the event
   */
  pointAt(unit, time) {
    this.inspector.point(unit, time);
    if (!this.inspector.pinned) return;
    const value = this._view.rows.byName.get(unit.layer)?.valueAt(unit.index) ?? null;
    const name = unitName(unit.layer, unit.index);
    this.side.under(value === null ? name : `Under the pointer: ${name} = ${short(value)}`);
  }

  /** An input has run through the network: what is looked at has other values. */
  refresh() {
    const { state } = this._view;
    if (this.inspector.unit) this.inspector.refresh();
    else if (state.trail.length) this.follow();
    if (state.map) this.settle();
  }

  /** Values of a layer have come that were not known before. */
  mapsCame() {
    if (this._last) this._why.showActivated(this._last.why);
  }

  /** Looks at what the state says. */
  follow() {
    const { trail, map } = this._view.state;
    this.inspector.follow(trail, { quiet: true });
    if (!trail.length && !map) this.inspector.forget();
    this.settle();
    this._view.reveal(this.inspector.unit);
  }

  /** Shows in the panel what is looked at. */
  settle() {
    const { map } = this._view.state;
    const layer = map && this._view.layer(map.layer);
    if (map && layer) {
      this.side.map();
      void this._map.show(layer, map.channel, this._view.tracer.last?.trace ?? null);
    } else if (this.inspector.unit && this._last) {
      this.side.value(this.inspector.trail, this.inspector.pinned);
    }
  }

  /** The theme is another one. */
  repaint() {
    if (this._last && !this._view.state.map) this._why.show(this._last);
    else this.settle();
  }

  /**
   * @param {string} layer
   * @param {number} channel
   */
  showMap(layer, channel) {
    this._view.state.map = { layer, channel };
    this._view.save({ push: true });
    this.settle();
  }

  /** Esc: back to the arithmetic from a map's filters, then to the pointer from a pinned value. */
  letGo() {
    const { state } = this._view;
    if (!state.map) this.inspector.unpin();
    else if (!this.inspector.unit) this._close();
    else {
      state.map = null;
      this._view.save();
      this.repaint();
      this.settle();
    }
  }

  /**
   * @param {string} layer
   * @param {import("./figures.js").Figure} figure
   * @returns {{ row: number, column: number } | null} the cell of the value that is looked at, if it
   *   is on this figure
   */
  cursorOn(layer, figure) {
    const { unit } = this.inspector;
    if (unit?.layer !== layer) return null;
    const region = figure.region(unit.index, unit.index, this._view.look);
    return region && { row: region.row0, column: region.column0 };
  }

  /**
   * @param {Unit} unit
   * @returns {{ unit: Unit, value: number | null } | null} the activation of it, if one comes next
   */
  _activated({ layer, index }) {
    const { layers, rows } = this._view;
    const next = layers.filter(({ operands }) => operands.includes(layer));
    const [{ kind, name, operands, shape } = { kind: "", name: "", operands: [], shape: [] }] =
      next;
    const same = shape.join() === this._view.layer(layer)?.shape.join();
    if (next.length !== 1 || kind !== "activation" || operands.length !== 1 || !same) return null;
    return { unit: { layer: name, index }, value: rows.byName.get(name)?.valueAt(index) ?? null };
  }

  _close() {
    Object.assign(this._view.state, { map: null, trail: [] });
    this.inspector.forget();
    this._view.save({ push: true });
  }

  /** @param {Unit | null} unit */
  _looked(unit) {
    this.lights.look(unit);
    if (unit) return;
    this._last = null;
    this.side.clear();
  }

  /**
   * @param {Unit} unit
   * @param {Found} found
   * @param {number} time
   */
  _found(unit, found, time) {
    onNextFrame(this, () => {
      if (!this.inspector.unit || !same(unit, this.inspector.unit)) return;
      this._last = found;
      this.lights.found(unit, found, this._view.layers[0]);
      if (!this._view.state.map) {
        this._why.show(found);
        this.settle();
      }
      measure(HOVER, time);
    });
  }
}

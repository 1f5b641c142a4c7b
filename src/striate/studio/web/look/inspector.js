// @ts-check
/** Which value is looked at: the one pointed at, or the pinned one and those one came by. */

import { Dropped } from "../source/source.js";
import { unitName } from "./forms.js";

/**
 * @typedef {import("../source/source.js").Source} Source
 * @typedef {import("./state.js").Unit} Unit
 * @typedef {import("./why_panel.js").Found} Found
 *
 * @typedef {object} InspectorHost
 * @property {() => number | null} trace number of the present one
 * @property {(unit: Unit, found: Found, time: number) => void} onFound
 * @property {(unit: Unit, error: Error) => void} onError
 * @property {(unit: Unit | null) => void} onLook another unit is looked at; nothing is known of it yet
 * @property {(trail: Unit[]) => void} onTrail the pinned units are others
 */

export class Inspector {
  /**
   * @param {Source} source
   * @param {InspectorHost} host
   */
  constructor(source, host) {
    this._source = source;
    this._host = host;
    /** @type {Unit[]} */
    this.trail = [];
    /** @type {Unit | null} */
    this.unit = null;
    /** @type {{ unit: Unit, time: number } | null} */
    this._next = null;
    this._busy = false;
    this._closed = false;
  }

  get pinned() {
    return this.trail.length > 0;
  }

  /**
   * A value is pointed at. Nothing happens while another one is pinned.
   *
   * @param {Unit} unit
   * @param {number} time of the event
   */
  point(unit, time) {
    if (this.pinned || (this.unit && same(unit, this.unit))) return;
    this._look(unit, time);
  }

  /**
   * @param {Unit[]} trail the last is pinned; none is if it is empty
   * @param {{ quiet?: boolean }} [options] quiet: the address knows already
   */
  follow(trail, { quiet = false } = {}) {
    this.trail = trail;
    const last = trail.at(-1);
    if (last) this._look(last, performance.now());
    if (!quiet) this._host.onTrail(trail);
  }

  /** @param {Unit} unit */
  pin(unit) {
    this.follow([unit]);
  }

  /** @param {Unit} unit that the shown one was computed from */
  walk(unit) {
    const trail = this.pinned || !this.unit ? this.trail : [this.unit];
    this.follow([...trail, unit]);
  }

  unpin() {
    if (this.pinned) this.follow([]);
  }

  /** Another network is open, in which there is no such unit. */
  forget() {
    this.trail = [];
    this.unit = null;
    this._next = null;
    this._host.onLook(null);
  }

  /** Another input ran through the network: the same unit has another value. */
  refresh() {
    if (this.unit) this._ask(this.unit, performance.now());
  }

  close() {
    this._closed = true;
    this._next = null;
  }

  /**
   * @param {Unit} unit
   * @param {number} time
   */
  _look(unit, time) {
    this.unit = unit;
    this._host.onLook(unit);
    this._ask(unit, time);
  }

  /**
   * @param {Unit} unit
   * @param {number} time
   */
  _ask(unit, time) {
    this._next = { unit, time };
    if (!this._busy) void this._run();
  }

  async _run() {
    this._busy = true;
    while (this._next && !this._closed) {
      const { unit, time } = this._next;
      const trace = this._host.trace();
      this._next = null;
      if (trace === null) break;
      const [channel = 0, ...position] = unit.index;
      try {
        const { values } = await this._source.request(
          "look.why",
          { trace, layer: unit.layer, channel, position },
          { latest: "hover" },
        );
        if (this.unit && same(unit, this.unit)) this._host.onFound(unit, values, time);
      } catch (error) {
        if (error instanceof Dropped || !this.unit || !same(unit, this.unit)) continue;
        // The trace was replaced by a newer one while this was on its way: that one is asked next.
        if (this._host.trace() !== trace) this._next ??= { unit, time };
        else this._host.onError(unit, /** @type {Error} */ (error));
      }
    }
    this._busy = false;
  }
}

/**
 * @param {Unit} one
 * @param {Unit} other
 */
export const same = (one, other) =>
  unitName(one.layer, one.index) === unitName(other.layer, other.index);

// @ts-check
/**
 * Snapshots of the inside of a network: as they come while it trains, or of one saved moment.
 *
 * Taking them costs training a little, so they are asked for only while they are looked at.
 */

import { Dropped } from "../source/source.js";

/**
 * @typedef {import("../source/source.js").Source} Source
 * @typedef {import("./types.js").Snapshot} Snapshot
 * @typedef {{ run: string, moment: number | null, example: number | null, layers: string[] | null }} Wish
 *   moment: the step of a saved moment, null for what trains now
 */

const PAUSE = 120;

export class Feed {
  /**
   * @param {Source} source
   * @param {(snapshot: Snapshot) => void} onSnapshot
   * @param {(message: string) => void} onRefused
   */
  constructor(source, onSnapshot, onRefused) {
    this._source = source;
    this._onSnapshot = onSnapshot;
    this._onRefused = onRefused;
    this._asked = "";
    this._timer = 0;
    this._end = () => {};
  }

  /**
   * @param {Wish | null} wish null while nobody looks
   * @returns {boolean} whether this is another wish than before
   */
  want(wish) {
    const asked = JSON.stringify(wish);
    if (asked === this._asked) return false;
    const first = this._asked === "" || this._asked === "null";
    this._asked = asked;
    clearTimeout(this._timer);
    // Scrolling and scrubbing change the wish many times a second.
    this._timer = setTimeout(() => this._ask(wish), first || wish === null ? 0 : PAUSE);
    return true;
  }

  /** @param {Wish | null} wish */
  _ask(wish) {
    this._end();
    this._end = () => {};
    if (!wish) return;
    const { run, moment, example, layers } = wish;
    let over = false;
    const hear = (/** @type {any} */ snapshot) => {
      if (!over) this._onSnapshot(snapshot);
    };
    const refuse = (/** @type {Error | null} */ error) => {
      if (error && !over && !(error instanceof Dropped)) this._onRefused(error.message);
    };
    if (moment === null) {
      const end = this._source.stream("train.live", { run, example, layers }, hear, refuse);
      this._end = () => {
        over = true;
        end();
      };
    } else {
      this._end = () => {
        over = true;
      };
      this._source
        .request("train.moment", { run, step: moment, example, layers }, { latest: "moment" })
        .then(hear, refuse);
    }
  }

  /** Asks anew, also for what was asked before. */
  again() {
    this._asked = "";
  }

  close() {
    clearTimeout(this._timer);
    this._end();
  }
}

// @ts-check
/** Runs the network on what it is given: one request on its way, and the newest waits. */

import { Dropped } from "../source/source.js";
import { PAD } from "./strokes.js";

/**
 * @typedef {import("../source/source.js").Source} Source
 * @typedef {import("../source/source.js").Tensor} Tensor
 * @typedef {import("./state.js").Input} Input
 * @typedef {{ name: string, from: number, to: number }} Part channels of a layer
 * @typedef {{ index: number, name: string, probability: number }} Guess
 *
 * @typedef {object} Traced what the network made of an input
 * @property {Input} given
 * @property {number} trace its number
 * @property {Guess[]} guesses likeliest first
 * @property {number | null} truth
 * @property {Record<string, (number | null)[]>} extremes of every layer
 * @property {Tensor} input as the network got it
 * @property {Tensor | null} picture
 * @property {Part[]} parts the layers whose values came with it
 * @property {Record<string, Tensor>} arrays those values, by the layers' names
 * @property {number} time of the event that asked for it
 */

export class Tracer {
  /**
   * @param {Source} source
   * @param {object} tells
   * @param {() => Uint8Array<ArrayBuffer>} tells.ink the drawing as it is now
   * @param {() => Part[]} tells.wanted what is looked at now
   * @param {(traced: Traced) => void} tells.onTraced
   * @param {(error: Error) => void} tells.onError
   */
  constructor(source, { ink, wanted, onTraced, onError }) {
    this._source = source;
    this._ink = ink;
    this._wanted = wanted;
    this._onTraced = onTraced;
    this._onError = onError;
    /** @type {{ input: Input, time: number } | null} */
    this._next = null;
    this._busy = false;
    this._closed = false;
    /** Answers for another network than the present one are not wanted. */
    this._era = 0;
    /** @type {Traced | null} */
    this.last = null;
  }

  /**
   * @param {Input} input
   * @param {number} time of the event that gave it
   */
  give(input, time) {
    this._next = { input, time };
    if (!this._busy) void this._run();
  }

  /** Another network is open: what comes of the one before is dropped. */
  reset() {
    this._era++;
    this._next = null;
    this.last = null;
  }

  close() {
    this._closed = true;
    this.reset();
  }

  async _run() {
    this._busy = true;
    while (this._next && !this._closed) {
      const { input, time } = this._next;
      const era = this._era;
      this._next = null;
      try {
        const traced = await this._trace(input, time);
        if (era !== this._era) continue;
        this.last = traced;
        this._onTraced(traced);
      } catch (error) {
        if (era === this._era && !(error instanceof Dropped)) {
          this._onError(/** @type {Error} */ (error));
        }
      }
    }
    this._busy = false;
  }

  /**
   * @param {Input} input
   * @param {number} time
   * @returns {Promise<Traced>}
   */
  async _trace(input, time) {
    const parts = this._wanted();
    const drawn = input.kind === "drawing";
    const { values, arrays } = await this._source.request(
      "look.trace",
      { input: drawn ? { kind: "drawing" } : input, layers: parts },
      {
        latest: "pen",
        arrays: drawn
          ? { drawing: { type: "uint8", shape: [PAD, PAD], data: this._ink() } }
          : undefined,
      },
    );
    return {
      given: input,
      trace: values.trace,
      guesses: values.guesses,
      truth: values.truth,
      extremes: values.extremes,
      input: arrays.input,
      picture: arrays.picture ?? null,
      parts,
      arrays,
      time,
    };
  }
}

// @ts-check
/** Pause, resume, stop and go on: what can be done in the state the run is in. */

import { element } from "../element.js";

/**
 * @typedef {import("../main.js").Host} Host
 * @typedef {import("./types.js").Progress} Progress
 * @typedef {import("./types.js").State} State
 */

/** @type {Record<State, { first: "pause" | "resume" | "continue" | null, stop: boolean }>} */
const POSSIBLE = {
  starting: { first: null, stop: true },
  training: { first: "pause", stop: true },
  paused: { first: "resume", stop: true },
  stopped: { first: "continue", stop: false },
  killed: { first: "continue", stop: false },
  failed: { first: "continue", stop: false },
  finished: { first: null, stop: false },
  damaged: { first: null, stop: false },
};

const TITLES = { pause: "Pause", resume: "Resume", continue: "Go on" };

export class Controls {
  /**
   * @param {Host} host
   * @param {string} run
   * @param {() => void} onContinued
   */
  constructor(host, run, onContinued) {
    this._host = host;
    this._run = run;
    this._onContinued = onContinued;
    /** @type {State | null} */
    this._state = null;
    this._first = element("button", { type: "button", hidden: true, onclick: () => void this._give(this._what) });
    this._stop = element("button", { type: "button", hidden: true, onclick: () => void this._give("stop") }, ["Stop"]);
    this._refusal = element("span", { class: "refusal", role: "alert" });
    /** @type {"pause" | "resume" | "continue" | null} */
    this._what = null;
    this.root = element("div", { class: "controls" }, [this._first, this._stop, this._refusal]);
  }

  /** @param {Progress} progress */
  show({ state }) {
    if (state === this._state) return;
    this._state = state;
    const { first, stop } = POSSIBLE[state];
    this._what = first;
    this._first.hidden = first === null;
    this._first.textContent = first ? TITLES[first] : "";
    this._first.classList.toggle("primary", first === "resume" || first === "continue");
    this._stop.hidden = !stop;
    this._refusal.textContent = "";
    this._enable(true);
  }

  /** @param {"pause" | "resume" | "continue" | "stop" | null} order */
  async _give(order) {
    if (!order) return;
    const { source } = this._host;
    this._refusal.textContent = "";
    this._enable(false);
    try {
      if (order === "continue") {
        await source.request("train.continue", { run: this._run });
        this._onContinued();
      } else await source.request("train.order", { run: this._run, order });
    } catch (error) {
      this._refusal.textContent = /** @type {Error} */ (error).message;
      this._enable(true);
    }
  }

  /** @param {boolean} enabled they wait for the state to change after an order */
  _enable(enabled) {
    this._first.disabled = !enabled;
    this._stop.disabled = !enabled;
  }
}

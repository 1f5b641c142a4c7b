// @ts-check
/** Opening a network, and giving it something to begin with. */

import { element } from "../element.js";
import { aboutWords } from "./about.js";
import { hiddenNames } from "./state.js";

/**
 * @typedef {import("./about.js").Network} Network
 * @typedef {import("./forms.js").Layer} Layer
 * @typedef {import("./look_view.js").LookView} LookView
 * @typedef {import("./state.js").Input} Input
 *
 * @typedef {object} Opened what the server says of a network
 * @property {Network} network
 * @property {Layer[]} layers
 * @property {{ parameters: number, multiply_adds: number }} totals
 * @property {import("./picker.js").Dataset[]} datasets whose test examples it can be given
 */

export class Opening {
  /** @param {LookView} view */
  constructor(view) {
    this._view = view;
    this.waiting = element("p", { class: "waiting", role: "status" }, ["Opening the network …"]);
    this.about = element("p", { class: "about faint" }, [" "]);
    /** Counts them, since only the newest matters. */
    this._number = 0;
    this._first = "";
  }

  /** @returns {() => void} ends it */
  start() {
    const view = this._view;
    let lost = false;
    const end = view.source.onStatus((status) => {
      if (status === "lost") lost = true;
      else if (status === "open" && lost) {
        lost = false;
        // A studio that was started anew knows nothing of this page.
        setTimeout(() => void this._again());
      }
    });
    void this._begin();
    return () => {
      this._number++;
      end();
    };
  }

  /**
   * Opens a network and gives it the input of the state, or one to begin with.
   *
   * @param {string} name
   * @param {number[] | null} shape
   * @param {{ fresh?: boolean }} [options] fresh: chosen by hand, so that what was pinned and hidden
   *   in another one is forgotten
   */
  async open(name, shape, { fresh = false } = {}) {
    const view = this._view;
    const number = ++this._number;
    view.networks.show(name, shape);
    view.problem("");
    this._wait(true);
    try {
      const asked = { source: name, input_shape: shape };
      const { values } = await view.source.request("look.open", asked);
      if (number !== this._number) return;
      const before = view.network;
      const { state } = view;
      state.network = name;
      state.shape = shape;
      if (fresh) {
        Object.assign(state, { trail: [], map: null, hidden: [] });
        const other = before?.dataset !== values.network.dataset;
        if (other && state.input?.kind !== "drawing") state.input = null;
      }
      this._show(values);
      view.save({ push: fresh });
      await this._beginWith(values.datasets);
    } catch (error) {
      if (number === this._number) this._failed(name, /** @type {Error} */ (error));
    } finally {
      if (number === this._number) this._wait(false);
    }
  }

  async _begin() {
    const { source, networks, state } = this._view;
    try {
      const { values } = await source.request("look.networks");
      networks.list(values.networks);
      this._first = values.first;
      await this.open(state.network ?? values.first, state.shape);
    } catch (error) {
      this._view.problem(/** @type {Error} */ (error).message);
    }
  }

  /** The studio was lost and is there again. */
  async _again() {
    const { source, state, network, tracer } = this._view;
    if (!state.network || !network) return this._begin();
    try {
      await source.request("look.open", { source: state.network, input_shape: state.shape });
      if (state.input) tracer.give(state.input, performance.now());
    } catch (error) {
      this._view.problem(/** @type {Error} */ (error).message);
    }
  }

  /** @param {Opened} opened */
  _show({ network, layers, totals }) {
    const view = this._view;
    const { state } = view;
    const names = layers.map(({ name }) => name);
    view.tracer.reset();
    view.explaining.inspector.forget();
    view.root.classList.remove("closed");
    view.network = network;
    view.layers = layers;
    view.hidden = hiddenNames(state.hidden, names);
    view.networks.show(state.network ?? "", network.input_shape);
    view.toolbar.list(layers, network.reads === "signal");
    view.toolbar.count(view.hidden);
    view.given.prepare(network.input_shape, view.leftRoom);
    view.guesses.prepare(network.classes.length);
    view.pad.root.hidden = network.reads === "signal" || network.reads === "film";
    this.about.textContent = aboutWords(network, layers.length, totals);
    this.about.classList.toggle("untrained", !network.trained);
    view.rows.show(layers, view.hidden);
    view.stack.show(layers, view.hidden);
    view.settleShow();
  }

  /** @param {Opened["datasets"]} datasets */
  async _beginWith(datasets) {
    const { state, pad, picker } = this._view;
    const { input } = state;
    const given = (/** @type {Input} */ kept) =>
      kept.kind === "test"
        ? datasets.some(({ name }) => name === kept.dataset)
        : kept.kind !== "drawing" || !pad.root.hidden;
    /** @type {Input} */
    let first = { kind: "blank" };
    if (input && given(input)) first = input;
    else if (datasets.length) first = { kind: "test", dataset: datasets[0].name, index: 0 };
    if (first.kind === "drawing") pad.load(first.strokes);
    this._view.give(first);
    await picker.show(datasets, first.kind === "test" ? first.dataset : null);
  }

  /**
   * @param {string} name
   * @param {Error} error
   */
  _failed(name, error) {
    const { networks, network, state } = this._view;
    if (network) {
      networks.show(state.network ?? "", network.input_shape);
      this._view.problem(error.message);
    } else if (this._first && this._first !== name) {
      const instead = element(
        "button",
        { type: "button", onclick: () => void this.open(this._first, null, { fresh: true }) },
        [`Open ${networks.titleOf(this._first)}`],
      );
      this._view.problem(error.message, instead);
    } else this._view.problem(error.message);
  }

  /** @param {boolean} waiting */
  _wait(waiting) {
    this.waiting.hidden = !waiting;
    this._view.middle.setAttribute("aria-busy", String(waiting));
  }
}

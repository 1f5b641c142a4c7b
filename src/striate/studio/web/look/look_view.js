// @ts-check
/** The parts of the Look view, and what each tells the others. */

import { element } from "../element.js";
import { onTheme, theme } from "../theme.js";
import { Explaining } from "./explaining.js";
import { SIDES } from "./forms.js";
import { Given } from "./given.js";
import { Guesses } from "./guesses.js";
import { watchKeys } from "./keys.js";
import { PEN, measure } from "./measures.js";
import { Networks } from "./networks.js";
import { ahead, onNextFrame } from "./next_frame.js";
import { Opening } from "./opening.js";
import { makePad } from "./pad.js";
import { Pages } from "./pages.js";
import { Picker } from "./picker.js";
import { watchPointer } from "./pointing.js";
import { Rows } from "./rows.js";
import { Stack } from "./stack.js";
import { hiddenNames, hiddenWord, readState, writeState } from "./state.js";
import { Toolbar } from "./toolbar.js";
import { Tracer } from "./tracer.js";
import { makeUpload, upload } from "./upload.js";

/**
 * @typedef {import("../main.js").Host} Host
 * @typedef {import("./about.js").Network} Network
 * @typedef {import("./figures.js").Look} Look
 * @typedef {import("./forms.js").Layer} Layer
 * @typedef {import("./row.js").Row} Row
 * @typedef {import("./state.js").Input} Input
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Unit} Unit
 * @typedef {import("./tracer.js").Traced} Traced
 */

export class LookView {
  /** @param {Host} host */
  constructor({ source, address, announce }) {
    this.source = source;
    this._address = address;
    this._announce = announce;
    this.state = readState(address);
    /** @type {Network | null} */
    this.network = null;
    /** @type {Layer[]} */
    this.layers = [];
    /** @type {Set<string>} */
    this.hidden = new Set();
    this._speak = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._saying = undefined;
    this._time = 0.5;
    this._room = 560;
    /** @type {(() => void)[]} */
    this._ends = [];
    this.pad = makePad({
      onInk: (time) => {
        this.state.input = { kind: "drawing", strokes: "" };
        this.tracer.give(this.state.input, time);
      },
      onStroke: (strokes) => this._drawn(strokes),
    });
    this.tracer = new Tracer(this.source, {
      ink: () => this.pad.ink(),
      wanted: () => (this.state.show === "stack" ? this.stack.parts : this.rows.parts),
      onTraced: (traced) => this._traced(traced),
      onError: (error) => this.problem(error.message),
    });
    this.given = new Given();
    this.guesses = new Guesses();
    this.networks = new Networks(
      (name) => void this.opening.open(name, null, { fresh: true }),
      (shape) =>
        this.state.network && void this.opening.open(this.state.network, shape, { fresh: true }),
    );
    this.picker = new Picker(this.source, (dataset, index) =>
      this.give({ kind: "test", dataset, index }, { push: true }),
    );
    this.rows = new Rows({
      look: () => this.look,
      onMissing: (rows) => this.state.show === "rows" && this.pages.fetch(rows),
      onShow: (row, shown) => this._shown(row, shown),
    });
    this.pages = new Pages(
      this.source,
      () => this.tracer.last,
      () => this.explaining.mapsCame(),
      (message) => this.problem(message),
    );
    this.stack = new Stack({
      look: () => this.look,
      onMissing: () => {
        const { last } = this.tracer;
        if (last && this.state.input) this.tracer.give(this.state.input, performance.now());
      },
      onTurn: (turn) => {
        this.state.turn = turn;
        this.save();
      },
    });
    this.explaining = new Explaining(this);
    this.opening = new Opening(this);
    this.toolbar = new Toolbar({
      onShow: (show) => this._change({ show }),
      onZoom: (direction) => this.zoom(direction),
      onScale: (scale) => this._change({ scale }),
      onHide: (layers) => this._showOnly(layers),
      onGoTo: (layer) => this._goTo(layer),
      onTime: (time) => {
        this._time = time;
        this.rows.repaint();
        this.stack.repaint();
        this._moment();
      },
    });
    this._problems = element("p", { class: "problem", role: "alert", hidden: true });
    this.left = element("div", { class: "left" });
    const files = makeUpload(this.left, (file) => void this._upload(file));
    this._ends.push(files.close);
    this.left.append(
      this.pad.root,
      element("div", { class: "outcome" }, [this.given.root, this.guesses.root]),
      this.picker.root,
      files.root,
    );
    this.middle = element("div", { class: "middle" }, [
      element("div", { class: "top" }, [this.networks.root, this.toolbar.root]),
      this._problems,
      this.opening.about,
      this.opening.waiting,
      this.rows.root,
      this.stack.root,
    ]);
    this.root = element("div", { class: "look-view closed" }, [
      this.left,
      this.middle,
      this.explaining.side.root,
    ]);
    this._ends.push(
      onTheme(() => this._repaint()),
      watchKeys(this),
      this._address.subscribe(() => this._follow(readState(this._address))),
    );
    watchPointer(this);
  }

  /** @returns {string} the state as an address has it */
  get words() {
    return wordsOf(this.state);
  }

  /** @returns {Look} */
  get look() {
    return {
      span: this.state.scale,
      extremes: this.tracer.last?.extremes ?? {},
      theme: theme(),
      side: SIDES[this.state.zoom],
      room: this._room,
      time: this._time,
      classes: this.network?.classes ?? [],
    };
  }

  /** @returns {number} CSS pixels across that the left column has */
  get leftRoom() {
    return Math.max(200, this.left.clientWidth - 6);
  }

  start() {
    const sizes = new ResizeObserver(() => this._measure());
    sizes.observe(this.middle);
    this._ends.push(() => sizes.disconnect());
    this.toolbar.settle(this.state);
    this._measure();
    this._ends.push(this.opening.start());
  }

  close() {
    this.tracer.close();
    this.explaining.inspector.close();
    this.rows.close();
    this.stack.close();
    for (const end of this._ends) end();
  }

  /**
   * @param {Input} input
   * @param {{ push?: boolean }} [options]
   */
  give(input, { push = false } = {}) {
    this.state.input = input;
    this.save({ push });
    if (input.kind === "test") this.picker.mark(input.dataset, input.index);
    else this.picker.mark(null);
    this.tracer.give(input, performance.now());
  }

  /** @param {string} strokes */
  _drawn(strokes) {
    this.state.input = strokes ? { kind: "drawing", strokes } : { kind: "blank" };
    this.picker.mark(null);
    this.save({ push: true });
    this._speak = true;
  }

  /** @param {File} file */
  async _upload(file) {
    try {
      const { id } = await upload(file);
      this.problem("");
      this.give({ kind: "upload", id }, { push: true });
    } catch (error) {
      this.problem(/** @type {Error} */ (error).message);
    }
  }

  /** @param {Traced} traced */
  _traced(traced) {
    this.problem("");
    this.rows.give(traced);
    this.stack.give(traced);
    this.guesses.show(traced.guesses, traced.truth);
    onNextFrame(this.given, () => this.given.show(traced.input, traced.picture, theme()));
    const { input } = this.state;
    const { picture } = traced;
    if (traced.given === input && (input.kind === "test" || input.kind === "upload")) {
      this.pad.wipe();
      this.pad.picture(
        picture && { values: picture.data, shape: picture.shape },
        this.network?.reads === "digit",
      );
    }
    this.explaining.refresh();
    if (this._speak || input?.kind !== "drawing") this._announce(this.guesses.words);
    this._speak = false;
    ahead();
    onNextFrame(this, () => measure(PEN, traced.time));
  }

  /**
   * @param {Row} row
   * @param {boolean} shown
   */
  _shown(row, shown) {
    if (shown) this.hidden.delete(row.layer.name);
    else this.hidden.add(row.layer.name);
    this._keepHidden();
  }

  /** @param {Layer[]} layers */
  _showOnly(layers) {
    const names = new Set(layers.map(({ name }) => name));
    this.hidden = new Set(this.layers.map(({ name }) => name).filter((name) => !names.has(name)));
    this.rows.hide(this.hidden);
    this._keepHidden();
  }

  _keepHidden() {
    this.state.hidden = hiddenWord(
      this.hidden,
      this.layers.map(({ name }) => name),
    );
    this.toolbar.count(this.hidden);
    this.stack.hide(this.hidden);
    this.save();
  }

  /** @param {Partial<Pick<State, "show" | "zoom" | "scale">>} change */
  _change(change) {
    const before = { ...this.state };
    Object.assign(this.state, change);
    this.toolbar.settle(this.state);
    if (before.zoom !== this.state.zoom) this.rows.resize();
    if (before.show !== this.state.show) this.settleShow();
    this.rows.repaint();
    this.stack.repaint();
    this.save();
  }

  /** @param {1 | -1} direction */
  zoom(direction) {
    if (this.state.show === "stack") this.stack.zoom(direction);
    else {
      const zoom = Math.max(0, Math.min(SIDES.length - 1, this.state.zoom + direction));
      this._change({ zoom });
    }
  }

  settleShow() {
    const stacked = this.state.show === "stack";
    this.rows.root.hidden = stacked;
    this.stack.turn(this.state.turn);
    this.stack.open(stacked);
    this._moment();
  }

  /** @param {string} words for who listens to the page */
  say(words) {
    clearTimeout(this._saying);
    this._saying = setTimeout(() => this._announce(words), 250);
  }

  _moment() {
    this.explaining.lights.moment(
      this.network?.reads === "signal" ? this._time : null,
      this.layers,
    );
  }

  /** @param {Unit | null} unit */
  reveal(unit) {
    if (unit && this.state.show === "rows") this.rows.reveal(unit);
  }

  /** @param {string} name */
  _goTo(name) {
    if (this.state.show === "stack") this._change({ show: "rows" });
    this.rows.byName.get(name)?.root.scrollIntoView({ block: "start" });
  }

  /** @param {State} next that the address says */
  _follow(next) {
    const { network, shape, input } = this.state;
    if (next.network === null) next = { ...next, network, shape, input: next.input ?? input };
    const other = JSON.stringify([next.network, next.shape]) !== JSON.stringify([network, shape]);
    if (wordsOf(next) === this.words) return;
    this.state = next;
    this.toolbar.settle(next);
    if (other && next.network) {
      void this.opening.open(next.network, next.shape);
      return;
    }
    this.hidden = hiddenNames(
      next.hidden,
      this.layers.map(({ name }) => name),
    );
    this.rows.hide(this.hidden);
    this.stack.hide(this.hidden);
    this.toolbar.count(this.hidden);
    this.settleShow();
    this.rows.resize();
    this.rows.repaint();
    if (JSON.stringify(next.input) !== JSON.stringify(input) && next.input) {
      if (next.input.kind === "drawing") this.pad.load(next.input.strokes);
      else this.pad.wipe();
      this.give(next.input);
    }
    this.explaining.follow();
  }

  _repaint() {
    const { last } = this.tracer;
    this.rows.repaint();
    this.stack.repaint();
    if (last) this.given.show(last.input, last.picture, theme());
    this.picker.repaint();
    this.explaining.repaint();
  }

  _measure() {
    const room = Math.max(200, this.rows.root.clientWidth - 26);
    if (this.rows.root.hidden || room === this._room) return;
    this._room = room;
    this.rows.resize();
  }

  /**
   * @param {string} message "" where there is none
   * @param {HTMLElement} [remedy]
   */
  problem(message, remedy) {
    if (message === "" && this._problems.hidden) return;
    this._problems.hidden = message === "";
    this._problems.replaceChildren(message, ...(remedy ? [" ", remedy] : []));
  }

  /** @param {{ push?: boolean }} [options] */
  save(options) {
    this._address.set({ view: "look", ...writeState(this.state) }, options);
  }

  /** @param {string} name */
  layer(name) {
    return this.layers.find((layer) => layer.name === name) ?? null;
  }

  /**
   * @param {string} name
   * @param {number} channel
   */
  className(name, channel) {
    const layer = this.layer(name);
    const classes = this.network?.classes ?? [];
    const vector = layer && layer.shape.length === 1 && layer.shape[0] === classes.length;
    return vector ? (classes[channel] ?? null) : null;
  }
}

/** @param {State} state */
function wordsOf(state) {
  const entries = Object.entries(writeState(state)).filter(([, value]) => value);
  return new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString();
}

// @ts-check
/** The parts of the Look view, and what each tells the others. */

import { element } from "../element.js";
import { short } from "../numbers.js";
import { onTheme, theme } from "../theme.js";
import { SIDES, unitName } from "./forms.js";
import { aboutWords } from "./about.js";
import { Given } from "./given.js";
import { Guesses } from "./guesses.js";
import { Inspector, same } from "./inspector.js";
import { watchKeys } from "./keys.js";
import { MapPanel } from "./map_panel.js";
import { Lights } from "./marks.js";
import { HOVER, PEN, measure } from "./measures.js";
import { Networks } from "./networks.js";
import { onNextFrame } from "./next_frame.js";
import { makePad } from "./pad.js";
import { Pages } from "./pages.js";
import { Picker } from "./picker.js";
import { watchPointer } from "./pointing.js";
import { Rows } from "./rows.js";
import { Side } from "./side.js";
import { Stack } from "./stack.js";
import { hiddenNames, hiddenWord, readState, writeState } from "./state.js";
import { Toolbar } from "./toolbar.js";
import { Tracer } from "./tracer.js";
import { makeUpload, upload } from "./upload.js";
import { WhyPanel } from "./why_panel.js";

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
 * @typedef {import("./why_panel.js").Found} Found
 */

export class LookView {
  /** @param {Host} host */
  constructor({ source, address, announce }) {
    this._source = source;
    this._address = address;
    this._announce = announce;
    this.state = readState(address);
    /** @type {Network | null} */
    this.network = null;
    /** @type {Layer[]} */
    this.layers = [];
    /** @type {Set<string>} */
    this.hidden = new Set();
    /** @type {{ unit: Unit, found: Found } | null} */
    this._last = null;
    this._speak = false;
    this._first = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._saying = undefined;
    this._time = 0.5;
    this._room = 560;
    this._opening = 0;
    /** @type {(() => void)[]} */
    this._ends = [];
    this.pad = makePad({
      onInk: (time) => {
        this.state.input = { kind: "drawing", strokes: "" };
        this.tracer.give(this.state.input, time);
      },
      onStroke: (strokes) => this._drawn(strokes),
    });
    this.tracer = new Tracer(this._source, {
      ink: () => this.pad.ink(),
      wanted: () => (this.state.show === "stack" ? this.stack.parts : this.rows.parts),
      onTraced: (traced) => this._traced(traced),
      onError: (error) => this._problem(error.message),
    });
    this.given = new Given();
    this.guesses = new Guesses();
    this.networks = new Networks(
      (name) => void this.open(name, null, { fresh: true }),
      (shape) => this.state.network && void this.open(this.state.network, shape, { fresh: true }),
    );
    this.picker = new Picker(this._source, (dataset, index) =>
      this.give({ kind: "test", dataset, index }, { push: true }),
    );
    this.rows = new Rows({
      look: () => this.look,
      onMissing: (rows) => this.state.show === "rows" && this.pages.fetch(rows),
      onShow: (row, shown) => this._shown(row, shown),
    });
    this.pages = new Pages(
      this._source,
      () => this.tracer.last,
      (message) => this._problem(message),
    );
    this.stack = new Stack({
      look: () => this.look,
      onMissing: () => {
        const { last } = this.tracer;
        if (last && this.state.input) this.tracer.give(this.state.input, performance.now());
      },
      onTurn: (turn) => {
        this.state.turn = turn;
        this._save();
      },
    });
    this.lights = new Lights([this.rows, this.stack], this.given);
    this.inspector = new Inspector(this._source, {
      trace: () => this.tracer.last?.trace ?? null,
      onLook: (unit) => this._looked(unit),
      onFound: (unit, found, time) => this._found(unit, found, time),
      onError: (_unit, error) => this.side.problem(error.message),
      onTrail: (trail) => {
        this.state.trail = trail;
        this.state.map = null;
        this._save({ push: true });
        this._settleSide();
      },
    });
    this.why = new WhyPanel({
      onWalk: (unit) => {
        this.inspector.walk(unit);
        this._reveal(unit);
      },
      onEntry: (unit) => this.lights.entry(unit),
      shapeOf: (layer) => this._layer(layer)?.shape ?? null,
      className: (layer, channel) => this._className(layer, channel),
      theme,
    });
    this.why.reshow = () => this._last && this.why.show(this._last.found);
    this.mapPanel = new MapPanel(this._source, theme);
    this.side = new Side(
      { arithmetic: this.why.root, map: this.mapPanel.root },
      {
        onReturn: (count) => {
          this.inspector.follow(this.inspector.trail.slice(0, count));
          this._reveal(this.inspector.unit);
        },
        onUnpin: () => this.inspector.unpin(),
        onPin: () => this.inspector.unit && this.inspector.pin(this.inspector.unit),
        onClose: () => this._closeSide(),
      },
    );
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
    this._waiting = element("p", { class: "waiting", role: "status" }, ["Opening the network …"]);
    this._about = element("p", { class: "about faint" }, [" "]);
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
      this._about,
      this._waiting,
      this.rows.root,
      this.stack.root,
    ]);
    this.root = element("div", { class: "look-view closed" }, [
      this.left,
      this.middle,
      this.side.root,
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
    const entries = Object.entries(writeState(this.state)).filter(([, value]) => value);
    return new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString();
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

  start() {
    const sizes = new ResizeObserver(() => this._measure());
    sizes.observe(this.middle);
    this._ends.push(() => sizes.disconnect());
    let lost = false;
    this._ends.push(
      this._source.onStatus((status) => {
        if (status === "lost") lost = true;
        else if (status === "open" && lost) {
          lost = false;
          // A studio that was started anew knows nothing of this page.
          setTimeout(() => void this._again());
        }
      }),
    );
    this.toolbar.settle(this.state);
    this._measure();
    void this._begin();
  }

  close() {
    this._opening++;
    this.tracer.close();
    this.inspector.close();
    this.rows.close();
    this.stack.close();
    for (const end of this._ends) end();
  }

  async _begin() {
    try {
      const { values } = await this._source.request("look.networks");
      this.networks.list(values.networks);
      this._first = values.first;
      await this.open(this.state.network ?? values.first, this.state.shape);
    } catch (error) {
      this._problem(/** @type {Error} */ (error).message);
    }
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
    const opening = ++this._opening;
    const before = this.network && { input: this.state.input, dataset: this.network.dataset };
    this.networks.show(name, shape);
    this._problem("");
    this._waiting.hidden = false;
    this.middle.setAttribute("aria-busy", "true");
    try {
      const { values } = await this._source.request("look.open", {
        source: name,
        input_shape: shape,
      });
      if (opening !== this._opening) return;
      this.tracer.reset();
      this.inspector.forget();
      this.root.classList.remove("closed");
      this.network = values.network;
      this.layers = values.layers;
      this.state.network = name;
      this.state.shape = shape;
      if (fresh) Object.assign(this.state, { trail: [], map: null, hidden: [] });
      if (
        fresh &&
        before?.dataset !== values.network.dataset &&
        before?.input?.kind !== "drawing"
      ) {
        this.state.input = null;
      }
      this._show(values);
      this._save({ push: fresh });
      await this._firstInput(values.datasets ?? []);
    } catch (error) {
      if (opening !== this._opening) return;
      this._problem(/** @type {Error} */ (error).message);
      if (this.network) this.networks.show(this.state.network ?? "", this.network.input_shape);
      else if (this._first && this._first !== name) this._offer(this._first);
    } finally {
      if (opening === this._opening) {
        this._waiting.hidden = true;
        this.middle.removeAttribute("aria-busy");
      }
    }
  }

  /** @param {{ network: Network, layers: Layer[], totals: { parameters: number, multiply_adds: number } }} opened */
  _show({ network, layers, totals }) {
    this.hidden = hiddenNames(
      this.state.hidden,
      layers.map(({ name }) => name),
    );
    this.networks.show(this.state.network ?? "", network.input_shape);
    this.toolbar.list(layers, network.reads === "signal");
    this.toolbar.count(this.hidden);
    this.given.prepare(network.input_shape, Math.max(200, this.left.clientWidth - 6));
    this.guesses.prepare(network.classes.length);
    this.pad.root.hidden = network.reads === "signal" || network.reads === "film";
    this._about.textContent = aboutWords(network, layers.length, totals);
    this._about.classList.toggle("untrained", !network.trained);
    this.rows.show(layers, this.hidden);
    this.stack.show(layers, this.hidden);
    this._moment();
    this._settleShow();
  }

  /** @param {import("./picker.js").Dataset[]} datasets */
  async _firstInput(datasets) {
    const { input } = this.state;
    const drawable = !this.pad.root.hidden;
    const kept =
      input &&
      (input.kind === "test"
        ? datasets.some(({ name }) => name === input.dataset)
        : input.kind !== "drawing" || drawable);
    const first = kept
      ? input
      : datasets.length
        ? /** @type {Input} */ ({ kind: "test", dataset: datasets[0].name, index: 0 })
        : /** @type {Input} */ ({ kind: "blank" });
    if (first.kind === "drawing") this.pad.load(first.strokes);
    this.give(first);
    await this.picker.show(datasets, first.kind === "test" ? first.dataset : null);
  }

  /**
   * @param {Input} input
   * @param {{ push?: boolean }} [options]
   */
  give(input, { push = false } = {}) {
    this.state.input = input;
    this._save({ push });
    if (input.kind === "test") this.picker.mark(input.dataset, input.index);
    else this.picker.mark(null);
    this.tracer.give(input, performance.now());
  }

  /** @param {string} strokes */
  _drawn(strokes) {
    this.state.input = strokes ? { kind: "drawing", strokes } : { kind: "blank" };
    this.picker.mark(null);
    this._save({ push: true });
    this._speak = true;
  }

  /** @param {File} file */
  async _upload(file) {
    try {
      const { id } = await upload(file);
      this._problem("");
      this.give({ kind: "upload", id }, { push: true });
    } catch (error) {
      this._problem(/** @type {Error} */ (error).message);
    }
  }

  /** @param {Traced} traced */
  _traced(traced) {
    this._problem("");
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
    if (this.inspector.unit) this.inspector.refresh();
    else if (this.state.trail.length) {
      this.inspector.follow(this.state.trail, { quiet: true });
      this._settleSide();
      this._reveal(this.inspector.unit);
    } else if (this.state.map) this._settleSide();
    if (this._speak || input?.kind !== "drawing") this._announce(this.guesses.words);
    this._speak = false;
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
    this._save();
  }

  /** @param {Partial<Pick<State, "show" | "zoom" | "scale">>} change */
  _change(change) {
    const before = { ...this.state };
    Object.assign(this.state, change);
    this.toolbar.settle(this.state);
    if (before.zoom !== this.state.zoom) this.rows.resize();
    if (before.show !== this.state.show) this._settleShow();
    this.rows.repaint();
    this.stack.repaint();
    this._save();
  }

  /** @param {1 | -1} direction */
  zoom(direction) {
    if (this.state.show === "stack") this.stack.zoom(direction);
    else {
      const zoom = Math.max(0, Math.min(SIDES.length - 1, this.state.zoom + direction));
      this._change({ zoom });
    }
  }

  _settleShow() {
    const stacked = this.state.show === "stack";
    this.rows.root.hidden = stacked;
    this.stack.turn(this.state.turn);
    this.stack.open(stacked);
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
    onNextFrame(this.inspector, () => {
      if (!this.inspector.unit || !same(unit, this.inspector.unit)) return;
      this._last = { unit, found };
      this.lights.found(unit, found, this.layers[0]);
      if (!this.state.map) {
        this.why.show(found);
        this._settleSide();
      }
      measure(HOVER, time);
    });
  }

  _settleSide() {
    const { map } = this.state;
    const layer = map && this._layer(map.layer);
    if (map && layer) {
      this.side.map();
      void this.mapPanel.show(layer, map.channel, this.tracer.last?.trace ?? null);
    } else if (this.inspector.unit && this._last) {
      this.side.value(this.inspector.trail, this.inspector.pinned);
    }
  }

  _closeSide() {
    this.state.map = null;
    this.state.trail = [];
    this.inspector.forget();
    this._save({ push: true });
  }

  /**
   * @param {string} layer
   * @param {number} channel
   */
  showMap(layer, channel) {
    this.state.map = { layer, channel };
    this._save({ push: true });
    this._settleSide();
  }

  /** Esc: back to the arithmetic from a map's filters, then to the pointer from a pinned value. */
  letGo() {
    if (!this.state.map) this.inspector.unpin();
    else if (!this.inspector.unit) this._closeSide();
    else {
      this.state.map = null;
      this._save();
      if (this._last) this.why.show(this._last.found);
      this._settleSide();
    }
  }

  /**
   * @param {string} layer
   * @param {import("./figures.js").Figure} figure
   * @returns {{ row: number, column: number } | null} the cell of the value that is looked at, if it is
   *   on this figure
   */
  cursorOn(layer, figure) {
    const unit = this.inspector.unit;
    const region = unit?.layer === layer ? figure.region(unit.index, unit.index, this.look) : null;
    return region && { row: region.row0, column: region.column0 };
  }

  /** @param {string} words for who listens to the page */
  say(words) {
    clearTimeout(this._saying);
    this._saying = setTimeout(() => this._announce(words), 250);
  }

  _moment() {
    this.lights.moment(this.network?.reads === "signal" ? this._time : null, this.layers);
  }

  /** @param {Unit | null} unit */
  _reveal(unit) {
    if (unit && this.state.show === "rows") this.rows.reveal(unit);
  }

  /** @param {string} name */
  _goTo(name) {
    if (this.state.show === "stack") this._change({ show: "rows" });
    this.rows.byName.get(name)?.root.scrollIntoView({ block: "start" });
  }

  /**
   * @param {Unit} unit
   * @param {number} time of the event
   */
  pointAt(unit, time) {
    this.inspector.point(unit, time);
    if (!this.inspector.pinned) return;
    const value = this.rows.byName.get(unit.layer)?.valueAt(unit.index) ?? null;
    const name = unitName(unit.layer, unit.index);
    this.side.under(value === null ? name : `Under the pointer: ${name} = ${short(value)}`);
  }

  /** @param {State} next that the address says */
  _follow(next) {
    const before = this.words;
    const { network, shape, input } = this.state;
    const other = JSON.stringify([next.network, next.shape]) !== JSON.stringify([network, shape]);
    if (next.network === null) next = { ...next, network, shape, input };
    this.state = next;
    if (this.words === before) return;
    this.toolbar.settle(next);
    if (other && next.network) {
      void this.open(next.network, next.shape);
      return;
    }
    this.hidden = hiddenNames(
      next.hidden,
      this.layers.map(({ name }) => name),
    );
    this.rows.hide(this.hidden);
    this.stack.hide(this.hidden);
    this.toolbar.count(this.hidden);
    this._settleShow();
    this.rows.resize();
    this.rows.repaint();
    if (JSON.stringify(next.input) !== JSON.stringify(input) && next.input) {
      if (next.input.kind === "drawing") this.pad.load(next.input.strokes);
      else this.pad.wipe();
      this.give(next.input);
    }
    this.inspector.follow(next.trail, { quiet: true });
    if (!next.trail.length && !next.map) this.inspector.forget();
    this._settleSide();
    this._reveal(this.inspector.unit);
  }

  /** The studio was lost and is there again. */
  async _again() {
    const { network, shape, input } = this.state;
    if (!network || !this.network) return this._begin();
    try {
      await this._source.request("look.open", { source: network, input_shape: shape });
      if (input) this.tracer.give(input, performance.now());
    } catch (error) {
      this._problem(/** @type {Error} */ (error).message);
    }
  }

  _repaint() {
    const { last } = this.tracer;
    this.rows.repaint();
    this.stack.repaint();
    if (last) this.given.show(last.input, last.picture, theme());
    if (this._last && !this.state.map) this.why.show(this._last.found);
    else this._settleSide();
  }

  _measure() {
    const room = Math.max(200, this.rows.root.clientWidth - 26);
    if (this.rows.root.hidden || room === this._room) return;
    this._room = room;
    this.rows.resize();
  }

  /** @param {string} message */
  _problem(message) {
    this._problems.hidden = message === "";
    this._problems.textContent = message;
  }

  /** @param {string} name of a network that can be opened in place of one that cannot */
  _offer(name) {
    const title = this.networks.titleOf(name);
    this._problems.append(
      " ",
      element(
        "button",
        { type: "button", onclick: () => void this.open(name, null, { fresh: true }) },
        [`Open ${title}`],
      ),
    );
  }

  /** @param {{ push?: boolean }} [options] */
  _save(options) {
    this._address.set({ view: "look", ...writeState(this.state) }, options);
  }

  /** @param {string} name */
  _layer(name) {
    return this.layers.find((layer) => layer.name === name) ?? null;
  }

  /**
   * @param {string} name
   * @param {number} channel
   */
  _className(name, channel) {
    const layer = this._layer(name);
    const classes = this.network?.classes ?? [];
    const vector = layer && layer.shape.length === 1 && layer.shape[0] === classes.length;
    return vector ? (classes[channel] ?? null) : null;
  }
}

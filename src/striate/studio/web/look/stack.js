// @ts-check
/** All layers above each other in space, to be turned with the pointer or keys. */

import { element } from "../element.js";
import { inPieces, onNextFrame } from "./next_frame.js";
import { project, sceneTransform, sheetTransform } from "./projection.js";
import { Sheet } from "./sheet.js";
import { FIRST_TURN } from "./state.js";

/**
 * @typedef {import("./figures.js").Look} Look
 * @typedef {import("./forms.js").Layer} Layer
 * @typedef {import("./projection.js").Camera} Camera
 * @typedef {import("./rows.js").Marked} Marked
 * @typedef {import("./stage.js").Mark} Mark
 * @typedef {import("./state.js").Unit} Unit
 * @typedef {import("./tracer.js").Part} Part
 * @typedef {import("./tracer.js").Traced} Traced
 * @typedef {[number, number, number]} Turn tilt, spin and zoom
 *
 * @typedef {object} StackHost
 * @property {() => Look} look
 * @property {() => void} onMissing its layers have no values yet
 * @property {(turn: Turn) => void} onTurn it has been turned by hand
 */

const PERSPECTIVE = 1600;
const LABELS = 118;
const CLOSEST = 26;
const FARTHEST = 96;
const LABEL_HEIGHT = 15;
const MOVED = 4;
const STEP = 1.15;

export class Stack {
  /** @param {StackHost} host */
  constructor(host) {
    this._host = host;
    this._scene = element("div", { class: "scene" });
    this._labels = element("div", { class: "labels", "aria-hidden": "true" });
    this._lines = element("canvas", { class: "lines", "aria-hidden": "true" });
    this._space = element(
      "div",
      {
        class: "space",
        role: "application",
        tabindex: 0,
        "aria-label":
          "The layers above each other in space. Arrow keys turn them, plus and minus change the size, Page Up and Page Down go along them, Home goes back.",
      },
      [this._scene, this._lines, this._labels],
    );
    this.root = element("div", { class: "stack", hidden: true }, [
      this._space,
      element("p", { class: "faint" }, [
        "Drag to turn. The input is at the bottom. ",
        element("kbd", {}, ["← ↑ ↓ →"]),
        " turn ",
        element("kbd", {}, ["+"]),
        " ",
        element("kbd", {}, ["−"]),
        " size ",
        element("kbd", {}, ["PgUp"]),
        " ",
        element("kbd", {}, ["PgDn"]),
        " go along ",
        element("kbd", {}, ["Home"]),
        " back",
      ]),
    ]);
    /** @type {Layer[]} */
    this._layers = [];
    /** @type {Set<string>} */
    this._hidden = new Set();
    /** @type {Sheet[]} */
    this._sheets = [];
    /** @type {Map<Mark, Marked[]>} */
    this._marked = new Map();
    /** @type {Turn} */
    this._turned = [...FIRST_TURN];
    this._pan = 0;
    this._spacing = FARTHEST;
    this._open = false;
    this._dragged = false;
    /** The width for which the sheets were made; 0 where they are to be made anew. */
    this._built = 0;
    /** Count what is made and painted in pieces: only the newest goes on. */
    this._building = 0;
    this._painting = 0;
    /** Whether another network is shown than before. */
    this._fresh = true;
    this._listen();
    this._sizes = new ResizeObserver(() => this._open && this._arrange());
    this._sizes.observe(this._space);
  }

  /** @returns {Part[]} */
  get parts() {
    return this._sheets.map(({ layer, to }) => ({ name: layer.name, from: 0, to }));
  }

  /** @returns {Camera} */
  get _camera() {
    const [tilt, spin, zoom] = this._turned;
    return { tilt, spin, zoom, pan: this._pan, perspective: PERSPECTIVE };
  }

  /**
   * @param {Layer[]} layers
   * @param {Set<string>} hidden
   */
  show(layers, hidden) {
    this._layers = layers;
    this._fresh = true;
    this._pan = 0;
    this.hide(hidden);
  }

  /** @param {Set<string>} hidden */
  hide(hidden) {
    this._hidden = new Set(hidden);
    this._built = 0;
    if (this._open) this._arrange();
  }

  /** @param {boolean} open */
  open(open) {
    this._open = open;
    this.root.hidden = !open;
    if (open) this._arrange();
    else this._clear();
  }

  /** @param {Turn} turn */
  turn(turn) {
    this._turned = [...turn];
    if (this._open) this._place();
  }

  /** @param {1 | -1} direction */
  zoom(direction) {
    const [tilt, spin, zoom] = this._turned;
    this._turn(tilt, spin, zoom * STEP ** direction);
    this._host.onTurn([...this._turned]);
  }

  /** @param {Traced} traced */
  give(traced) {
    if (!this._open) return;
    for (const sheet of this._sheets) {
      const part = traced.parts.find(({ name }) => name === sheet.layer.name);
      const values = traced.arrays[sheet.layer.name]?.data;
      const whole = part && values && part.from === 0 && part.to === sheet.to;
      sheet.values = whole ? /** @type {Float32Array} */ (values) : null;
    }
    this.repaint();
    if (this._sheets.some((sheet) => !sheet.values)) this._host.onMissing();
  }

  repaint() {
    if (!this._open) return;
    const painting = ++this._painting;
    onNextFrame(this._scene, () => {
      const look = this._look();
      inPieces(
        this._sheets,
        (sheet) => sheet.paint(look),
        () => painting === this._painting,
      );
    });
  }

  /**
   * @param {Mark} mark
   * @param {Marked[]} marked
   */
  mark(mark, marked) {
    this._marked.set(mark, marked);
    if (this._open) this._paintMarks();
  }

  /**
   * @param {Event} event
   * @returns {Unit | null}
   */
  unitUnder(event) {
    if (!(event instanceof MouseEvent) || this._dragged) return null;
    const { target } = event;
    if (!(target instanceof HTMLElement)) return null;
    for (const { layer, figures, look } of this._sheets) {
      const figure = figures.find(({ stage }) => stage.root === target);
      if (!figure) continue;
      // The browser tells the place within the stage as if it were not turned.
      const across = event.offsetX / target.clientWidth;
      const down = event.offsetY / target.clientHeight;
      const cell = figure.stage.cellAt(across, down);
      const index = cell && figure.index(cell.row, cell.column, look);
      return index ? { layer: layer.name, index } : null;
    }
    return null;
  }

  close() {
    this._sizes.disconnect();
  }

  /** @returns {Look} with the room that a sheet has */
  _look() {
    const width = this._space.clientWidth;
    return { ...this._host.look(), room: Math.max(180, (width - LABELS) * 0.86) };
  }

  _clear() {
    this._building++;
    this._built = 0;
    this._sheets = [];
    this._scene.replaceChildren();
    this._labels.replaceChildren();
  }

  /** Makes the sheets anew where others are to be shown, and puts all in their places. */
  _arrange() {
    const width = this._space.clientWidth;
    if (this._built === width) {
      this._settle();
      return;
    }
    this._clear();
    this._built = width;
    const building = ++this._building;
    const look = this._look();
    /** @type {Sheet[]} */
    const sheets = [];
    inPieces(
      this._layers.filter(({ name }) => !this._hidden.has(name)),
      (layer) => sheets.push(new Sheet(layer, look)),
      () => building === this._building,
      () => {
        this._sheets = sheets;
        this._scene.append(...sheets.map(({ root }) => root));
        this._labels.append(...sheets.map(({ label }) => label));
        this._settle();
        this._host.onMissing();
      },
    );
  }

  _settle() {
    const room = this._space.clientHeight * 0.8;
    this._spacing = Math.max(CLOSEST, Math.min(FARTHEST, room / Math.max(this._sheets.length, 1)));
    if (this._fresh && this._sheets.length) {
      // The layers of a large network do not all fit: it begins with the input.
      const beyond = (this._sheets.length * this._spacing - room) / 2;
      this._pan = -Math.max(0, beyond) * Math.cos((this._turned[0] * Math.PI) / 180);
      this._fresh = false;
    }
    this._sheets.forEach((sheet, number) => {
      sheet.root.style.transform = sheetTransform(this._height(number));
    });
    this._place();
    this._paintMarks();
  }

  /** @param {number} number of a sheet; the first is at the bottom */
  _height(number) {
    return ((this._sheets.length - 1) / 2 - number) * this._spacing;
  }

  _place() {
    const camera = this._camera;
    this._scene.style.transform = sceneTransform(camera);
    const middle = this._space.clientHeight / 2;
    let last = Infinity;
    this._sheets.forEach(({ label }, number) => {
      const y = middle + project([0, this._height(number), 0], camera).y;
      const fits = last - y >= LABEL_HEIGHT && y > 6 && y < 2 * middle - 6;
      label.hidden = !fits;
      if (!fits) return;
      last = y;
      label.style.transform = `translateY(${y - LABEL_HEIGHT / 2}px)`;
    });
    onNextFrame(this._lines, () => this._paintLines());
  }

  _paintMarks() {
    for (const [mark, marked] of this._marked) {
      for (const { layer, figures, look } of this._sheets) {
        const here = marked.filter((one) => one.layer === layer.name);
        for (const figure of figures) {
          const regions = here.map(({ first, last }) => figure.region(first, last, look));
          figure.stage.mark(mark, regions.find((region) => region !== null) ?? null);
        }
      }
    }
    onNextFrame(this._lines, () => this._paintLines());
  }

  /** Lines from the value that is looked at to what it was computed from. */
  _paintLines() {
    const canvas = this._lines;
    const { clientWidth: width, clientHeight: height } = this._space;
    const density = Math.min(devicePixelRatio || 1, 2);
    canvas.width = width * density;
    canvas.height = height * density;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.scale(density, density);
    const [from] = this._placesOf("cursor");
    if (!from) return;
    context.lineWidth = 1.5;
    context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--highlight").trim();
    for (const to of this._placesOf("window")) {
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineTo(to.x, to.y);
      context.stroke();
    }
  }

  /**
   * @param {Mark} mark
   * @returns {{ x: number, y: number }[]} the middles of what it marks, on the screen
   */
  _placesOf(mark) {
    const { clientWidth, clientHeight } = this._space;
    const centre = { x: LABELS + (clientWidth - LABELS) / 2, y: clientHeight / 2 };
    const marked = this._marked.get(mark) ?? [];
    return this._sheets.flatMap(({ layer, figures, look, root }, number) =>
      marked
        .filter((one) => one.layer === layer.name)
        .flatMap(({ first, last }) =>
          figures.flatMap((figure) => {
            const region = figure.region(first, last, look);
            if (!region) return [];
            const { root: stage, columns, lines } = figure.stage;
            const across = (region.column0 + region.column1) / 2 / columns;
            const down = (region.row0 + region.row1) / 2 / lines;
            const x = stage.offsetLeft + across * stage.offsetWidth - root.offsetWidth / 2;
            const z = stage.offsetTop + down * stage.offsetHeight - root.offsetHeight / 2;
            const place = project([x, this._height(number), z], this._camera);
            return [{ x: centre.x + place.x, y: centre.y + place.y }];
          }),
        ),
    );
  }

  _listen() {
    const space = this._space;
    /** @type {{ x: number, y: number, turn: Turn } | null} */
    let held = null;
    space.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      held = { x: event.clientX, y: event.clientY, turn: [...this._turned] };
      this._dragged = false;
    });
    space.addEventListener("pointermove", (event) => {
      if (!held) return;
      const [across, down] = [event.clientX - held.x, event.clientY - held.y];
      if (!this._dragged && Math.hypot(across, down) < MOVED) return;
      if (!this._dragged) space.setPointerCapture(event.pointerId);
      this._dragged = true;
      const [tilt, spin, zoom] = held.turn;
      this._turn(tilt - down * 0.4, spin + across * 0.4, zoom);
    });
    const release = () => {
      if (held && this._dragged) {
        this._host.onTurn([...this._turned]);
        // The click that ends a turn points at nothing.
        setTimeout(() => (this._dragged = false));
      }
      held = null;
    };
    space.addEventListener("pointerup", release);
    space.addEventListener("pointercancel", release);
    space.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const [tilt, spin, zoom] = this._turned;
        if (event.ctrlKey) this._turn(tilt, spin, zoom * Math.exp(-event.deltaY / 300));
        else this._go(-event.deltaY);
        this._host.onTurn([...this._turned]);
      },
      { passive: false },
    );
    space.addEventListener("keydown", (event) => {
      const [tilt, spin, zoom] = this._turned;
      /** @type {Record<string, () => void>} */
      const acts = {
        ArrowLeft: () => this._turn(tilt, spin - 5, zoom),
        ArrowRight: () => this._turn(tilt, spin + 5, zoom),
        ArrowUp: () => this._turn(tilt + 5, spin, zoom),
        ArrowDown: () => this._turn(tilt - 5, spin, zoom),
        "+": () => this.zoom(1),
        "-": () => this.zoom(-1),
        PageUp: () => this._go(120),
        PageDown: () => this._go(-120),
        Home: () => {
          this._turn(...FIRST_TURN);
          this._fresh = true;
          this._settle();
        },
      };
      const act = acts[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      act();
      this._host.onTurn([...this._turned]);
    });
  }

  /**
   * @param {number} tilt
   * @param {number} spin
   * @param {number} zoom
   */
  _turn(tilt, spin, zoom) {
    const turned = spin > 180 ? spin - 360 : spin < -180 ? spin + 360 : spin;
    this._turned = [
      Math.round(Math.max(-90, Math.min(90, tilt)) * 10) / 10,
      Math.round(turned * 10) / 10,
      Math.round(Math.max(0.3, Math.min(4, zoom)) * 100) / 100,
    ];
    onNextFrame(this._space, () => this._place());
  }

  /** @param {number} down CSS pixels along the layers */
  _go(down) {
    const most = (this._sheets.length * this._spacing * this._turned[2]) / 2;
    this._pan = Math.max(-most, Math.min(most, this._pan + down));
    onNextFrame(this._space, () => this._place());
  }
}

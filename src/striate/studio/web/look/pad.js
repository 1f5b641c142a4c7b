// @ts-check
/** The drawing pad: pen, mouse or finger; eraser, thickness, clear, undo and redo. */

import { element } from "../element.js";
import { contextOf, resize } from "../maps.js";
import { Ink } from "./ink.js";
import { PAD, Strokes, boxOf, paintStroke, read, written } from "./strokes.js";

/**
 * @typedef {object} Pad
 * @property {HTMLElement} root
 * @property {() => Uint8Array<ArrayBuffer>} ink PAD x PAD values, 255 where it is black
 * @property {(strokes: string) => void} load paints the drawing that an address has
 * @property {(shown: { values: ArrayLike<number>, shape: number[] } | null, light: boolean) => void} picture
 *   shows a picture in place of the drawing, until something is drawn; `light`: it is light ink on a
 *   dark ground, and shown as ink on this paper
 * @property {() => void} wipe begins a new drawing
 * @property {HTMLElement} stage what lies over the pad goes in here
 */

const WIDTHS = [8, 12, 18, 26, 36];

/**
 * @param {object} tells
 * @param {(time: number) => void} tells.onInk the drawing has changed, by an event of that time
 * @param {(strokes: string) => void} tells.onStroke a stroke, or what undid one, is complete
 * @returns {Pad}
 */
export function makePad({ onInk, onStroke }) {
  const strokes = new Strokes();
  const canvas = element("canvas", {
    width: PAD,
    height: PAD,
    class: "ink",
    "aria-hidden": "true",
  });
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  const ink = new Ink(context, PAD);
  const shown = element("canvas", { class: "shown values", hidden: true, "aria-hidden": "true" });
  const hint = element("p", { class: "hint faint" }, ["Draw here"]);
  const stage = element(
    "div",
    {
      class: "paper",
      role: "img",
      tabindex: 0,
      "aria-label":
        "Drawing pad: draw with mouse, finger or pen. Without one, pick a test image below.",
    },
    [canvas, shown, hint],
  );

  /** @param {string} name @param {string} key @param {string} title @param {() => void} act */
  const tool = (name, key, title, act) =>
    element("button", { type: "button", onclick: act, title, "aria-keyshortcuts": key }, [
      name,
      element("kbd", { "aria-hidden": "true" }, [
        key.replace("Control+", "^").replace("Delete", "Del"),
      ]),
    ]);
  const pen = tool("Pen", "P", "Draw", () => erase(false));
  const eraser = tool("Eraser", "E", "Take ink away", () => erase(true));
  const undo = tool("Undo", "Control+Z", "Undo the last stroke", () => change("undo"));
  const redo = tool("Redo", "Control+Y", "Redo it", () => change("redo"));
  const clear = tool("Clear", "Delete", "Take all ink away", () => change("clear"));
  const thickness = element("input", {
    type: "range",
    min: 0,
    max: WIDTHS.length - 1,
    value: 2,
    "aria-label": "Thickness of the pen",
    "aria-keyshortcuts": "[ ]",
  });
  const root = element("div", { class: "pad" }, [
    stage,
    element("div", { class: "tools", role: "toolbar", "aria-label": "Drawing" }, [
      pen,
      eraser,
      undo,
      redo,
      clear,
      element("label", { class: "thickness" }, ["Thin", thickness, "Thick"]),
    ]),
  ]);

  let erasing = false;
  /** @type {import("./strokes.js").Stroke | null} */
  let current = null;

  /** @param {boolean} on */
  function erase(on) {
    erasing = on;
    pen.setAttribute("aria-pressed", String(!on));
    eraser.setAttribute("aria-pressed", String(on));
    stage.classList.toggle("erasing", on);
  }

  function settle() {
    undo.disabled = !strokes.canUndo;
    redo.disabled = !strokes.canRedo;
    clear.disabled = strokes.empty && shown.hidden;
    hint.hidden = !strokes.empty || !shown.hidden;
  }

  function repaint() {
    context.clearRect(0, 0, PAD, PAD);
    for (const stroke of strokes.shown) paintStroke(context, stroke);
    ink.paintedAnywhere();
  }

  /**
   * @param {import("./strokes.js").Stroke} stroke
   * @param {number} [from] number of the point
   */
  function extend(stroke, from = 0) {
    paintStroke(context, stroke, from);
    ink.paintedIn(boxOf(stroke, from));
  }

  /** @param {"undo" | "redo" | "clear"} what */
  function change(what) {
    if (shown.hidden) strokes[what]();
    shown.hidden = true;
    repaint();
    settle();
    onInk(performance.now());
    onStroke(written(strokes.shown));
  }

  /** @param {PointerEvent} event */
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return /** @type {const} */ ([
      ((event.clientX - box.left) / box.width) * PAD,
      ((event.clientY - box.top) / box.height) * PAD,
    ]);
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    if (!shown.hidden) {
      shown.hidden = true;
      strokes.clear();
      repaint();
    }
    current = strokes.begin(...place(event), WIDTHS[Number(thickness.value)], erasing);
    extend(current);
    settle();
    onInk(event.timeStamp);
  });
  /** @param {PointerEvent} event */
  const move = (event) => {
    if (!current) return;
    const from = current.points.length / 2;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const one of passed.length ? passed : [event]) strokes.extend(current, ...place(one));
    if (current.points.length / 2 === from) return;
    extend(current, from);
    onInk(event.timeStamp);
  };
  // Moves wait for the next frame, raw ones come at once; not every browser has them.
  const raw = "onpointerrawupdate" in globalThis ? "pointerrawupdate" : "pointermove";
  stage.addEventListener(raw, (event) => move(/** @type {PointerEvent} */ (event)));
  const end = () => {
    if (!current) return;
    current = null;
    onStroke(written(strokes.shown));
  };
  stage.addEventListener("pointerup", end);
  stage.addEventListener("pointercancel", end);

  root.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    /** @type {Record<string, () => void>} */
    const acts = {
      p: () => erase(false),
      e: () => erase(true),
      delete: () => change("clear"),
      backspace: () => change("clear"),
      "[": () => thickness.stepDown(),
      "]": () => thickness.stepUp(),
    };
    /** @type {Record<string, () => void>} */
    const commands = {
      z: () => change(event.shiftKey ? "redo" : "undo"),
      y: () => change("redo"),
    };
    const act = (command ? commands : acts)[key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  erase(false);
  settle();
  return {
    root,
    stage,
    ink: () => ink.values,
    load(text) {
      strokes.replace(read(text));
      shown.hidden = true;
      repaint();
      settle();
    },
    picture(picture, light) {
      shown.hidden = picture === null;
      if (picture) {
        const [height, width, channels] = picture.shape;
        showBytes(shown, picture.values, height, width, channels ?? 1);
        shown.classList.toggle("fine", Math.max(height, width) > PAD);
      }
      shown.classList.toggle("inked", light);
      settle();
    },
    wipe() {
      strokes.clear();
      shown.hidden = true;
      repaint();
      settle();
    },
  };
}

/**
 * Bytes of a grey or coloured picture, as they are.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} bytes
 * @param {number} height
 * @param {number} width
 * @param {number} channels 1 or 3
 */
export function showBytes(canvas, bytes, height, width, channels) {
  resize(canvas, width, height);
  const context = contextOf(canvas);
  const image = context.createImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let colour = 0; colour < 3; colour++) {
      image.data[4 * pixel + colour] = bytes[channels * pixel + (channels === 1 ? 0 : colour)];
    }
    image.data[4 * pixel + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

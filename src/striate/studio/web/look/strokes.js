// @ts-check
/** What was drawn, as strokes: they can be undone, painted anew, and written into an address. */

/** The pad's own pixels along a side. */
export const PAD = 224;

/**
 * `points` are x, y, x, y ... in whole pixels of the pad.
 *
 * @typedef {{ erase: boolean, width: number, points: number[] }} Stroke
 * @typedef {Stroke | "clear"} Action
 */

const CLOSEST = 2;

export class Strokes {
  constructor() {
    /** @type {Action[]} */
    this._done = [];
    /** @type {Action[]} */
    this._undone = [];
  }

  /** @returns {Stroke[]} those since all was cleared the last time */
  get shown() {
    const strokes = this._done.slice(this._done.lastIndexOf("clear") + 1);
    return /** @type {Stroke[]} */ (strokes);
  }

  get empty() {
    return this.shown.length === 0;
  }

  get canUndo() {
    return this._done.length > 0;
  }

  get canRedo() {
    return this._undone.length > 0;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {boolean} erase
   * @returns {Stroke} which `extend` makes longer
   */
  begin(x, y, width, erase) {
    const stroke = { erase, width, points: [inside(x), inside(y)] };
    this._done.push(stroke);
    this._undone = [];
    return stroke;
  }

  /**
   * @param {Stroke} stroke
   * @param {number} x
   * @param {number} y
   * @returns {boolean} whether the point is far enough from the last to count
   */
  extend(stroke, x, y) {
    const [lastX, lastY] = stroke.points.slice(-2);
    const [newX, newY] = [inside(x), inside(y)];
    if (Math.hypot(newX - lastX, newY - lastY) < CLOSEST) return false;
    stroke.points.push(newX, newY);
    return true;
  }

  clear() {
    if (this.empty) return;
    this._done.push("clear");
    this._undone = [];
  }

  undo() {
    const action = this._done.pop();
    if (action) this._undone.push(action);
  }

  redo() {
    const action = this._undone.pop();
    if (action) this._done.push(action);
  }

  /** @param {Stroke[]} strokes to go on from; nothing before them can be undone */
  replace(strokes) {
    this._done = [...strokes];
    this._undone = [];
  }
}

/** @param {number} place */
const inside = (place) => Math.max(0, Math.min(PAD - 1, Math.round(place)));

/**
 * Paints a stroke from one of its points on, segment by segment, so that a stroke painted while it
 * is drawn is the same as one painted from an address.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 * @param {number} [from] number of the point
 */
export function paintStroke(context, stroke, from = 0) {
  const { points } = stroke;
  context.globalCompositeOperation = stroke.erase ? "destination-out" : "source-over";
  context.lineWidth = stroke.width;
  context.lineCap = "round";
  context.strokeStyle = "#000";
  for (let point = Math.max(from, points.length > 2 ? 1 : 0); 2 * point < points.length; point++) {
    const before = Math.max(point - 1, 0);
    context.beginPath();
    context.moveTo(points[2 * before], points[2 * before + 1]);
    context.lineTo(points[2 * point], points[2 * point + 1]);
    context.stroke();
  }
}

/**
 * @param {Stroke} stroke
 * @param {number} [from] number of the point
 * @returns {import("./ink.js").Box} that of what `paintStroke` paints
 */
export function boxOf({ points, width }, from = 0) {
  const since = points.slice(2 * Math.max(from - 1, 0));
  const xs = since.filter((_, number) => number % 2 === 0);
  const ys = since.filter((_, number) => number % 2 === 1);
  const edge = width / 2 + 1;
  return {
    x0: Math.min(...xs) - edge,
    y0: Math.min(...ys) - edge,
    x1: Math.max(...xs) + edge,
    y1: Math.max(...ys) + edge,
  };
}

/**
 * Strokes as letters of an address: of each stroke its width (negative for the eraser), how many
 * points it has, and each point's distance from the one before, in variable-length numbers.
 *
 * @param {Stroke[]} strokes
 * @returns {string}
 */
export function written(strokes) {
  /** @type {number[]} */
  const bytes = [];
  /** @param {number} value */
  const put = (value) => {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    while (rest > 127) {
      bytes.push((rest & 127) | 128);
      rest >>= 7;
    }
    bytes.push(rest);
  };
  for (const { erase, width, points } of strokes) {
    put(erase ? -width : width);
    put(points.length / 2);
    points.forEach((place, number) => put(place - (number < 2 ? 0 : points[number - 2])));
  }
  const letters = btoa(String.fromCharCode(...bytes));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * @param {string} text
 * @returns {Stroke[]} those that `written` wrote; none for a text that it did not write
 */
export function read(text) {
  /** @type {Stroke[]} */
  const strokes = [];
  try {
    const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    let place = 0;
    const take = () => {
      let value = 0;
      for (let shift = 0; shift < 28; shift += 7) {
        if (place >= letters.length) throw new RangeError("cut off");
        const byte = letters.charCodeAt(place++);
        value |= (byte & 127) << shift;
        if (byte < 128) break;
      }
      return value & 1 ? -((value + 1) >> 1) : value >> 1;
    };
    while (place < letters.length) {
      const width = take();
      const count = take();
      if (count < 1 || count > letters.length) throw new RangeError("no such count");
      /** @type {number[]} */
      const points = [];
      for (let number = 0; number < 2 * count; number++) {
        points.push(inside(take() + (number < 2 ? 0 : points[number - 2])));
      }
      strokes.push({
        erase: width < 0,
        width: Math.max(1, Math.min(Math.abs(width), PAD)),
        points,
      });
    }
  } catch {
    return [];
  }
  return strokes;
}

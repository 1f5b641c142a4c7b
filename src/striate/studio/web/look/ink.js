// @ts-check
/** The ink on a canvas as values, read again only where something was painted. */

/** @typedef {{ x0: number, y0: number, x1: number, y1: number }} Box first and last+1 pixel */

export class Ink {
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} side of the square canvas, in pixels
   */
  constructor(context, side) {
    this._context = context;
    this._side = side;
    this._values = new Uint8Array(side * side);
    /** @type {Box | null} */
    this._painted = null;
  }

  /** @param {Box} box in which something was painted */
  paintedIn({ x0, y0, x1, y1 }) {
    const before = this._painted ?? { x0: this._side, y0: this._side, x1: 0, y1: 0 };
    this._painted = {
      x0: Math.max(0, Math.min(before.x0, Math.floor(x0))),
      y0: Math.max(0, Math.min(before.y0, Math.floor(y0))),
      x1: Math.min(this._side, Math.max(before.x1, Math.ceil(x1))),
      y1: Math.min(this._side, Math.max(before.y1, Math.ceil(y1))),
    };
  }

  paintedAnywhere() {
    this.paintedIn({ x0: 0, y0: 0, x1: this._side, y1: this._side });
  }

  /** @returns {Uint8Array<ArrayBuffer>} side x side values, 255 where it is black */
  get values() {
    if (this._painted) {
      const { x0, y0, x1, y1 } = this._painted;
      const { data } = this._context.getImageData(x0, y0, x1 - x0, y1 - y0);
      let alpha = 3;
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++, alpha += 4) this._values[y * this._side + x] = data[alpha];
      }
      this._painted = null;
    }
    return this._values;
  }
}

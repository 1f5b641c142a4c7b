// @ts-check
/** Asks for the pages of maps that have come into view since the input ran through the network. */

/**
 * @typedef {import("../source/source.js").Source} Source
 * @typedef {import("./row.js").Row} Row
 * @typedef {import("./tracer.js").Traced} Traced
 */

export class Pages {
  /**
   * @param {Source} source
   * @param {() => Traced | null} traced
   * @param {() => void} onGiven a page has come
   * @param {(message: string) => void} onProblem
   */
  constructor(source, traced, onGiven, onProblem) {
    this._source = source;
    this._traced = traced;
    this._onGiven = onGiven;
    this._onProblem = onProblem;
    /** @type {WeakMap<Row, string>} */
    this._asked = new WeakMap();
  }

  /** @param {Row[]} rows */
  fetch(rows) {
    const traced = this._traced();
    if (!traced) return;
    for (const row of rows) {
      const { name, from, to } = row.part;
      const key = `${traced.trace} ${from}`;
      if (this._asked.get(row) !== key) {
        this._asked.set(row, key);
        void this._fetch(row, traced, { name, from, to });
      }
    }
  }

  /**
   * @param {Row} row
   * @param {Traced} traced
   * @param {import("./tracer.js").Part} part
   */
  async _fetch(row, traced, { name, from, to }) {
    try {
      const asked = { trace: traced.trace, layer: name, from, to };
      const { arrays } = await this._source.request("look.maps", asked);
      if (this._traced() !== traced || row.part.from !== from) return;
      row.give(/** @type {Float32Array} */ (arrays.maps.data), from, to);
      this._onGiven();
    } catch (error) {
      this._asked.delete(row);
      if (this._traced() === traced) this._onProblem(/** @type {Error} */ (error).message);
    }
  }
}

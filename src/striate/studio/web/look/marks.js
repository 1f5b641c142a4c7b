// @ts-check
/** What lights up: the value that is looked at, what it reads, what it sees of the input. */

/**
 * @typedef {import("./forms.js").Layer} Layer
 * @typedef {import("./rows.js").Marked} Marked
 * @typedef {import("./stage.js").Mark} Mark
 * @typedef {import("./state.js").Unit} Unit
 * @typedef {{ mark: (mark: Mark, marked: Marked[]) => void }} Marks
 */

/** @param {Unit | null} unit @returns {Marked[]} */
const only = (unit) => (unit ? [{ layer: unit.layer, first: unit.index, last: unit.index }] : []);

export class Lights {
  /**
   * @param {Marks[]} views of the layers
   * @param {import("./given.js").Given} given
   */
  constructor(views, given) {
    this._views = views;
    this._given = given;
  }

  /** @param {Unit | null} unit that is looked at; null puts all lights out */
  look(unit) {
    this._mark("cursor", only(unit));
    if (unit) return;
    this._mark("window", []);
    this._mark("field", []);
    this._given.see(null);
  }

  /** @param {Unit | null} unit that is pointed at in the arithmetic */
  entry(unit) {
    this._mark("entry", only(unit));
  }

  /**
   * @param {Unit} unit
   * @param {import("./why_panel.js").Found} found
   * @param {Layer} input the layer that is the input
   */
  found({ layer }, { windows, box: { spans } }, input) {
    const own = layer === input.name;
    const seen = !own && spans.length > 0 && spans.every(({ first, last }) => first <= last);
    this._given.see(own ? null : spans);
    this._mark("window", windows);
    this._mark(
      "field",
      seen
        ? [
            {
              layer: input.name,
              first: [0, ...spans.map(({ first }) => first)],
              last: [input.shape[0] - 1, ...spans.map(({ last }) => last)],
            },
          ]
        : [],
    );
  }

  /**
   * Marks a moment of a signal in the curves of all layers.
   *
   * @param {number | null} time from 0 to 1; null for what is no signal
   * @param {Layer[]} layers
   */
  moment(time, layers) {
    const curves = time === null ? [] : layers.filter(({ shape }) => shape.length === 2);
    this._mark(
      "time",
      curves.map(({ name, shape: [channels, length] }) => {
        const place = Math.min(length - 1, Math.floor((time ?? 0) * length));
        return { layer: name, first: [0, place], last: [channels - 1, place] };
      }),
    );
    this._given.moment(time);
  }

  /**
   * @param {Mark} mark
   * @param {Marked[]} marked
   */
  _mark(mark, marked) {
    for (const view of this._views) view.mark(mark, marked);
  }
}

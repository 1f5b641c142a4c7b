// @ts-check
/** The filters of a layer as they form: in colour where they read a colour image. */

import { element, replaceChildren } from "../element.js";
import { colourFilters } from "./colour_filters.js";
import { PartFigure } from "./part.js";
import { tilesOf } from "./tiles.js";

/**
 * @typedef {import("./types.js").Layer} Layer
 * @typedef {import("./types.js").Snapshot} Snapshot
 */

export class FiltersPanel {
  /**
   * @param {string | null} layer
   * @param {(layer: string) => void} onChoose
   * @param {() => void} onWanted
   */
  constructor(layer, onChoose, onWanted) {
    this._chosen = layer;
    this._onWanted = onWanted;
    /** @type {string[]} */
    this._names = [];
    /** @type {Snapshot | null} */
    this._snapshot = null;
    this._list = element("select", { id: "filter-layer", onchange: () => onChoose(this._list.value) });
    this._each = element("input", { type: "checkbox", onchange: () => this.show(this._snapshot) });
    this._says = element("p", { class: "faint" });
    this._colours = element("div", { class: "colour-filters" });
    this._weights = new PartFigure("weights", { height: 420, zoom: 16 });
    this._gradients = new PartFigure("their gradient", { height: 420, zoom: 16 });
    this.root = element("div", { class: "filters" }, [
      element("div", { class: "filter-choice" }, [
        element("label", { for: "filter-layer" }, ["Filters of"]),
        this._list,
        element("label", { class: "check" }, [this._each, " own colour scale for each filter"]),
      ]),
      this._says,
      this._colours,
      element("div", { class: "part-pair" }, [this._weights.root, this._gradients.root]),
    ]);
  }

  get wanted() {
    const name = this._layerName();
    return name ? [name] : [];
  }

  /** @param {string | null} layer */
  choose(layer) {
    this._chosen = layer;
    this.show(this._snapshot);
    this._onWanted();
  }

  _layerName() {
    return this._chosen !== null && this._names.includes(this._chosen) ? this._chosen : (this._names[0] ?? null);
  }

  /** @param {Snapshot | null} snapshot */
  show(snapshot) {
    this._snapshot = snapshot;
    if (!snapshot) return;
    const layers = snapshot.values.layers.filter(({ weights }) => weights && weights.shape.length > 1);
    this._showNames(layers.map(({ name }) => name));
    const name = this._layerName();
    const layer = layers.find((one) => one.name === name);
    this._list.value = name ?? "";
    this._says.textContent = layer ? saysOf(layer) : "No layer of this network has filters.";
    const { weights = null, weight_gradients = null } = layer ?? {};
    const tensor = weights?.array ? snapshot.arrays[weights.array] : undefined;
    const coloured = tensor && tensor.shape.length === 4 && tensor.shape[1] === 3 && tensor.shape[2] > 1;
    replaceChildren(this._colours, coloured ? [colourFilters(tensor, this._each.checked)] : []);
    this._show(this._weights, weights, snapshot.arrays);
    this._show(this._gradients, weight_gradients, snapshot.arrays);
  }

  /**
   * @param {PartFigure} figure
   * @param {import("./types.js").Part | null} part
   * @param {import("../source/source.js").Tensors} arrays
   */
  _show(figure, part, arrays) {
    const tiles = part && tilesOf(part, arrays, true);
    const tensor = part?.array ? arrays[part.array] : undefined;
    const own = this._each.checked && tensor && tiles && tiles.count > 1 ? ownScales(tensor) : null;
    const scaleOf = own ? (/** @type {number} */ tile) => own[tile % own.length] : undefined;
    figure.show(part, tiles, { signed: true, scaleOf });
  }

  /** @param {string[]} names */
  _showNames(names) {
    if (names.join("\n") === this._names.join("\n")) return;
    this._names = names;
    replaceChildren(this._list, names.map((name) => element("option", { value: name }, [name])));
    this._onWanted();
  }
}

/** @param {Layer} layer */
function saysOf({ text, weights }) {
  const [filters, inputs, ...kernel] = weights?.shape ?? [];
  if (!kernel.length) return `${text.trim()}: a row for each of ${filters} outputs, a column for each of ${inputs} inputs.`;
  return `${text.trim()}: ${filters} filters of ${kernel.length > 1 ? kernel.join("×") : `${kernel[0]} values`} over ${inputs === 1 ? "one channel." : `${inputs} channels; a column for each filter, a row for each channel.`}`;
}

/**
 * @param {import("../source/source.js").Tensor} tensor
 * @returns {import("../maps.js").Scale[]} of each filter
 */
function ownScales({ shape, data }) {
  const size = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, filter) => {
    let most = 0;
    for (let index = filter * size; index < (filter + 1) * size; index++) most = Math.max(most, Math.abs(data[index]));
    return { low: -most, high: most, signed: true };
  });
}

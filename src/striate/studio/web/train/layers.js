// @ts-check
/** Every layer with its activations, weights, and the gradients of both. */

import { element } from "../element.js";
import { by, short } from "../numbers.js";
import { PartFigure } from "./part.js";
import { tilesOf } from "./tiles.js";

/**
 * @typedef {import("./types.js").Layer} Layer
 * @typedef {import("./types.js").Part} Part
 * @typedef {import("./types.js").Snapshot} Snapshot
 */

/** @type {[("activations" | "gradients" | "weights" | "weight_gradients"), string][]} */
const PARTS = [
  ["activations", "activations"],
  ["gradients", "their gradient"],
  ["weights", "weights"],
  ["weight_gradients", "their gradient"],
];

export class LayersPanel {
  /** @param {() => void} onWanted the layers that are seen are others now */
  constructor(onWanted) {
    this._onWanted = onWanted;
    /** @type {Map<string, LayerRow>} */
    this._rows = new Map();
    /** @type {Set<string>} */
    this._seen = new Set();
    /** @type {Snapshot | null} */
    this._snapshot = null;
    this.root = element("div", { class: "layers" });
    this._watcher = new IntersectionObserver((entries) => this._notice(entries), { rootMargin: "250px 0px" });
  }

  get wanted() {
    return [...this._rows].filter(([name, row]) => this._seen.has(name) && row.open).map(([name]) => name);
  }

  /** @param {Snapshot | null} snapshot */
  show(snapshot) {
    this._snapshot = snapshot;
    if (!snapshot) return;
    for (const layer of snapshot.values.layers) {
      let row = this._rows.get(layer.name);
      if (!row) {
        row = new LayerRow(layer, () => this._onWanted());
        this._rows.set(layer.name, row);
        this.root.append(row.root);
        this._watcher.observe(row.root);
      }
      if (this._seen.has(layer.name) && row.open) row.show(layer, snapshot.arrays);
    }
  }

  /** @param {IntersectionObserverEntry[]} entries */
  _notice(entries) {
    for (const { target, isIntersecting } of entries) {
      const name = /** @type {HTMLElement} */ (target).dataset.layer ?? "";
      if (isIntersecting) this._seen.add(name);
      else this._seen.delete(name);
    }
    this.show(this._snapshot);
    this._onWanted();
  }

  close() {
    this._watcher.disconnect();
  }
}

class LayerRow {
  /**
   * @param {Layer} layer
   * @param {() => void} onOpen
   */
  constructor(layer, onOpen) {
    this._figures = new Map(PARTS.map(([name, title]) => [name, new PartFigure(title)]));
    this._bias = element("span", { class: "faint number bias" });
    const { weights, weight_gradients } = layer;
    this.root = element("details", { class: "layer panel", "data-layer": layer.name, open: true, ontoggle: onOpen }, [
      element("summary", {}, [
        element("h4", {}, [layer.name]),
        element("code", {}, [layer.text.trim()]),
        element("span", { class: "number" }, [by(layer.output)]),
        this._bias,
      ]),
      element("div", { class: "parts" }, [
        element("div", { class: "part-pair" }, [this._root("activations"), this._root("gradients")]),
        (weights ?? weight_gradients) !== null &&
          element("div", { class: "part-pair" }, [this._root("weights"), this._root("weight_gradients")]),
      ]),
    ]);
    this.show(layer, {});
  }

  get open() {
    return this.root.open;
  }

  /** @param {typeof PARTS[number][0]} name */
  _root(name) {
    return /** @type {PartFigure} */ (this._figures.get(name)).root;
  }

  /**
   * @param {Layer} layer
   * @param {import("../source/source.js").Tensors} arrays
   */
  show(layer, arrays) {
    for (const [name, figure] of this._figures) {
      const part = layer[name];
      figure.show(part, part && tilesOf(part, arrays, name.startsWith("weight")), { signed: name !== "activations" });
    }
    const { bias } = layer;
    this._bias.textContent = bias ? `bias ${short(bias.low)} … ${short(bias.high)}` : "";
  }
}

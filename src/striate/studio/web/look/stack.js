// @ts-check
/** All layers behind each other in space, to be turned. */

import { element } from "../element.js";

/**
 * @typedef {import("./figures.js").Look} Look
 * @typedef {import("./forms.js").Layer} Layer
 * @typedef {import("./tracer.js").Part} Part
 * @typedef {import("./tracer.js").Traced} Traced
 */
export class Stack {
  /** @param {any} host */
  constructor(host) {
    this._host = host;
    this.root = element("div", { class: "stack", hidden: true });
  }
  /** @returns {Part[]} */
  get parts() { return []; }
  /** @param {Layer[]} _layers @param {Set<string>} _hidden */
  show(_layers, _hidden) {}
  /** @param {Set<string>} _hidden */
  hide(_hidden) {}
  /** @param {boolean} open */
  open(open) { this.root.hidden = !open; }
  /** @param {[number, number, number]} _turn */
  turn(_turn) {}
  /** @param {Traced} _traced */
  give(_traced) {}
  repaint() {}
  /** @param {any} _mark @param {any} _marked */
  mark(_mark, _marked) {}
  /** @param {any} _event @returns {import("./state.js").Unit | null} */
  unitUnder(_event) { return null; }
  close() {}
}

// @ts-check
/** How the maps are shown: rows or a stack, zoom, the range of colours, which layers. */

import { element } from "../element.js";
import { SIDES } from "./forms.js";
import { SPANS } from "./scales.js";

/**
 * @typedef {import("./forms.js").Layer} Layer
 * @typedef {import("./scales.js").Span} Span
 *
 * @typedef {object} ToolbarHost
 * @property {(show: "rows" | "stack") => void} onShow
 * @property {(direction: 1 | -1) => void} onZoom
 * @property {(scale: Span) => void} onScale
 * @property {(layers: Layer[]) => void} onHide all but these
 * @property {(layer: string) => void} onGoTo
 * @property {(time: number) => void} onTime
 */

export class Toolbar {
  /** @param {ToolbarHost} host */
  constructor(host) {
    this._host = host;
    /** @type {Layer[]} */
    this._layers = [];
    /** @param {"rows" | "stack"} id @param {string} title */
    const view = (id, title) =>
      element("button", { type: "button", onclick: () => host.onShow(id) }, [title]);
    this._rows = view("rows", "Rows");
    this._stack = view("stack", "Stack");
    this._smaller = element(
      "button",
      {
        type: "button",
        "aria-label": "Smaller maps",
        title: "Smaller maps (−)",
        onclick: () => host.onZoom(-1),
      },
      ["−"],
    );
    this._larger = element(
      "button",
      {
        type: "button",
        "aria-label": "Larger maps",
        title: "Larger maps (+)",
        onclick: () => host.onZoom(1),
      },
      ["+"],
    );
    this._scale = element(
      "select",
      {
        "aria-label": "What the colours span",
        onchange: () => host.onScale(/** @type {Span} */ (this._scale.value)),
      },
      SPANS.map(({ id, title }) => element("option", { value: id }, [title])),
    );
    this._which = element(
      "select",
      { "aria-label": "Layers that are shown", onchange: () => this._choose() },
      [
        element("option", { value: "" }, ["…"]),
        element("option", { value: "all" }, ["Show all"]),
        element("option", { value: "sums" }, ["Show convolutions and linear"]),
        element("option", { value: "none" }, ["Show none"]),
      ],
    );
    this._goTo = element("select", {
      "aria-label": "Go to a layer",
      onchange: () => {
        if (this._goTo.value) host.onGoTo(this._goTo.value);
        this._goTo.value = "";
      },
    });
    this._time = element("input", {
      type: "range",
      min: 0,
      max: 1,
      step: "any",
      value: 0.5,
      oninput: () => host.onTime(Number(this._time.value)),
    });
    this._timeName = element("span");
    this._film = element("label", { hidden: true }, [this._timeName, this._time]);
    this.root = element(
      "div",
      { class: "toolbar", role: "group", "aria-label": "How maps are shown" },
      [
        element("div", { class: "together", role: "group", "aria-label": "View" }, [
          this._rows,
          this._stack,
        ]),
        element("div", { class: "together", role: "group", "aria-label": "Zoom" }, [
          this._smaller,
          this._larger,
        ]),
        this._scale,
        this._which,
        this._goTo,
        this._film,
      ],
    );
  }

  /**
   * @param {object} state
   * @param {"rows" | "stack"} state.show
   * @param {number} state.zoom
   * @param {Span} state.scale
   */
  settle({ show, zoom, scale }) {
    this._rows.setAttribute("aria-pressed", String(show === "rows"));
    this._stack.setAttribute("aria-pressed", String(show === "stack"));
    this._smaller.disabled = show === "rows" && zoom === 0;
    this._larger.disabled = show === "rows" && zoom === SIDES.length - 1;
    this._scale.value = scale;
  }

  /** @param {Set<string>} hidden */
  count(hidden) {
    const shown = this._layers.filter(({ name }) => !hidden.has(name)).length;
    const [first] = this._which.options;
    first.textContent = `${shown}/${this._layers.length} layers`;
    this._which.value = "";
  }

  /**
   * @param {Layer[]} layers
   * @param {boolean} signal whether the network takes signals
   */
  list(layers, signal) {
    this._layers = layers;
    this._film.hidden = !signal && !layers.some(({ shape }) => shape.length > 3);
    this._timeName.textContent = signal ? "Moment" : "Frame";
    this._goTo.replaceChildren(
      element("option", { value: "" }, ["Go to …"]),
      ...layers.map(({ name }) => element("option", { value: name }, [name])),
    );
  }

  _choose() {
    const which = this._which.value;
    const sums = (/** @type {Layer} */ layer) =>
      layer.filters || layer.kind === "input" || layer === this._layers.at(-1);
    this._host.onHide(
      which === "all" ? this._layers : which === "sums" ? this._layers.filter(sums) : [],
    );
  }
}

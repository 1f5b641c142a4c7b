// @ts-check
/** One layer of the chain: its fields, and what the studio says of it. */

import { element, replaceChildren } from "../element.js";
import { amount, counted } from "../numbers.js";
import { checkField, numberField, selectField } from "./fields.js";
import { written } from "./figures.js";
import { fitPicture } from "./fit_picture.js";
import { ASKED, layerOf, paddingIn, paddingText, sizesIn, sizesText } from "./size_state.js";

/**
 * @typedef {import("./size_state.js").Layer} Layer
 *
 * @typedef {{ formula: string, input: number, output: number, fits: boolean, dropped: number, padding: number[], extent: number, starts: number[], field: { size: number, jump: string, start: number } }} SizedAxis
 * @typedef {{ shape: number[] | null, axes: SizedAxis[], fits: boolean, fitting: { padding: number[], output: number[] }[], weights: number[], biases: number, parameters: number, multiply_adds: number, units: number, batched: number[] | null, problem: string }} Sized
 */

const KINDS = /** @type {[string, string][]} */ ([
  ["conv", "convolution"],
  ["pool", "pooling"],
  ["transposed", "transposed convolution"],
  ["flatten", "flatten"],
  ["linear", "fully connected"],
]);

const RULES = {
  conv: "n′ = ⌊(n + 2p − k)/s⌋ + 1",
  pool: "n′ = ⌊(n + 2p − k)/s⌋ + 1",
  transposed: "n′ = (n − 1)·s − 2p + k",
  flatten: "features = channels · rows · columns",
  linear: "parameters = inputs · outputs + outputs",
};

const AXES = /** @type {Record<number, string[]>} */ ({
  1: ["samples"],
  2: ["rows", "columns"],
  3: ["planes", "rows", "columns"],
});

export class SizeLayer {
  /**
   * @param {Layer} layer is changed in place
   * @param {number} number
   * @param {{ onChange: () => void, onReplace: (layer: Layer) => void, onRemove: () => void }} listeners
   */
  constructor(layer, number, { onChange, onReplace, onRemove }) {
    this._layer = layer;
    this._onPadding = (/** @type {number[]} */ padding) =>
      onReplace({ ...layer, padding: padding.map((side) => [side, side]) });
    this._result = element("div", { class: "sized", "aria-live": "off" });
    const fields = /** @type {readonly string[]} */ (ASKED[layer.kind]);
    /** @param {string} name @param {() => HTMLElement} make */
    const field = (name, make) => (fields.includes(name) ? make() : null);
    this.element = element("fieldset", { class: "layer panel" }, [
      element("legend", { class: "hidden" }, [`layer ${number + 1}`]),
      element("div", { class: "layer-fields" }, [
        selectField(`layer ${number + 1}`, layer.kind, KINDS, (kind) =>
          onReplace(layerOf(/** @type {any} */ (kind), { ...layer })),
        ),
        field("filters", () =>
          numberField(
            layer.kind === "linear" ? "outputs" : "filters",
            layer.filters,
            { min: 1, max: 1e6 },
            (filters) => {
              layer.filters = filters;
              onChange();
            },
          ),
        ),
        field("kernel", () => sizesField("kernel", layer, "kernel", 1, onChange)),
        field("stride", () => sizesField("stride", layer, "stride", 1, onChange)),
        field("padding", () => paddingField(layer, onChange)),
        field("dilation", () => sizesField("dilation", layer, "dilation", 1, onChange)),
        field("output_padding", () =>
          sizesField("output padding", layer, "output_padding", 0, onChange),
        ),
        field("ceil_mode", () =>
          checkField("round up", layer.ceil_mode, (up) => {
            layer.ceil_mode = up;
            onChange();
          }),
        ),
        field("bias", () =>
          checkField("bias", layer.bias, (bias) => {
            layer.bias = bias;
            onChange();
          }),
        ),
        element(
          "button",
          { type: "button", class: "quiet", "aria-label": `Remove layer ${number + 1}`, onclick: onRemove },
          ["✕"],
        ),
      ]),
      this._result,
    ]);
  }

  /** @param {Sized | undefined} sized nothing where a layer before does not work */
  show(sized) {
    if (!sized) {
      replaceChildren(this._result, [
        element("p", { class: "faint" }, ["A layer before this one leaves nothing."]),
      ]);
      return;
    }
    const { kind } = this._layer;
    const names = AXES[sized.axes.length] ?? [];
    replaceChildren(this._result, [
      element("div", {}, [
        sized.shape
          ? element("p", { class: "shape number" }, [
              `→ ${(sized.batched?.[0] === 1 ? sized.shape : (sized.batched ?? [])).join(" × ")}`,
            ])
          : null,
        element("p", { class: "faint rule" }, [RULES[kind]]),
      ]),
      element("div", { class: "says" }, [
      sized.problem ? element("p", { class: "problem" }, [sized.problem]) : null,
      ...alike(sized.axes, names).map(([axis, name]) =>
        element("div", { class: "axis" }, [
          element("p", { class: "number formula-line" }, [
            element("span", { class: "faint" }, [`${name}: `]),
            written(axis.formula),
            kind === "transposed" || axis.output === 0
              ? ""
              : element("span", { class: axis.fits ? "agrees" : "misfit" }, [
                  axis.fits ? " ✓ fits" : " does not fit",
                ]),
          ]),
          kind === "transposed" ? null : fitPicture(axis, name),
        ]),
      ),
      this._fitting(sized),
      facts(sized),
      ]),
    ]);
  }

  /** @param {Sized} sized */
  _fitting({ fitting, axes }) {
    if (fitting.length === 0) {
      const none = axes.length > 0 && this._layer.kind !== "transposed";
      return none ? element("p", { class: "faint" }, ["No padding makes this window fit."]) : null;
    }
    const now = JSON.stringify(axes.map((axis) => axis.padding));
    return element("div", { class: "fitting", role: "group", "aria-label": "Paddings that fit" }, [
      element("span", { class: "faint" }, ["fits with padding"]),
      ...fitting.map(({ padding, output }) =>
        element(
          "button",
          {
            type: "button",
            "aria-pressed": String(now === JSON.stringify(padding.map((side) => [side, side]))),
            "aria-label": `padding ${paddingText(padding.map((side) => [side, side]))}, output ${output.join(" by ")}`,
            onclick: () => this._onPadding(padding),
          },
          [`${paddingText(padding.map((side) => [side, side]))} → ${output.join("×")}`],
        ),
      ),
    ]);
  }
}

/**
 * @param {SizedAxis[]} axes
 * @param {string[]} names
 * @returns {[SizedAxis, string][]} axes with the same sizes are said together
 */
function alike(axes, names) {
  /** @type {Map<string, [SizedAxis, string]>} */
  const found = new Map();
  axes.forEach((axis, n) => {
    const { input, output, padding, extent, starts } = axis;
    const key = JSON.stringify([input, output, padding, extent, starts]);
    const before = found.get(key);
    found.set(key, before ? [before[0], `${before[1]} and ${names[n]}`] : [axis, names[n]]);
  });
  return [...found.values()];
}

/**
 * @param {Sized} sized
 * @returns {HTMLElement}
 */
function facts({ axes, weights, biases, parameters, multiply_adds, units, shape }) {
  /** @type {[string, string][]} */
  const found = [];
  if (axes.length > 0) {
    found.push(["one value sees", `${axes.map((axis) => axis.field.size).join("×")} of the input`]);
  }
  if (weights.length > 0) {
    found.push(["weights", `${weights.join("×")}${biasText(biases)}`]);
  }
  if (shape) {
    found.push(["parameters", counted(parameters)]);
    found.push(["values", counted(units)]);
    if (multiply_adds) found.push(["multiply-adds", amount(multiply_adds)]);
  }
  return element(
    "dl",
    { class: "facts" },
    found.map(([name, value]) =>
      element("div", {}, [element("dt", {}, [name]), element("dd", { class: "number" }, [value])]),
    ),
  );
}

/** @param {number} biases */
function biasText(biases) {
  if (biases === 0) return "";
  return biases === 1 ? " and a bias" : ` and ${counted(biases)} biases`;
}

/**
 * @param {string} label
 * @param {Layer} layer
 * @param {"kernel" | "stride" | "dilation" | "output_padding"} name
 * @param {number} least
 * @param {() => void} onChange
 * @returns {HTMLElement}
 */
function sizesField(label, layer, name, least, onChange) {
  return textField(label, sizesText(layer[name]), "3, or an axis each: 3x5", (text) => {
    const found = sizesIn(text, least);
    if (!found) return false;
    layer[name] = found;
    onChange();
    return true;
  });
}

/**
 * @param {Layer} layer
 * @param {() => void} onChange
 * @returns {HTMLElement}
 */
function paddingField(layer, onChange) {
  const hint = "1, an axis each 1x2, before and after 0_1, or same, valid, full";
  return textField("padding", paddingText(layer.padding), hint, (text) => {
    const found = paddingIn(text);
    if (!found) return false;
    layer.padding = found;
    onChange();
    return true;
  });
}

/**
 * @param {string} label
 * @param {string} value
 * @param {string} hint
 * @param {(text: string) => boolean} onInput says whether the text is good
 * @returns {HTMLElement}
 */
function textField(label, value, hint, onInput) {
  const input = element("input", { type: "text", value, title: hint, autocomplete: "off" });
  input.addEventListener("input", () => {
    if (onInput(input.value)) input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true");
  });
  return element("label", { class: "field" }, [element("span", {}, [label]), input]);
}

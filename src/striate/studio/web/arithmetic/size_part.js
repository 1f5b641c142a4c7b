// @ts-check
/** Output sizes through a chain of layers, with the formula and the numbers in it. */

import { element, replaceChildren } from "../element.js";
import { amount, counted } from "../numbers.js";
import { Dropped } from "../source/source.js";
import { numberField, segments } from "./fields.js";
import { PresetBar } from "./preset_bar.js";
import { SizeLayer } from "./size_layer.js";
import { asked, fromAddress, layerOf, ofPreset, toAddress } from "./size_state.js";

/**
 * @typedef {import("./size_layer.js").Sized} Sized
 * @typedef {import("./size_state.js").Kind} Kind
 * @typedef {import("./size_state.js").SizeState} SizeState
 * @typedef {import("./view.js").PartHost} PartHost
 */

const FIRST = "fit-question";
const NAMES = /** @type {Record<number, string[]>} */ ({
  0: [],
  1: ["samples"],
  2: ["rows", "columns"],
  3: ["planes", "rows", "columns"],
});
const ADDED = /** @type {[Kind, string][]} */ ([
  ["conv", "Convolution"],
  ["pool", "Pooling"],
  ["transposed", "Transposed"],
  ["flatten", "Flatten"],
  ["linear", "Fully connected"],
]);

export class SizePart {
  /**
   * @param {HTMLElement} root
   * @param {PartHost} host
   */
  constructor(root, { host, presets, save }) {
    this._host = host;
    this._presets = presets;
    this._save = save;
    /** @type {SizeState} */
    this._state =
      fromAddress((name) => host.address.get(name), presets) ??
      ofPreset(/** @type {any} */ (presets.find((one) => one.id === FIRST)));
    /** @type {SizeLayer[]} */
    this._layers = [];
    this._alive = true;
    this._input = element("div", { class: "panel size-input" });
    this._bar = new PresetBar(presets, (chosen) => {
      this._state = ofPreset(chosen);
      this._build();
      this._ask();
    });
    this._problem = element("p", { class: "problem", role: "alert", hidden: true });
    this._chain = element("div", { class: "chain" });
    this._total = element("p", { class: "total", role: "status" });
    root.append(
      element("div", { class: "work sizes" }, [
        this._bar.element,
        this._input,
        this._problem,
        this._chain,
        element(
          "div",
          { class: "adding", role: "group", "aria-label": "Add a layer" },
          ADDED.map(([kind, title]) =>
            element("button", { type: "button", onclick: () => this._add(kind) }, [`+ ${title}`]),
          ),
        ),
        this._total,
      ]),
    );
    this._build();
    this._ask();
  }

  unmount() {
    this._alive = false;
  }

  /** @param {Kind} kind */
  _add(kind) {
    this._state.layers.push(layerOf(kind));
    this._changed(true);
    this._chain.lastElementChild?.querySelector("select")?.focus();
  }

  /** @param {boolean} rebuild */
  _changed(rebuild) {
    this._state.preset = null;
    if (rebuild) this._build();
    this._ask();
  }

  _build() {
    this._buildInput();
    const { layers } = this._state;
    this._layers = layers.map(
      (layer, number) =>
        new SizeLayer(layer, number, {
          onChange: () => this._changed(false),
          onReplace: (given) => {
            layers[number] = given;
            this._changed(true);
            const fields = this._chain.children[number]?.querySelectorAll("select");
            fields?.[0]?.focus();
          },
          onRemove: () => {
            layers.splice(number, 1);
            this._changed(true);
          },
        }),
    );
    replaceChildren(
      this._chain,
      this._layers.map((one) => one.element),
    );
  }

  _buildInput() {
    const { input, batch } = this._state;
    const axes = input.length - 1;
    /** @param {string} label @param {number} place */
    const size = (label, place) =>
      numberField(label, input[place], { min: 1, max: 100000 }, (value) => {
        input[place] = value;
        this._changed(false);
      });
    replaceChildren(this._input, [
      segments(
        "Input axes",
        String(axes),
        [
          ["1", "1"],
          ["2", "2"],
          ["3", "3"],
        ],
        (chosen) => {
          const size = input.at(-1) ?? 1;
          this._state.input = [input[0], ...Array.from({ length: Number(chosen) }, () => size)];
          this._changed(true);
        },
      ),
      size("channels", 0),
      ...(NAMES[axes] ?? []).map((name, n) => size(name, n + 1)),
      numberField("batch", batch, { min: 1, max: 1e6 }, (value) => {
        this._state.batch = value;
        this._changed(false);
      }),
    ]);
  }

  _ask() {
    const state = this._state;
    this._host.source.request("arithmetic.size", asked(state), { latest: "arithmetic.size" }).then(
      ({ values }) => {
        if (!this._alive || state !== this._state) return;
        this._problem.hidden = true;
        this._draw(values.layers);
        this._save(toAddress(state));
      },
      (error) => {
        if (!this._alive || error instanceof Dropped) return;
        this._problem.hidden = false;
        this._problem.textContent = error.message;
      },
    );
  }

  /** @param {Sized[]} sized */
  _draw(sized) {
    this._layers.forEach((layer, n) => layer.show(sized[n]));
    /** @param {"parameters" | "multiply_adds"} name */
    const total = (name) => sized.reduce((sum, one) => sum + one[name], 0);
    const last = sized.at(-1);
    this._total.textContent =
      `${sized.length} ${sized.length === 1 ? "layer" : "layers"}: ` +
      `${counted(total("parameters"))} parameters, ${amount(total("multiply_adds"))} multiply-adds` +
      (last?.shape ? `, output ${last.shape.join(" × ")}` : "");
    const preset = this._presets.find((one) => one.id === this._state.preset);
    this._bar.show(this._state.preset, preset ? lectureAgrees(preset.answer, sized) : null);
  }
}

/**
 * @param {any} answer
 * @param {Sized[]} sized
 * @returns {boolean | null} whether all that the lecture says is what is shown
 */
function lectureAgrees(answer, sized) {
  const last = sized[sized.length - 1];
  /** @param {unknown} found @param {unknown} expected */
  const same = (found, expected) =>
    expected === undefined || JSON.stringify(found) === JSON.stringify(expected);
  return (
    same(last.shape, answer.shape) &&
    same(last.fits, answer.fits) &&
    same(last.weights, answer.weights) &&
    same(last.parameters, answer.parameters) &&
    same(last.units, answer.units) &&
    same(last.axes[0]?.field.size, answer.field) &&
    (answer.padding === undefined || same(last.axes.map((axis) => axis.padding[0]), answer.padding))
  );
}

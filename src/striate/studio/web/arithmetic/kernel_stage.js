// @ts-check
/** Image, kernel and outputs as they lie side by side, with the window on the image. */

import { element, replaceChildren } from "../element.js";
import { numberField, segments } from "./fields.js";
import { NumberGrid } from "./number_grid.js";
import { plainTable } from "./plain_table.js";
import { ValueGrid } from "./value_grid.js";

/**
 * @typedef {import("./kernel_state.js").KernelState} KernelState
 * @typedef {import("./slide.js").Slide} Slide
 *
 * @typedef {object} Listeners
 * @property {() => void} onEdit a number of the state was changed
 * @property {(channel: number, row: number, column: number, rows: number[][]) => void} onPasteInput
 * @property {(channel: number, row: number, column: number, rows: number[][]) => void} onPasteKernel
 * @property {(row: number, column: number, filter: number) => void} onSelect
 */

const REPEATING = ["replicate", "reflect", "symmetric", "circular"];

export class KernelStage {
  /**
   * @param {KernelState} state
   * @param {readonly string[]} operations
   * @param {Listeners} listeners
   */
  constructor(state, operations, { onEdit, onPasteInput, onPasteKernel, onSelect }) {
    this._state = state;
    const { form, kernel, filter } = state;
    const what = form === "signal" ? "signal" : "image";
    /** @param {number} c */
    const channel = (c) => (form === "channels" ? ` channel ${c + 1}` : "");
    this._images = state.input.map(
      (plane, c) =>
        new NumberGrid(`${what}${channel(c)}`, {
          onEdit: (row, column, value) => {
            plane[row][column] = value;
            onEdit();
          },
          onPaste: (row, column, rows) => onPasteInput(c, row, column, rows),
        }),
    );
    this._kernels = kernel[filter].map(
      (plane, c) =>
        new NumberGrid(`kernel${channel(c)}`, {
          onEdit: (row, column, value) => {
            plane[row][column] = value;
            onEdit();
          },
          onPaste: (row, column, rows) => onPasteKernel(c, row, column, rows),
        }),
    );
    this._flipped = element("div", { class: "flipped" });
    this._convolved = operations.indexOf("convolution");
    this._outputs = operations.map((operation) =>
      kernel.map((_, n) => {
        const name = kernel.length > 1 ? `${operation}, filter ${n + 1}` : operation;
        return new ValueGrid(name, (row, column) => onSelect(row, column, n));
      }),
    );
    const title = what === "signal" ? "Signal" : "Image";
    this.element = element("div", { class: `stage of-${form}` }, [
      block(title, named(this._images, "channel"), "image"),
      operator("∗"),
      this._kernelBlock(onEdit, onSelect),
      element("div", { class: "outputs" }, [
        operator("="),
        ...operations.map((operation, n) =>
          block(
            `${operation[0].toUpperCase()}${operation.slice(1)}${state.relu ? ", after ReLU" : ""}`,
            named(this._outputs[n], "filter"),
            "output",
          ),
        ),
      ]),
    ]);
  }

  /**
   * @param {Slide[]} slides one an operation
   * @param {number} known how many places of the output are shown already
   */
  draw(slides, known) {
    const { input, kernel, filter, at, boundary } = this._state;
    const [first] = slides;
    const repeated = REPEATING.includes(boundary);
    this._images.forEach((grid, c) => {
      grid.show(input[c], { margins: first.margins, padded: first.padded[c], repeated });
      grid.read({ ...first.window(at[0], at[1]), weights: first.kernel[filter][c] });
    });
    this._kernels.forEach((grid, c) => grid.show(kernel[filter][c]));
    if (this._convolved >= 0) {
      replaceChildren(
        this._flipped,
        slides[this._convolved].kernel[filter].map((plane, c) =>
          plainTable(c === 0 ? "flipped" : `channel ${c + 1}`, plane, {
            kind: "weights",
          }),
        ),
      );
    }
    slides.forEach(({ output, relu }, n) => {
      this._outputs[n].forEach((grid, f) => {
        grid.show((relu ?? output)[f], known);
        grid.select(at[0], at[1]);
        grid.element.classList.toggle("current", f === filter);
      });
    });
  }

  /**
   * @param {() => void} onEdit
   * @param {Listeners["onSelect"]} onSelect
   * @returns {HTMLElement}
   */
  _kernelBlock(onEdit, onSelect) {
    const { kernel, filter, bias, at } = this._state;
    const several = kernel.length > 1;
    const limits = { min: -1e6, max: 1e6, step: /** @type {const} */ ("any") };
    return block(
      several ? "Kernels" : "Kernel",
      [
        several
          ? segments(
              "filter",
              String(filter),
              kernel.map((_, n) => [String(n), String(n + 1)]),
              (chosen) => onSelect(at[0], at[1], Number(chosen)),
            )
          : null,
        ...named(this._kernels, "channel"),
        this._convolved >= 0 ? this._flipped : null,
        numberField("bias", bias[filter], limits, (value) => {
          bias[filter] = value;
          onEdit();
        }),
      ],
      "kernel",
    );
  }
}

/**
 * @param {string} title
 * @param {(Node | null)[]} content
 * @param {string} kind
 * @returns {HTMLElement}
 */
function block(title, content, kind) {
  const made = element("section", { class: `block ${kind}` }, [element("h3", {}, [title])]);
  made.append(element("div", { class: "block-body" }, content));
  return made;
}

/**
 * @param {string} sign
 * @returns {HTMLElement}
 */
function operator(sign) {
  return element("span", { class: "operator", "aria-hidden": "true" }, [sign]);
}

/**
 * @param {{ element: HTMLElement }[]} grids
 * @param {string} each
 * @returns {HTMLElement[]} the grids, numbered when there are several
 */
function named(grids, each) {
  if (grids.length === 1) return [grids[0].element];
  return grids.map((grid, n) =>
    element("figure", {}, [element("figcaption", {}, [`${each} ${n + 1}`]), grid.element]),
  );
}

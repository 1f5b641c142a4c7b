// @ts-check
/** The moving kernel: what is chosen, what the studio says to it, and the place that is shown. */

import { element, replaceChildren } from "../element.js";
import { Dropped } from "../source/source.js";
import { Choices } from "./choices.js";
import { figure, written } from "./figures.js";
import { kernelControls } from "./kernel_controls.js";
import { KernelStage } from "./kernel_stage.js";
import { MOST, asked, colourExample, fromAddress, ofPreset, toAddress } from "./kernel_state.js";
import { pasted, replaced } from "./pasting.js";
import { PresetBar } from "./preset_bar.js";
import { slideOf } from "./slide.js";
import { Transport } from "./transport.js";
import { productTables, writtenSum } from "./written_sum.js";

/**
 * @typedef {import("./kernel_state.js").KernelState} KernelState
 * @typedef {import("./preset_bar.js").Preset} Preset
 * @typedef {import("./slide.js").Slide} Slide
 * @typedef {import("./view.js").PartHost} PartHost
 */

const FIRST = { signal: "signal", image: "correlation" };

export class KernelPart {
  /**
   * @param {HTMLElement} root
   * @param {PartHost} host
   */
  constructor(root, { host, presets, save }) {
    this._host = host;
    this._presets = presets;
    this._save = save;
    const { address } = host;
    this._state = fromAddress((name) => address.get(name), presets) ?? this._example(FIRST.image);
    /** @type {Slide[]} one an operation; none until the studio has answered */
    this._slides = [];
    /** @type {number} how many places of the output are shown, all of them if infinite */
    this._known = Infinity;
    this._alive = true;

    this._choices = new Choices();
    this._bar = new PresetBar(presets, (chosen) => this._load(ofPreset(chosen)));
    this._problem = element("p", { class: "problem", role: "alert", hidden: true });
    this._place = element("div", { class: "stage-place" });
    this._sums = element("div", { class: "sums" });
    this._transport = new Transport({
      count: () => this._size[0] * this._size[1],
      place: () => this._state.at[0] * this._size[1] + this._state.at[1],
      go: (place) => this._go(Math.floor(place / this._size[1]), place % this._size[1]),
      onPlay: (fresh) => {
        const { at } = this._state;
        if (this._known === Infinity) {
          this._known = fresh ? 1 : at[0] * this._size[1] + at[1] + 1;
        }
        this._draw();
      },
      onShowAll: () => {
        this._known = Infinity;
        this._draw();
      },
    });
    const parts = [this._bar.element, this._problem, this._place, this._transport.element, this._sums];
    root.append(
      element("div", { class: "columns" }, [
        this._choices.element,
        element("div", { class: "work" }, parts),
      ]),
    );
    this._stage = this._newStage();
    this._buildControls();
    this._ask();
  }

  unmount() {
    this._alive = false;
    this._transport.pause();
  }

  /** @returns {[number, number]} rows and columns of the output */
  get _size() {
    return this._slides[0]?.size ?? [1, 1];
  }

  /** @returns {("correlation" | "convolution")[]} */
  get _operations() {
    const { operation } = this._state;
    return operation === "both" ? ["correlation", "convolution"] : [operation];
  }

  /**
   * @param {string} id
   * @returns {KernelState}
   */
  _example(id) {
    return ofPreset(this._presets.find((one) => one.id === id));
  }

  /** @param {KernelState} state */
  _load(state) {
    this._transport.pause();
    this._state = state;
    this._known = Infinity;
    this._renew();
  }

  /** The form of what is shown has changed. */
  _renew() {
    this._slides = [];
    this._stage = this._newStage();
    this._buildControls();
    this._ask();
  }

  _newStage() {
    const state = this._state;
    const stage = new KernelStage(state, this._operations, {
      onEdit: () => this._changed(),
      onPasteInput: (channel, row, column, rows) => {
        const most = [state.form === "signal" ? 1 : MOST.places, MOST.places];
        const plane = pasted(state.input[channel], row, column, rows, most);
        state.input = replaced(state.input, channel, plane);
        this._afterPaste(plane);
      },
      onPasteKernel: (channel, row, column, rows) => {
        const most = [state.form === "signal" ? 1 : MOST.taps, MOST.taps];
        const plane = pasted(state.kernel[state.filter][channel], row, column, rows, most);
        state.kernel = state.kernel.map((filter, n) =>
          replaced(filter, n === state.filter ? channel : -1, plane),
        );
        this._afterPaste(plane);
      },
      onSelect: (row, column, filter) => {
        this._transport.pause();
        this._go(row, column, filter);
      },
    });
    this._place.replaceChildren(stage.element);
    return stage;
  }

  _buildControls() {
    const controls = kernelControls(
      this._state,
      ({ rebuild = false, kept = false }) => {
        if (!kept) this._state.preset = null;
        if (rebuild) this._renew();
        else this._changed();
      },
      (form) => this._load(form === "channels" ? colourExample() : this._example(FIRST[form])),
    );
    this._choices.show(controls);
  }

  /** A number was changed. */
  _changed() {
    this._state.preset = null;
    this._ask();
  }

  /** @param {number[][]} plane */
  _afterPaste(plane) {
    this._state.preset = null;
    this._renew();
    this._host.announce(`pasted ${plane.length} by ${plane[0].length} numbers`);
  }

  _ask() {
    const state = this._state;
    const stage = this._stage;
    const asking = this._operations.map((operation) =>
      this._host.source.request("arithmetic.slide", asked(state, operation), {
        latest: `arithmetic.${operation}`,
      }),
    );
    Promise.all(asking).then(
      (answers) => {
        if (!this._alive || stage !== this._stage) return;
        this._slides = answers.map((answer) => slideOf(answer, state.form === "signal"));
        this._refuse("");
        const [rows, columns] = this._size;
        state.at = [Math.min(state.at[0], rows - 1), Math.min(state.at[1], columns - 1)];
        this._draw();
        this._save(toAddress(state));
      },
      (error) => {
        const old = !this._alive || stage !== this._stage || error instanceof Dropped;
        if (!old) this._refuse(error.message);
      },
    );
  }

  /** @param {string} message what is wrong, nothing if it is empty */
  _refuse(message) {
    this._problem.hidden = message === "";
    this._problem.textContent = message;
    this._stage.element.classList.toggle("stale", message !== "");
    this._sums.hidden = message !== "";
  }

  /**
   * @param {number} row
   * @param {number} column
   * @param {number} [filter]
   */
  _go(row, column, filter = this._state.filter) {
    const state = this._state;
    state.at = [row, column];
    if (filter !== state.filter) {
      state.filter = filter;
      this._stage = this._newStage();
      this._buildControls();
    }
    this._known = Math.max(this._known, row * this._size[1] + column + 1);
    this._draw();
    this._save(toAddress(state));
    const { output } = this._slides[0];
    const where = state.form === "signal" ? "sample" : `row ${row + 1}, column`;
    const few = state.kernel[0].flat(2).length <= 9;
    const sum = few ? this._sums.querySelector(".sum-line")?.textContent : null;
    this._host.announce(`${where} ${column + 1}: ${sum ?? figure(output[filter][row][column])}`);
  }

  _draw() {
    if (this._slides.length === 0) return;
    this._stage.draw(this._slides, this._known);
    replaceChildren(
      this._sums,
      this._slides.map((slide, n) => this._summed(slide, this._operations[n])),
    );
    const preset = this._presets.find((one) => one.id === this._state.preset);
    this._bar.show(this._state.preset, preset ? this._agrees(preset) : null);
    this._transport.show();
  }

  /**
   * @param {Slide} slide
   * @param {"correlation" | "convolution"} operation
   * @returns {HTMLElement}
   */
  _summed(slide, operation) {
    const { filter, at, bias, form } = this._state;
    const [row, column] = at;
    const parts = slide.parts(filter, row, column);
    const where = form === "signal" ? "sample" : `row ${row + 1}, column`;
    const title = operation === "convolution" ? "Convolution" : "Correlation";
    return element("section", { class: "panel summed" }, [
      element("h3", {}, [`${title}, ${where} ${column + 1}`]),
      writtenSum(parts, {
        bias: bias[filter],
        output: slide.output[filter][row][column],
        relu: slide.relu ? slide.relu[filter][row][column] : null,
      }),
      productTables(parts, operation === "convolution"),
      element(
        "p",
        { class: "faint formulas" },
        slide.formulas.map((text) => element("span", { class: "number" }, [written(text)])),
      ),
    ]);
  }

  /**
   * @param {Preset} preset
   * @returns {boolean | null} whether what is shown is the lecture's answer
   */
  _agrees(preset) {
    if (this._state.operation === "convolution") return null;
    const [{ output, relu }] = this._slides;
    /** @param {number[][][] | null} found @param {any} expected */
    const same = (found, expected) =>
      JSON.stringify(found?.flat(2)) === JSON.stringify([expected].flat(3));
    const { answer } = preset;
    return same(output, answer.output) && (!answer.relu || same(relu, answer.relu));
  }
}

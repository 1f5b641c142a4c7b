// @ts-check
/** A strip of test examples to pick the input from, with a filter by class. */

import { element, replaceChildren } from "../element.js";
import { Dropped } from "../source/source.js";
import { paintCurve } from "./curve.js";
import { curveColours } from "./figures.js";
import { showBytes } from "./pad.js";
import { extremesOf } from "./scales.js";

/**
 * @typedef {import("../source/source.js").Source} Source
 * @typedef {{ name: string, title: string }} Dataset
 */

const AT_A_TIME = 18;
const CURVE = { width: 84, height: 40 };

export class Picker {
  /**
   * @param {Source} source
   * @param {(dataset: string, index: number) => void} onPick
   */
  constructor(source, onPick) {
    this._source = source;
    this._onPick = onPick;
    this._strip = element("div", { class: "strip", role: "group", "aria-label": "Test examples" });
    this._dataset = element("select", {
      "aria-label": "Dataset",
      onchange: () => this._begin(),
    });
    this._class = element("select", {
      "aria-label": "Class of the examples",
      onchange: () => void this._turn(0),
    });
    this._back = this._step("‹", "Previous examples", -1);
    this._on = this._step("›", "Next examples", 1);
    this._random = element("button", { type: "button", onclick: () => void this._anyOne() }, [
      "Any one",
    ]);
    this._count = element("span", { class: "number faint" }, [" "]);
    this.root = element("section", { class: "picker", "aria-label": "Test examples" }, [
      this._dataset,
      element("div", { class: "choose" }, [this._class, this._random]),
      this._strip,
      element("div", { class: "choose" }, [this._back, this._count, this._on]),
    ]);
    this._from = 0;
    this._total = 0;
    /** @type {string | null} */
    this._chosen = null;
    this._asked = 0;
    /** Curves have the colours of the theme. */
    this.repaint = () => {};
  }

  /**
   * @param {Dataset[]} datasets
   * @param {string | null} [first] dataset to begin with
   */
  async show(datasets, first = null) {
    this.root.hidden = datasets.length === 0;
    replaceChildren(
      this._dataset,
      datasets.map(({ name, title }) => element("option", { value: name }, [title])),
    );
    if (datasets.some(({ name }) => name === first)) this._dataset.value = String(first);
    this._dataset.hidden = datasets.length < 2;
    if (datasets.length) await this._begin();
  }

  /**
   * @param {string | null} dataset
   * @param {number} [index]
   */
  mark(dataset, index = 0) {
    this._chosen = dataset === null ? null : `${dataset} ${index}`;
    for (const one of this._strip.querySelectorAll("button")) {
      one.setAttribute("aria-pressed", String(one.dataset.key === this._chosen));
    }
  }

  async _begin() {
    this._class.replaceChildren(element("option", { value: "" }, ["all classes"]));
    await this._turn(0);
  }

  /** @param {number} from */
  async _turn(from) {
    const asked = ++this._asked;
    const dataset = this._dataset.value;
    const label = this._class.value;
    try {
      const { values, arrays } = await this._source.request(
        "look.inputs",
        { dataset, from, count: AT_A_TIME, class: label === "" ? null : Number(label) },
        { latest: "inputs" },
      );
      if (asked !== this._asked) return;
      this._from = from;
      this._total = values.total;
      this._classes(values.classes);
      this.repaint = () => this._fill(dataset, values.entries, values.classes, arrays);
      this.repaint();
    } catch (error) {
      if (asked !== this._asked || error instanceof Dropped) return;
      replaceChildren(this._strip, [
        element("p", { class: "problem" }, [/** @type {Error} */ (error).message]),
      ]);
    }
  }

  /** @param {string[]} names */
  _classes(names) {
    this._class.hidden = names.length === 0;
    if (this._class.options.length > 1) return;
    this._class.append(
      ...names.map((name, number) => element("option", { value: number }, [name])),
    );
  }

  /**
   * @param {string} dataset
   * @param {{ index: number, label: number | null }[]} entries
   * @param {string[]} classes
   * @param {import("../source/source.js").Tensors} arrays
   */
  _fill(dataset, entries, classes, { pictures, signals }) {
    const canvas = element("canvas");
    /** @param {number} number @returns {string} address of its picture: an image costs no frame time */
    const paint = (number) => {
      if (signals) paintSignal(canvas, signals, number, curveColours(this.root));
      else showPicture(canvas, pictures, number);
      return canvas.toDataURL();
    };
    const buttons = entries.map(({ index, label }, number) => {
      const name = label === null ? "" : (classes[label] ?? String(label));
      return element(
        "button",
        {
          type: "button",
          "data-key": `${dataset} ${index}`,
          "aria-pressed": String(this._chosen === `${dataset} ${index}`),
          "aria-label": `Example ${index}${name && `: ${name}`}`,
          title: `Example ${index}${name && `: ${name}`}`,
          onclick: () => this._onPick(dataset, index),
        },
        [element("img", { class: "values", alt: "", src: paint(number) })],
      );
    });
    this._strip.classList.toggle("signals", signals !== undefined);
    replaceChildren(
      this._strip,
      buttons.length
        ? buttons
        : [element("p", { class: "faint" }, ["There are none of this class."])],
    );
    const last = this._from + entries.length;
    this._count.textContent = this._total
      ? `${this._from + 1}–${last} of ${this._total.toLocaleString("en")}`
      : " ";
    this._back.disabled = this._from === 0;
    this._on.disabled = last >= this._total;
  }

  /** Picks an example by chance. */
  async _anyOne() {
    if (this._total === 0) return;
    const number = Math.floor(Math.random() * this._total);
    await this._turn(Math.floor(number / AT_A_TIME) * AT_A_TIME);
    const buttons = this._strip.querySelectorAll("button");
    buttons[number % AT_A_TIME]?.click();
  }

  /**
   * @param {string} text
   * @param {string} label
   * @param {number} direction
   */
  _step(text, label, direction) {
    return element(
      "button",
      {
        type: "button",
        "aria-label": label,
        disabled: true,
        onclick: () => void this._turn(Math.max(0, this._from + direction * AT_A_TIME)),
      },
      [text],
    );
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("../source/source.js").Tensor} signals (N, C, L)
 * @param {number} number
 * @param {Parameters<typeof paintCurve>[4]} colours
 */
function paintSignal(canvas, { data, shape: [, channels, length] }, number, colours) {
  const start = number * channels * length;
  const line = /** @type {Float32Array} */ (data).subarray(start, start + length);
  const [low, high] = extremesOf(line);
  paintCurve(canvas, line, CURVE, { low, high }, colours);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("../source/source.js").Tensor} pictures (N, H, W, C)
 * @param {number} number
 */
function showPicture(canvas, { data, shape: [, height, width, colours] }, number) {
  const size = height * width * colours;
  showBytes(canvas, data.subarray(number * size, (number + 1) * size), height, width, colours);
}

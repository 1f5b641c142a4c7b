// @ts-check
/** The example that is shown inside the network: which it is, and what the network takes it for. */

import { element, replaceChildren } from "../element.js";
import { guessList } from "./guesses.js";
import { pictureOf } from "./picture.js";

/** @typedef {import("./types.js").Snapshot} Snapshot */

export class Shown {
  /** @param {(example: number | null) => void} onChoose */
  constructor(onChoose) {
    this._onChoose = onChoose;
    this._picture = element("div", { class: "shown-picture" });
    this._says = element("p", { class: "shown-says" });
    this._guesses = element("div");
    this._which = element(
      "select",
      {
        id: "shown-which",
        onchange: () => this._onChoose(this._which.value === "test" ? this._index() : null),
      },
      [
        element("option", { value: "train" }, ["newest training example"]),
        element("option", { value: "test" }, ["test example"]),
      ],
    );
    this._number = element("input", {
      type: "number",
      min: 0,
      step: 1,
      value: 0,
      "aria-label": "Number of the test example",
      onchange: () => this._onChoose(this._index()),
    });
    this.root = element("div", { class: "shown panel" }, [
      this._picture,
      element("div", { class: "shown-text" }, [
        element("div", { class: "shown-choice" }, [
          element("label", { for: "shown-which" }, ["Shown is the"]),
          this._which,
          this._number,
        ]),
        this._says,
      ]),
      this._guesses,
    ]);
  }

  _index() {
    const index = Math.floor(Number(this._number.value));
    return Number.isFinite(index) && index >= 0 ? index : 0;
  }

  /**
   * @param {number | null} example
   * @param {boolean} live whether there are training examples to show
   */
  mark(example, live) {
    this._which.options[0].disabled = !live;
    this._which.value = example === null && live ? "train" : "test";
    this._number.hidden = this._which.value === "train";
    if (document.activeElement !== this._number) this._number.value = String(example ?? 0);
  }

  /** @param {Snapshot} snapshot */
  show({ values: { example, classes }, arrays }) {
    const truth = classes[example.target] ?? String(example.target);
    const name = `${example.of === "test" ? "test" : "training"} example ${example.index}`;
    if (arrays.example) {
      replaceChildren(this._picture, [pictureOf(arrays.example, `${name}: ${truth}`, 72)]);
    }
    const right = example.top[0]?.[0] === example.target;
    replaceChildren(this._says, [
      `${name[0].toUpperCase()}${name.slice(1)}: `,
      element("strong", {}, [truth]),
      " ",
      element("span", { class: right ? "good" : "bad" }, [right ? "✓ right" : "✗ wrong"]),
    ]);
    replaceChildren(this._guesses, [guessList(example.top, example.target, classes)]);
  }
}

// @ts-check
/** Test examples with what the network takes them for, right and wrong marked. */

import { element, replaceChildren } from "../element.js";
import { guessList } from "./guesses.js";
import { one, pictureOf } from "./picture.js";

/** @typedef {import("./types.js").Snapshot} Snapshot */

export class TestsPanel {
  /** @param {(example: number) => void} onLook */
  constructor(onLook) {
    this._onLook = onLook;
    /** @type {string[]} */
    this.wanted = [];
    this._says = element("p", { class: "faint" }, ["…"]);
    this._list = element("ul", { class: "test-list", "aria-label": "Test examples" });
    this.root = element("div", { class: "tests" }, [this._says, this._list]);
  }

  /**
   * @param {Snapshot | null} snapshot
   * @param {boolean} live
   */
  show(snapshot, live) {
    if (!snapshot) return;
    const { guesses, classes } = snapshot.values;
    const pictures = snapshot.arrays.guesses;
    if (!guesses.length || !pictures) {
      this._says.textContent = live
        ? "The test examples come with the next look inside."
        : "The test examples are being judged …";
      replaceChildren(this._list, []);
      return;
    }
    // Others come every second; they wait while one of these is pointed at.
    if (this._list.matches(":hover, :focus-within") && this._list.children.length) return;
    const right = guesses.filter((guess) => guess.right).length;
    this._says.textContent = `${right} of these ${guesses.length} are right. Choose one to follow it through the layers; they wait while you point at them.`;
    this._list.classList.toggle("signals", pictures.shape.length === 3);
    replaceChildren(
      this._list,
      guesses.map((guess, index) => {
        const truth = classes[guess.target] ?? String(guess.target);
        return element("li", { class: guess.right ? "right" : "wrong" }, [
          element(
            "button",
            {
              type: "button",
              "aria-label": `Test example ${guess.index}, ${truth}: follow it through the layers`,
              onclick: () => this._onLook(guess.index),
            },
            [pictureOf(one(pictures, index), "", 72)],
          ),
          element("div", {}, [
            element("p", { class: "verdict" }, [
              element("strong", {}, [truth]),
              " ",
              element("span", { class: guess.right ? "good" : "bad" }, [guess.right ? "✓ right" : "✗ wrong"]),
            ]),
            guessList(guess.top, guess.target, classes),
          ]),
        ]);
      }),
    );
  }
}

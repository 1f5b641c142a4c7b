// @ts-check
/** What the network takes its input for: first and second guess, and all probabilities. */

import { element, say } from "../element.js";
import { calmly } from "./calmly.js";
import { onNextFrame } from "./next_frame.js";

/** @typedef {import("./tracer.js").Guess} Guess */

const FEW = 20;
const FIRST_SHOWN = 10;
const LINE = 21;

/** Steps of a bar's length: finer ones nobody sees, and each change is painted. */
const STEPS = 400;

/**
 * @param {number} probability
 * @returns {string} 97.3 %, <0.1 %
 */
export function percent(probability) {
  if (!Number.isFinite(probability)) return "not finite";
  if (probability > 0 && probability < 0.001) return "<0.1 %";
  if (probability < 1 && probability > 0.999) return ">99.9 %";
  return `${(100 * probability).toFixed(1)} %`;
}

export class Guesses {
  constructor() {
    this._first = element("strong", { class: "first" }, [" "]);
    this._firstShare = element("span", { class: "number share" }, [" "]);
    this._second = element("span", { class: "second" }, [" "]);
    this._secondShare = element("span", { class: "number share" }, [" "]);
    this._truth = element("p", { class: "truth" }, [" "]);
    this._bars = element("ol", { class: "bars" });
    this._more = element("button", {
      type: "button",
      class: "quiet",
      hidden: true,
      onclick: () => {
        this._all = !this._all;
        this._paint();
      },
    });
    this.root = element("section", { class: "guesses", "aria-label": "Guesses" }, [
      element("div", { class: "two" }, [
        element("div", {}, [
          element("span", { class: "faint" }, ["First guess"]),
          this._first,
          this._firstShare,
        ]),
        element("div", {}, [
          element("span", { class: "faint" }, ["Second"]),
          this._second,
          this._secondShare,
        ]),
        this._truth,
      ]),
      this._bars,
      this._more,
    ]);
    this._all = false;
    /** @type {Guess[]} */
    this._guesses = [];
    /** @type {number | null} */
    this._answer = null;
    /** @type {{ root: HTMLElement, name: HTMLElement, bar: HTMLElement, share: HTMLElement, length: number }[]} */
    this._lines = [];
  }

  /** @param {number} classes that there are: so much room is kept */
  prepare(classes) {
    const lines = classes > FEW ? FIRST_SHOWN : classes;
    this._bars.style.minHeight = `${Math.max(lines, 1) * LINE}px`;
  }

  /**
   * @param {Guess[]} guesses likeliest first
   * @param {number | null} truth
   */
  show(guesses, truth) {
    this._guesses = guesses;
    this._answer = truth;
    onNextFrame(this, () => this._paint());
  }

  /** @returns {string} the first guess in words */
  get words() {
    const [first] = this._guesses;
    return first ? `First guess ${first.name}, ${percent(first.probability)}` : "No guess";
  }

  _paint() {
    const [first, second] = this._guesses;
    this.root.classList.toggle("none", !first);
    say(this._first, first?.name ?? "–");
    this._first.classList.toggle("long", (first?.name.length ?? 0) > 2);
    say(this._second, second?.name ?? "–");
    this._second.classList.toggle("long", (second?.name.length ?? 0) > 4);
    const truth = this._guesses.find(({ index }) => index === this._answer);
    const right = truth && truth === first;
    say(this._truth, truth ? `${right ? "Right" : "Wrong"}: it is ${truth.name}` : " ");
    this._truth.className = `truth ${!truth ? "" : right ? "right" : "wrong"}`;
    const few = this._guesses.length <= FEW;
    // Few classes keep their places, so that bars do not jump about under the pen.
    const ordered = few ? [...this._guesses].sort((a, b) => a.index - b.index) : this._guesses;
    const shown = few || this._all ? ordered : ordered.slice(0, FIRST_SHOWN);
    while (this._lines.length < shown.length) this._lines.push(this._line());
    while (this._lines.length > shown.length) this._lines.pop()?.root.remove();
    shown.forEach((guess, number) => {
      const line = this._lines[number];
      say(line.name, guess.name);
      if (line.name.title !== guess.name) line.name.title = guess.name;
      const length = Math.round(STEPS * guess.probability) / STEPS;
      if (line.length !== length) line.bar.style.transform = `scaleX(${length})`;
      line.length = length;
      line.root.classList.toggle("best", guess === first);
      line.root.classList.toggle("true", guess === truth);
    });
    calmly(this, () => {
      say(this._firstShare, first ? percent(first.probability) : " ");
      say(this._secondShare, second ? percent(second.probability) : " ");
      shown.forEach(({ probability }, number) =>
        say(this._lines[number].share, percent(probability)),
      );
    });
    this._more.hidden = few;
    say(this._more, this._all ? "Show the ten likeliest" : `Show all ${this._guesses.length}`);
  }

  _line() {
    const name = element("span", { class: "name" });
    const bar = element("span", { class: "bar-of" });
    const share = element("span", { class: "number share" });
    const root = element("li", {}, [name, element("span", { class: "track" }, [bar]), share]);
    this._bars.append(root);
    return { root, name, bar, share, length: 0 };
  }
}

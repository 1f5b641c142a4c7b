// @ts-check
/** Step, play and pause through the places of an output, and how fast. */

import { element } from "../element.js";
import { freshId } from "./fields.js";

const SPEEDS = /** @type {[string, string][]} */ ([
  ["0.5", "slow"],
  ["1", "one a second"],
  ["2", "two a second"],
  ["6", "fast"],
]);

export class Transport {
  /**
   * @param {{ count: () => number, place: () => number, go: (place: number) => void, onPlay: (fresh: boolean) => void, onShowAll: () => void }} host
   *   `go` moves to a place, `onPlay` hears that playing begins, from the first place if `fresh`
   */
  constructor(host) {
    this._host = host;
    this._timer = 0;
    this._speed = "1";
    this._play = element("button", { type: "button", class: "primary play" });
    this._play.addEventListener("click", () => (this._timer ? this.pause() : this.play()));
    const speed = element(
      "select",
      { id: freshId() },
      SPEEDS.map(([value, text]) => element("option", { value, selected: value === "1" }, [text])),
    );
    speed.addEventListener("change", () => {
      this._speed = speed.value;
      if (this._timer) this.play();
    });
    /** @param {string} label @param {string} sign @param {() => void} onclick */
    const button = (label, sign, onclick) =>
      element("button", { type: "button", "aria-label": label, title: label, onclick }, [sign]);
    /** @param {number} by */
    const step = (by) => () => {
      this.pause();
      const target = host.place() + by;
      if (target >= 0 && target < host.count()) host.go(target);
    };
    this._said = element("span", { class: "step-count number" });
    this.element = element("div", { class: "transport", role: "group", "aria-label": "Steps" }, [
      button("First place", "|◀", () => {
        this.pause();
        host.go(0);
      }),
      button("Step back", "◀", step(-1)),
      this._play,
      button("Step forward", "▶", step(1)),
      button("Last place", "▶|", () => {
        this.pause();
        host.go(host.count() - 1);
      }),
      this._said,
      element("label", { class: "field inline" }, [element("span", {}, ["speed"]), speed]),
      element("button", { type: "button", onclick: () => host.onShowAll() }, ["Show all"]),
    ]);
    this.show();
  }

  /** Writes where it stands. */
  show() {
    this._play.textContent = this._timer ? "Pause" : "Play";
    this._said.textContent = `${this._host.place() + 1} of ${this._host.count()}`;
  }

  play() {
    clearInterval(this._timer);
    const started = this._timer !== 0;
    const fresh = !started && this._host.place() >= this._host.count() - 1;
    if (!started) this._host.onPlay(fresh);
    if (fresh) this._host.go(0);
    this._timer = window.setInterval(() => {
      const next = this._host.place() + 1;
      if (next < this._host.count()) this._host.go(next);
      if (next >= this._host.count() - 1) this.pause();
    }, 1000 / Number(this._speed));
    this.show();
  }

  pause() {
    clearInterval(this._timer);
    this._timer = 0;
    this.show();
  }
}

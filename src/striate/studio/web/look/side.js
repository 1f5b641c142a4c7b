// @ts-check
/** The panel beside the maps: the arithmetic of a value, or the filters and statistics of a map. */

import { element } from "../element.js";
import { makeBreadcrumbs } from "./breadcrumbs.js";

/**
 * @typedef {import("./state.js").Unit} Unit
 * @typedef {object} SideHost
 * @property {(count: number) => void} onReturn to the first so many values of the trail
 * @property {() => void} onUnpin
 * @property {() => void} onPin
 * @property {() => void} onClose
 */

export class Side {
  /**
   * @param {{ arithmetic: HTMLElement, map: HTMLElement }} contents
   * @param {SideHost} host
   */
  constructor({ arithmetic, map }, host) {
    this._host = host;
    this._arithmetic = arithmetic;
    this._map = map;
    this._crumbs = element("div", { class: "crumbs" });
    this._pin = element("button", { type: "button", class: "pin" });
    this._close = element(
      "button",
      { type: "button", "aria-label": "Close the panel", onclick: host.onClose },
      ["Close"],
    );
    this._pin.addEventListener("click", () => (this._pinned ? host.onUnpin() : host.onPin()));
    this._pinned = false;
    /** @type {string | null} */
    this._trail = null;
    this._under = element("p", { class: "under number faint" }, [" "]);
    this._body = element("div", { class: "body", tabindex: -1 });
    this.root = element("aside", { class: "side panel empty", "aria-label": "Arithmetic" }, [
      element("header", {}, [this._crumbs, this._pin, this._close]),
      this._body,
      this._under,
    ]);
    this.clear();
  }

  /** Nothing is looked at. */
  clear() {
    this.root.classList.add("empty");
    this._trail = null;
    this._crumbs.replaceChildren();
    this._pin.hidden = this._close.hidden = true;
    this._body.replaceChildren(howTo());
    this._under.textContent = " ";
  }

  /**
   * @param {Unit[]} trail
   * @param {boolean} touched the value is pinned, or was tapped
   */
  value(trail, touched) {
    this._open(this._arithmetic);
    this._pinned = trail.length > 0;
    this._pin.hidden = false;
    this._pin.textContent = this._pinned ? "Unpin" : "Pin";
    this._pin.title = this._pinned
      ? "Follow the pointer again (Esc)"
      : "Keep this value (click it, or Enter)";
    this._pin.setAttribute("aria-pressed", String(this._pinned));
    this.root.classList.toggle("pinned", touched);
    const key = JSON.stringify(trail);
    if (key === this._trail) return;
    this._trail = key;
    this._crumbs.replaceChildren(
      trail.length > 1
        ? makeBreadcrumbs(trail, this._host.onReturn)
        : element("p", { class: "faint" }, [this._pinned ? "Pinned" : "Under the pointer"]),
    );
  }

  map() {
    this._open(this._map);
    this._pin.hidden = true;
    this._trail = null;
    this._crumbs.replaceChildren(element("p", { class: "faint" }, ["Filter and statistics"]));
    this.root.classList.add("pinned");
  }

  /** @param {string} message */
  problem(message) {
    this._open(element("p", { class: "problem" }, [message]));
  }

  /** @param {string} words what is under the pointer while another value is pinned */
  under(words) {
    this._under.textContent = words || " ";
  }

  /** @param {HTMLElement} body */
  _open(body) {
    this.root.classList.remove("empty");
    this._close.hidden = false;
    if (this._body.firstChild !== body) this._body.replaceChildren(body);
  }
}

function howTo() {
  /** @param {string[]} keys @param {string} text */
  const line = (keys, text) =>
    element("li", {}, [...keys.flatMap((key) => [element("kbd", {}, [key]), " "]), text]);
  return element("div", { class: "how-to" }, [
    element("h2", {}, ["Point at any value"]),
    element("p", {}, [
      "The numbers it was computed from appear here: the window, the kernel, every product, the bias and the sum. What it sees of the input lights up.",
    ]),
    element("ul", {}, [
      line(["Click"], "keeps a value here; click a number of its window to walk on to it"),
      line(["← ↑ ↓ →"], "move over a map that has the focus"),
      line(["Enter"], "keeps the value, as a click does"),
      line(["Esc"], "lets it go"),
      line(["F"], "shows the map's filter and statistics, as a click on its number does"),
    ]),
  ]);
}

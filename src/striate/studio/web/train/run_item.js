// @ts-check
/** A run in the list: kept and brought up to date, so that no click is lost to a newer list. */

import { element, replaceChildren } from "../element.js";
import { short } from "../numbers.js";
import { statePill } from "./pill.js";
import { percent } from "./words.js";

/**
 * @typedef {import("./types.js").RunEntry} RunEntry
 * @typedef {{ comparing: boolean, compared: boolean, full: boolean, shown: boolean }} Standing
 */

export class RunItem {
  /**
   * @param {string} name
   * @param {() => void} onWatch
   * @param {() => void} onToggle takes it into the comparison or out of it
   */
  constructor(name, onWatch, onToggle) {
    this._box = element("input", { type: "checkbox", "aria-label": `Compare ${name}`, onchange: onToggle });
    this._pill = element("span");
    this._says = element("span", { class: "run-says faint" });
    this._done = element("span");
    this._bar = element("span", { class: "thin-bar", "aria-hidden": "true" }, [this._done]);
    this._button = element("button", { type: "button", class: "run-entry", "data-run": name, onclick: onWatch }, [
      element("span", { class: "run-name" }, [name]),
      this._pill,
      this._says,
      this._bar,
    ]);
    this.root = element("li", {}, [this._box, this._button]);
    /** @type {string | null} */
    this._state = null;
  }

  /**
   * @param {RunEntry} run
   * @param {Standing} standing
   */
  show(run, { comparing, compared, full, shown }) {
    this.root.classList.toggle("comparing", comparing);
    this._box.hidden = !comparing;
    this._box.checked = compared;
    this._box.disabled = full && !compared;
    if (shown) this._button.setAttribute("aria-current", "true");
    else this._button.removeAttribute("aria-current");
    if (run.state !== this._state) replaceChildren(this._pill, [statePill(run.state)]);
    this._state = run.state;
    const says = saysOf(run);
    if (this._says.textContent !== says) this._says.textContent = says;
    const { steps } = run;
    this._bar.hidden = !steps || !["training", "paused", "starting"].includes(run.state);
    this._done.style.width = `${steps ? (100 * run.step) / steps : 0}%`;
  }
}

/**
 * @param {RunEntry} run
 * @returns {string}
 */
function saysOf({ dataset, loss, test_accuracy, train_accuracy, epoch, epochs, state }) {
  const accuracy = test_accuracy ?? train_accuracy;
  return [
    dataset,
    accuracy === null ? (loss === null ? null : `loss ${short(loss)}`) : percent(accuracy),
    state === "finished" ? null : `epoch ${Number(epoch.toFixed(1))} of ${epochs}`,
  ]
    .filter((one) => one !== null)
    .join(" · ");
}

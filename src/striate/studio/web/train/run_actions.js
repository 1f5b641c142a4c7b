// @ts-check
/** What else can be done with a run: look inside it, begin another like it, save it, delete it. */

import { element } from "../element.js";

/**
 * @typedef {import("../main.js").Host} Host
 * @typedef {import("./types.js").Progress} Progress
 */

const FILES = [
  { path: "network.txt", title: "Network", says: "the text" },
  { path: "weights.safetensors", title: "Weights", says: "safetensors" },
  { path: "run.zip", title: "Whole run", says: "to load again here or elsewhere" },
];

export class RunActions {
  /**
   * @param {Host} host
   * @param {string} run
   * @param {{ onLike: (form: import("./types.js").Form) => void, onNews: () => void }} events
   */
  constructor(host, run, { onLike, onNews }) {
    this._host = host;
    this._run = run;
    this._onNews = onNews;
    /** @type {Progress | null} */
    this._progress = null;
    this._like = element(
      "button",
      { type: "button", disabled: true, onclick: () => this._progress && onLike(this._progress.form) },
      ["New run like this"],
    );
    this._look = element("a", { class: "button", href: `#${new URLSearchParams({ view: "look", network: `run:${run}` })}` }, [
      "Look inside",
    ]);
    this._delete = element("button", { type: "button", disabled: true, onclick: () => this._ask.showModal() }, ["Delete …"]);
    this._refusal = element("p", { class: "problem", role: "alert", hidden: true });
    this._ask = element("dialog", { class: "panel", "aria-labelledby": "delete-title" }, [
      element("h3", { id: "delete-title" }, [`Delete ${run}?`]),
      element("p", {}, ["Its weights, its curves and its moments are gone for good."]),
      this._refusal,
      element("div", { class: "dialog-buttons" }, [
        element("button", { type: "button", onclick: () => this._ask.close() }, ["Keep it"]),
        element("button", { type: "button", class: "danger", onclick: () => void this._deleteRun() }, ["Delete"]),
      ]),
    ]);
    this.root = element("div", { class: "run-actions" }, [this._like, this._look, this._saving(), this._delete, this._ask]);
  }

  _saving() {
    const menu = element("details", { class: "menu" }, [
      element("summary", { class: "button" }, ["Save"]),
      element(
        "ul",
        { class: "panel" },
        FILES.map(({ path, title, says }) =>
          element("li", {}, [
            element(
              "a",
              { href: `train/${encodeURIComponent(this._run)}/${path}`, download: `${this._run}-${path}`, onclick: () => (menu.open = false) },
              [title],
            ),
            element("span", { class: "faint" }, [` ${says}`]),
          ]),
        ),
      ),
    ]);
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary")?.focus();
    });
    menu.addEventListener("focusout", (event) => {
      const to = /** @type {Node | null} */ (event.relatedTarget);
      if (to && !menu.contains(to)) menu.open = false;
    });
    return menu;
  }

  /** @param {Progress} progress */
  show(progress) {
    this._progress = progress;
    this._like.disabled = false;
    this._delete.disabled = ["starting", "training", "paused"].includes(progress.state);
  }

  async _deleteRun() {
    try {
      await this._host.source.request("train.delete", { run: this._run });
      this._ask.close();
      this._host.announce(`${this._run} was deleted.`);
      this._onNews();
      this._host.address.set({ run: null, moment: null, example: null, layer: null, panel: null }, { push: true });
    } catch (error) {
      this._refusal.textContent = /** @type {Error} */ (error).message;
      this._refusal.hidden = false;
    }
  }
}

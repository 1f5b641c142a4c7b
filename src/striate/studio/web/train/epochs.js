// @ts-check
/** The epochs of a run as a table: the same numbers as the curves. */

import { element, replaceChildren } from "../element.js";
import { short } from "../numbers.js";
import { percent } from "./words.js";

/** @typedef {import("./types.js").Progress} Progress */

export class Epochs {
  constructor() {
    this._body = element("tbody");
    this._none = element("p", { class: "faint" }, ["The first epoch is not over yet."]);
    this._table = element("table", { hidden: true }, [
      element("caption", { class: "hidden" }, ["Loss and accuracy after each epoch, the newest first"]),
      element("thead", {}, [
        element("tr", {}, [
          element("td"),
          element("th", { colspan: 2, scope: "colgroup" }, ["training"]),
          element("th", { colspan: 2, scope: "colgroup" }, ["test set"]),
        ]),
        element(
          "tr",
          {},
          ["epoch", "loss", "accuracy", "loss", "accuracy"].map((title) => element("th", { scope: "col" }, [title])),
        ),
      ]),
      this._body,
    ]);
    this._scroll = element("div", { class: "epoch-table", tabindex: 0, role: "region", "aria-label": "Table of the epochs", hidden: true }, [this._table]);
    this.root = element("section", { class: "panel epochs", "aria-labelledby": "epochs-title" }, [
      element("h3", { id: "epochs-title" }, ["Epochs"]),
      this._none,
      this._scroll,
    ]);
    this._shown = "";
  }

  /** @param {Progress} progress */
  show({ epochs_done }) {
    const key = JSON.stringify(epochs_done);
    if (key === this._shown) return;
    this._shown = key;
    this._none.hidden = epochs_done.length > 0;
    this._scroll.hidden = this._table.hidden = epochs_done.length === 0;
    const loss = (/** @type {number | null} */ value) => (value === null ? "–" : short(value));
    replaceChildren(
      this._body,
      epochs_done.toReversed().map((one) =>
        element("tr", {}, [
          element("th", { scope: "row" }, [Number(one.epoch.toFixed(2))]),
          element("td", {}, [loss(one.train_loss)]),
          element("td", {}, [percent(one.train_accuracy)]),
          element("td", {}, [loss(one.test_loss)]),
          element("td", {}, [percent(one.test_accuracy)]),
        ]),
      ),
    );
  }
}

// @ts-check
/** What is trained: the network's text with its sizes, and the settings the run began with. */

import { element, replaceChildren } from "../element.js";
import { cellsOf } from "./gutter.js";
import { settingsOf } from "./settings_of.js";

/**
 * @typedef {import("./types.js").Progress} Progress
 */

export class NetworkPanel {
  /** @param {import("../source/source.js").Source} source */
  constructor(source) {
    this._source = source;
    this.wanted = null;
    this._text = "";
    this._body = element("tbody");
    this._settings = element("dl", { class: "begun" });
    this.root = element("div", { class: "network-panel" }, [
      element("div", { class: "network-scroll", tabindex: 0, role: "region", "aria-label": "Network" }, [
        element("table", { class: "network-table" }, [
          element("thead", {}, [
            element("tr", {}, ["Network", "Output", "Sees", "Parameters"].map((title) => element("th", { scope: "col" }, [title]))),
          ]),
          this._body,
        ]),
      ]),
      this._settings,
    ]);
  }

  show() {}

  /** @param {Progress} progress */
  know({ network, form }) {
    if (network === this._text) return;
    this._text = network;
    this._showText(network, new Map());
    replaceChildren(
      this._settings,
      Object.entries(settingsOf(form)).flatMap(([title, text]) => [
        element("dt", {}, [title]),
        element("dd", {}, [text]),
      ]),
    );
    this._source.request("train.check", { network, dataset: null }).then(
      ({ values }) =>
        this._showText(
          network,
          new Map(values.report.rows.map((/** @type {import("./types.js").Row} */ row) => [row.line, row])),
        ),
      () => {
        // The text alone still says what is trained.
      },
    );
  }

  /**
   * @param {string} network
   * @param {Map<number, import("./types.js").Row>} rows
   */
  _showText(network, rows) {
    const lines = network.trimEnd().split("\n");
    replaceChildren(
      this._body,
      lines.map((line, index) => {
        const [output = "", sees = "", parameters = ""] = cellsOf(rows.get(index + 1));
        return element("tr", {}, [
          element("td", { class: "code" }, [line || " "]),
          ...[output, sees, parameters].map((text) => element("td", {}, [text])),
        ]);
      }),
    );
  }
}

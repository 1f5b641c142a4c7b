// @ts-check
/** What can be changed while a run trains, and what was changed. */

import { element, replaceChildren } from "../element.js";
import { counted } from "../numbers.js";
import { changeInWords, changesOf, letter } from "./curves.js";
import { named } from "./words.js";

/**
 * @typedef {import("../main.js").Host} Host
 * @typedef {import("./types.js").Progress} Progress
 */

const SETTINGS = /** @type {const} */ (["learning_rate", "momentum", "weight_decay", "batch"]);

export class Changes {
  /**
   * @param {Host} host
   * @param {string} run
   */
  constructor(host, run) {
    this._host = host;
    this._run = run;
    this._refusal = element("p", { class: "problem", role: "alert", hidden: true });
    this._fields = new Map(SETTINGS.map((name) => [name, this._field(name)]));
    this._listed = "";
    this._over = element("p", { class: "faint", hidden: true }, ["The run does not train now: these were its last."]);
    this._list = element("ol", { class: "change-list" });
    this._none = element("p", { class: "faint" }, ["Nothing was changed on the way."]);
    this.root = element("section", { class: "panel changes", "aria-labelledby": "changes-title" }, [
      element("h3", { id: "changes-title" }, ["Settings while it trains"]),
      element("div", { class: "change-fields" }, [...this._fields.values()].map(({ root }) => root)),
      this._over,
      this._refusal,
      element("h4", {}, ["Changes"]),
      this._none,
      this._list,
    ]);
  }

  /** @param {typeof SETTINGS[number]} name */
  _field(name) {
    const input = element("input", {
      id: `change-${name}`,
      type: "text",
      inputmode: "decimal",
      autocomplete: "off",
      oninput: () => this._enable(name),
    });
    const button = element("button", { type: "submit", disabled: true, "aria-label": `Set the ${named(name)}` }, ["Set"]);
    const root = element(
      "form",
      {
        class: "field",
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          void this._set(name);
        },
      },
      [
        element("label", { for: `change-${name}` }, [named(name)]),
        element("div", { class: "with-button" }, [input, button]),
      ],
    );
    return { root, input, button, now: /** @type {number | null} */ (null) };
  }

  /** @param {Progress} progress */
  show(progress) {
    const live = ["training", "paused", "starting"].includes(progress.state);
    this._over.hidden = live;
    for (const [name, field] of this._fields) {
      const now = progress.settings[name] ?? null;
      field.root.hidden = now === null;
      field.input.disabled = !live;
      if (now !== field.now) {
        const untouched = field.input.value === "" || Number(field.input.value) === field.now;
        field.now = now;
        if (untouched || document.activeElement !== field.input) field.input.value = written(now);
      }
      this._enable(name);
    }
    const changes = changesOf(progress);
    this._none.hidden = changes.length > 0;
    const key = changes.map(({ text, step }) => `${step} ${text}`).join("\n");
    if (key === this._listed) return;
    this._listed = key;
    replaceChildren(
      this._list,
      changes.map((mark, index) =>
        element("li", {}, [
          element("strong", {}, [letter(index)]),
          ` ${changeInWords(mark)} `,
          element("span", { class: "faint" }, [
            mark.examples === undefined ? `from step ${counted(mark.step)} on` : `after ${counted(mark.examples)} examples`,
          ]),
        ]),
      ),
    );
  }

  /** @param {typeof SETTINGS[number]} name */
  _enable(name) {
    const { input, button, now } = /** @type {ReturnType<Changes["_field"]>} */ (this._fields.get(name));
    const value = Number(input.value);
    const number = input.value.trim() !== "" && Number.isFinite(value);
    input.setAttribute("aria-invalid", String(!number && !input.disabled));
    button.disabled = input.disabled || !number || value === now;
  }

  /** @param {typeof SETTINGS[number]} name */
  async _set(name) {
    const { input, button } = /** @type {ReturnType<Changes["_field"]>} */ (this._fields.get(name));
    if (button.disabled) return;
    const value = Number(input.value);
    button.disabled = true;
    this._refusal.hidden = true;
    try {
      await this._host.source.request("train.order", { run: this._run, order: "change", setting: name, value });
      this._host.announce(`The ${named(name)} will be ${value} from the next step on.`);
    } catch (error) {
      this._refusal.textContent = /** @type {Error} */ (error).message;
      this._refusal.hidden = false;
      this._enable(name);
    }
  }
}

/** @param {number | null} value */
function written(value) {
  return value === null ? "" : String(Number(value.toPrecision(6)));
}

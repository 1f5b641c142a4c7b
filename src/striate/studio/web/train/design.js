// @ts-check
/** The page that designs a run: its network, how it is trained, and the button that starts it. */

import { element, replaceChildren } from "../element.js";
import { amount, by, counted } from "../numbers.js";
import { Dropped } from "../source/source.js";
import { packed, unpacked } from "./draft.js";
import { Editor } from "./editor.js";
import { Form } from "./form.js";
import { Mistakes } from "./mistakes.js";
import { presetsField } from "./presets.js";
import { written } from "./written.js";

/**
 * @typedef {import("../main.js").Host} Host
 * @typedef {import("./types.js").Choices} Choices
 * @typedef {import("./types.js").Form} Draft
 * @typedef {import("./types.js").Checked} Checked
 */

const TYPING_PAUSE = 150;
const ADDRESS_PAUSE = 600;
const DEFAULT_RECIPE = "digits";

export class Design {
  /**
   * @param {Host} host
   * @param {Choices} choices
   * @param {Draft | null} begun the form of another run, to design one like it
   * @param {(run: string) => void} onStarted
   */
  constructor(host, choices, begun, onStarted) {
    this._host = host;
    this._choices = choices;
    this._onStarted = onStarted;
    this.key = "design";
    this._over = false;
    this._timer = 0;
    this._addressTimer = 0;
    /** @type {Checked | null} */
    this._checked = null;
    this._draft = this._recipe(DEFAULT_RECIPE);
    this._editor = new Editor({ onInput: () => this._typed(), onLine: (line) => this._tellLine(line) });
    this._mistakes = new Mistakes({
      onFix: (text) => {
        this._editor.text = text;
        host.announce("Fixed.");
      },
      onGo: (line, column) => this._editor.goTo(line, column),
    });
    this._line = element("p", { class: "line-status faint" });
    this._form = new Form(choices, () => this._changed());
    this._name = element("input", {
      id: "run-name",
      type: "text",
      maxlength: 60,
      autocomplete: "off",
      pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*",
      title: "letters, digits, points, dashes and underscores",
      placeholder: "",
    });
    this._start = element("button", { type: "submit", class: "primary" }, ["Start training"]);
    this._refusal = element("p", { class: "problem", role: "alert", hidden: true });
    this.root = this._built();
    if (begun) this._load(structuredClone(begun));
    else void this._restore();
  }

  /** What is designed, as it stands. */
  get draft() {
    return this._draft;
  }

  _built() {
    const network = element("section", { class: "panel design-network", "aria-labelledby": "network-title" }, [
      element("div", { class: "section-head" }, [
        element("h3", { id: "network-title" }, [element("label", { for: "network-text" }, ["Network"])]),
        presetsField(this._choices, {
          onRecipe: (name) => this._load(this._recipe(name)),
          onNetwork: (name) => void this._loadNetwork(name),
        }),
      ]),
      element("div", { class: "editor-and-findings" }, [
        element("div", { class: "editor-side" }, [
          this._editor.root,
          this._line,
          element("p", { class: "keys faint", id: "editor-keys" }, [
            "Tab indents, Shift+Tab outdents; Escape, then Tab leaves the text.",
          ]),
        ]),
        element("div", { class: "findings" }, [this._mistakes.root]),
      ]),
    ]);
    const training = element("section", { class: "panel design-form", "aria-labelledby": "form-title" }, [
      element("h3", { id: "form-title" }, ["Training"]),
      this._form.root,
    ]);
    return element(
      "form",
      {
        class: "design",
        novalidate: true,
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          void this._submit();
        },
      },
      [
        element("div", { class: "section-head" }, [
          element("h2", {}, ["New run"]),
          element("label", { for: "run-name", class: "faint" }, ["Name"]),
          this._name,
          this._start,
        ]),
        this._refusal,
        network,
        training,
      ],
    );
  }

  /**
   * @param {string} name
   * @returns {Draft}
   */
  _recipe(name) {
    const { recipes } = this._choices;
    const preset = recipes.find((one) => one.name === name) ?? recipes[0];
    return structuredClone(preset.form);
  }

  async _restore() {
    const kept = this._host.address.get("draft");
    const recipe = this._host.address.get("recipe");
    const draft = kept ? await unpacked(kept) : null;
    if (this._over) return;
    this._load(draft ?? this._recipe(recipe ?? DEFAULT_RECIPE), false);
  }

  /**
   * @param {Draft} draft
   * @param {boolean} [changed]
   */
  _load(draft, changed = true) {
    this._draft = draft;
    this._form.show(draft);
    this._editor.load(draft.network);
    this._name.placeholder = draft.recipe ?? "a name is made up";
    if (changed) this._keep();
  }

  /** @param {string} name */
  async _loadNetwork(name) {
    try {
      const { values } = await this._host.source.request("train.network", { name, dataset: this._draft.dataset });
      if (!this._over) this._editor.load(values.network);
    } catch (error) {
      this._refuse(error);
    }
  }

  _typed() {
    this._draft.network = this._editor.text;
    this._changed();
  }

  _changed() {
    this._refusal.hidden = true;
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this._check(), TYPING_PAUSE);
    this._keep();
  }

  /** Writes the design into the address once the user pauses. */
  _keep() {
    clearTimeout(this._addressTimer);
    this._addressTimer = setTimeout(async () => {
      const now = JSON.stringify(this._draft);
      const same = now === JSON.stringify(this._recipe(DEFAULT_RECIPE));
      const draft = same ? null : await packed(this._draft);
      const stale = this._over || now !== JSON.stringify(this._draft);
      if (!stale) this._host.address.set({ draft, recipe: null });
    }, ADDRESS_PAUSE);
  }

  async _check() {
    const { network, dataset } = this._draft;
    try {
      const { values } = await this._host.source.request("train.check", { network, dataset }, { latest: "check" });
      if (this._over || network !== this._editor.text) return;
      this._checked = values;
      this._editor.show(values.report, values.misfit);
      this._mistakes.show(network, values);
      this._tellLine(this._editor.line);
    } catch (error) {
      if (error instanceof Dropped || this._over) return;
      this._mistakes.refuse(/** @type {Error} */ (error).message);
    }
  }

  /** @param {number} line */
  _tellLine(line) {
    const row = this._checked?.report.rows.find((one) => one.line === line);
    const { parameters, multiply_adds } = row?.cost ?? { parameters: 0, multiply_adds: 0 };
    this._line.textContent = row?.output
      ? [
          `Line ${line}: ${row.module || row.kind}`,
          `output ${by(row.output)}`,
          row.kind !== "input" && row.receptive_field.length ? `sees ${by(row.receptive_field)} of the input` : "",
          parameters ? `${counted(parameters)} parameters` : "",
          multiply_adds ? `${amount(multiply_adds)} multiply-adds` : "",
        ]
          .filter(Boolean)
          .join(" · ")
      : "";
  }

  async _submit() {
    if (!this._form.fits()) return;
    this._start.disabled = true;
    this._start.textContent = "Starting …";
    try {
      const { values } = await this._host.source.request(
        "train.start",
        { name: this._name.value.trim() || null, form: this._draft },
        { once: true },
      );
      if (!this._over) this._onStarted(values.run);
    } catch (error) {
      this._refuse(error);
    }
    this._start.disabled = false;
    this._start.textContent = "Start training";
  }

  /** @param {unknown} error */
  _refuse(error) {
    replaceChildren(this._refusal, written(/** @type {Error} */ (error).message));
    this._refusal.hidden = false;
  }

  close() {
    this._over = true;
    clearTimeout(this._timer);
    clearTimeout(this._addressTimer);
  }
}

// @ts-check
/** What a run is trained on and how: everything but the network. */

import { element, replaceChildren } from "../element.js";
import { by } from "../numbers.js";
import { augmentationField } from "./augmentation.js";
import { kindField } from "./kinds.js";
import { settingField } from "./settings.js";

/**
 * @typedef {import("./types.js").Choices} Choices
 * @typedef {import("./types.js").Form} Draft
 */

export class Form {
  /**
   * @param {Choices} choices
   * @param {() => void} onChange
   */
  constructor(choices, onChange) {
    this._choices = choices;
    this._onChange = onChange;
    this.root = element("div", { class: "run-form" });
  }

  /** @param {Draft} draft is changed as the user works */
  show(draft) {
    const { losses, optimisers, schedules, augmentations } = this._choices;
    const changed = this._onChange;
    const column = (/** @type {HTMLElement[]} */ ...fields) => element("div", { class: "form-column" }, fields);
    replaceChildren(this.root, [
      column(this._dataset(draft), this._numbers(draft)),
      column(
        kindField("Optimiser", optimisers, draft.optimiser, (chosen) => {
          draft.optimiser = chosen;
          changed();
        }),
      ),
      column(
        kindField("Loss", losses, draft.loss, (chosen) => {
          draft.loss = chosen;
          changed();
        }),
        kindField("Schedule", schedules, draft.schedule, (chosen) => {
          draft.schedule = chosen;
          changed();
        }),
      ),
      column(augmentationField(augmentations, draft.augmentation, () => this._shape(draft), changed)),
    ]);
  }

  /** @param {Draft} draft */
  _shape({ dataset }) {
    return this._choices.datasets.find(({ name }) => name === dataset)?.input_shape ?? [];
  }

  /** @param {Draft} draft */
  _dataset(draft) {
    const { datasets } = this._choices;
    const says = element("p", { class: "says faint" });
    const tell = () => {
      const one = datasets.find(({ name }) => name === draft.dataset);
      const told = one && [
        `${by(one.input_shape)}, ${one.classes.length} classes`,
        one.available ? one.note : one.why_not,
      ];
      says.textContent = told ? told.filter(Boolean).join(" · ") : `${draft.dataset} is not known here`;
    };
    const list = element(
      "select",
      {
        id: "dataset",
        onchange: () => {
          draft.dataset = datasets[list.selectedIndex].name;
          tell();
          this._onChange();
        },
      },
      datasets.map(({ name, title, available, why_not }) =>
        element("option", { value: name, selected: name === draft.dataset, disabled: !available, title: why_not }, [
          available ? title : `${title} (not here)`,
        ]),
      ),
    );
    tell();
    return element("fieldset", {}, [
      element("legend", {}, [element("label", { for: "dataset" }, ["Dataset"])]),
      list,
      says,
    ]);
  }

  /** @param {Draft} draft */
  _numbers(draft) {
    const { limits } = this._choices;
    const fields = /** @type {const} */ (["epochs", "batch", "seed"]).map((name) => {
      const [least, most] = limits[name];
      const type = name === "epochs" ? "number" : "whole";
      const setting = { name, type, default: null, least, most, above: null, below: null, choices: null, says: "" };
      return settingField(/** @type {import("./types.js").Setting} */ (setting), draft[name], (value) => {
        // What is no number yet is kept out of the draft; the field says so itself.
        if (typeof value === "number") draft[name] = value;
        this._onChange();
      });
    });
    return element("fieldset", {}, [
      element("legend", {}, ["How long"]),
      element("div", { class: "fields three" }, fields),
    ]);
  }

  /** @returns {boolean} whether every field holds what it may; else it goes to the first that does not */
  fits() {
    const wrong = /** @type {HTMLInputElement | null} */ (this.root.querySelector("[aria-invalid=true]"));
    wrong?.closest("details")?.setAttribute("open", "");
    wrong?.focus();
    wrong?.reportValidity();
    return wrong === null;
  }
}

// @ts-check
/** How examples are varied: steps in their order, each with its settings. */

import { element, replaceChildren } from "../element.js";
import { begun, settingFields } from "./settings.js";
import { named } from "./words.js";

/**
 * @typedef {import("./types.js").Chosen} Chosen
 * @typedef {import("./types.js").Kind} Kind
 */

/**
 * @param {Kind[]} kinds
 * @param {Chosen[]} steps are changed as the user works
 * @param {() => number[]} shape of an example
 * @param {() => void} onChange
 * @returns {HTMLElement}
 */
export function augmentationField(kinds, steps, shape, onChange) {
  const list = element("ol", { class: "steps" });
  const none = element("p", { class: "faint" }, ["Examples are used as they are."]);
  const show = () => {
    none.hidden = steps.length > 0;
    replaceChildren(list, steps.map((step, index) => item(step, index)));
  };
  const changed = () => {
    show();
    onChange();
  };

  /**
   * @param {Chosen} step
   * @param {number} index
   */
  const item = (step, index) => {
    const kind = kinds.find((one) => one.kind === step.kind);
    const name = named(step.kind);
    return element("li", {}, [
      element("div", { class: "step-head" }, [
        element("strong", { title: kind?.title }, [name]),
        element(
          "button",
          {
            type: "button",
            class: "quiet",
            disabled: index === 0,
            "aria-label": `Move ${name} up`,
            onclick: () => {
              steps.splice(index - 1, 2, step, steps[index - 1]);
              changed();
            },
          },
          ["↑"],
        ),
        element(
          "button",
          {
            type: "button",
            class: "quiet",
            "aria-label": `Remove ${name}`,
            onclick: () => {
              steps.splice(index, 1);
              changed();
              add.focus();
            },
          },
          ["×"],
        ),
      ]),
      kind && settingFields(kind, step, onChange),
    ]);
  };

  const add = element(
    "select",
    {
      "aria-label": "Add an augmentation",
      onchange: () => {
        const kind = kinds[add.selectedIndex - 1];
        const step = kind && begun(kind);
        // A crop keeps the size that the network reads, until another is asked for.
        if (step?.kind === "crop") step.size = shape().slice(1);
        if (step) steps.push(step);
        add.selectedIndex = 0;
        changed();
      },
    },
    [
      element("option", {}, ["Add …"]),
      ...kinds.map((one) => element("option", { title: one.title }, [named(one.kind)])),
    ],
  );
  show();
  return element("fieldset", {}, [element("legend", {}, ["Augmentation"]), list, none, add]);
}

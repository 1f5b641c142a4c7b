// @ts-check
/** A choice among kinds (losses, optimisers, schedules) with the settings of the chosen one. */

import { element, replaceChildren } from "../element.js";
import { begun, settingFields } from "./settings.js";
import { named } from "./words.js";
import { written } from "./written.js";

/**
 * @typedef {import("./types.js").Chosen} Chosen
 * @typedef {import("./types.js").Kind} Kind
 */

/**
 * @param {string} title
 * @param {Kind[]} kinds
 * @param {Chosen} chosen
 * @param {(chosen: Chosen) => void} onChange gets what is chosen whenever it or a setting changed
 * @returns {HTMLElement}
 */
export function kindField(title, kinds, chosen, onChange) {
  const id = `choice-${title.replaceAll(" ", "-").toLowerCase()}`;
  const settings = element("div");
  const says = element("p", { class: "says faint" });
  const show = () => {
    const kind = kinds.find((one) => one.kind === chosen.kind);
    replaceChildren(says, written(kind?.title ?? ""));
    replaceChildren(settings, [kind && settingFields(kind, chosen, () => onChange(chosen))]);
  };
  const list = element(
    "select",
    {
      id,
      onchange: () => {
        const before = chosen;
        const kind = kinds[list.selectedIndex];
        chosen = begun(kind);
        // A weight decay that was set is one thing for all optimisers; a learning rate is not.
        if ("weight_decay" in before && kind.settings.some((one) => one.name === "weight_decay")) {
          chosen.weight_decay = before.weight_decay;
        }
        show();
        onChange(chosen);
      },
    },
    kinds.map((one) =>
      element("option", { value: one.kind, selected: one.kind === chosen.kind }, [named(one.kind)]),
    ),
  );
  show();
  return element("fieldset", {}, [
    element("legend", {}, [element("label", { for: id }, [title])]),
    list,
    says,
    settings,
  ]);
}

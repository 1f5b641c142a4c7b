// @ts-check
/** What a design can begin with: the recipes, the runs that are there, and the named networks' texts. */

import { element } from "../element.js";
import { by } from "../numbers.js";

/**
 * @typedef {import("./types.js").Choices} Choices
 * @typedef {{ onRecipe: (name: string) => void, onNetwork: (name: string) => void }} Events
 */

/**
 * @param {Choices} choices
 * @param {Events} events
 * @returns {HTMLElement}
 */
export function presetsField({ recipes, networks = [] }, { onRecipe, onNetwork }) {
  const list = element(
    "select",
    {
      id: "preset",
      onchange: () => {
        const [group, name] = list.value.split(/:(.*)/);
        list.selectedIndex = 0;
        if (group === "recipe") onRecipe(name);
        else if (group === "network") onNetwork(name);
      },
    },
    [
      element("option", { value: "" }, ["Choose …"]),
      element(
        "optgroup",
        { label: "Recipes: network and training" },
        recipes.map(({ name, title, available }) =>
          element("option", { value: `recipe:${name}`, disabled: !available }, [
            `${name}: ${title}${available ? "" : " (its data is not here)"}`,
          ]),
        ),
      ),
      networks.length > 0 &&
        element(
          "optgroup",
          { label: "Named networks: the text alone" },
          networks.map(({ name, title, input_shape }) =>
            element("option", { value: `network:${name}` }, [`${title} (${by(input_shape)})`]),
          ),
        ),
    ],
  );
  return element("div", { class: "preset" }, [
    element("label", { for: "preset" }, ["Begin with"]),
    list,
  ]);
}

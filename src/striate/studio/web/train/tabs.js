// @ts-check
/** Tabs: one of several panels is shown; arrow keys go from tab to tab. */

import { element } from "../element.js";

/**
 * @template {string} Name
 * @param {string} label
 * @param {Record<Name, string>} titles
 * @param {string} panel id of the element whose content the tabs choose
 * @param {(name: Name) => void} onChoose
 * @returns {{ root: HTMLElement, mark: (name: Name) => void }}
 */
export function tabList(label, titles, panel, onChoose) {
  const names = /** @type {Name[]} */ (Object.keys(titles));
  const buttons = names.map((name) =>
    element(
      "button",
      {
        type: "button",
        role: "tab",
        id: `${panel}-${name}`,
        "aria-controls": panel,
        "aria-selected": "false",
        tabindex: -1,
        onclick: () => onChoose(name),
      },
      [titles[name]],
    ),
  );
  const root = element("div", { class: "tab-list", role: "tablist", "aria-label": label }, buttons);
  root.addEventListener("keydown", (event) => {
    const at = buttons.findIndex((button) => button === document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = (to + names.length) % names.length;
    buttons[next].focus();
    onChoose(names[next]);
  });
  return {
    root,
    mark: (chosen) => {
      buttons.forEach((button, index) => {
        button.setAttribute("aria-selected", String(names[index] === chosen));
        button.tabIndex = names[index] === chosen ? 0 : -1;
      });
    },
  };
}

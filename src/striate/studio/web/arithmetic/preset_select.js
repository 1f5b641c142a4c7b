// @ts-check
/** The worked examples of the lectures, to choose from, and what is said of the chosen one. */

import { element } from "../element.js";

/**
 * @typedef {{ part: string, id: string, lecture: string, title: string, rule: string, parameters: any, answer: any }} Preset
 */

/**
 * @param {Preset[]} presets
 * @param {string | null} chosen
 * @param {(preset: Preset) => void} onChoose
 * @returns {HTMLLabelElement}
 */
export function presetSelect(presets, chosen, onChoose) {
  const lectures = [...new Set(presets.map((one) => one.lecture))];
  const known = presets.some((one) => one.id === chosen);
  const select = element("select", {}, [
    element("option", { value: "", selected: !known, disabled: known }, ["your own"]),
    ...lectures.map((lecture) =>
      element(
        "optgroup",
        { label: lecture },
        presets
          .filter((one) => one.lecture === lecture)
          .map(({ id, title }) =>
            element("option", { value: id, selected: id === chosen }, [title]),
          ),
      ),
    ),
  ]);
  select.addEventListener("change", () => {
    const found = presets.find((one) => one.id === select.value);
    if (found) onChoose(found);
  });
  return element("label", { class: "field preset" }, [
    element("span", {}, ["From the lectures"]),
    select,
  ]);
}

/**
 * @param {Preset | undefined} preset
 * @param {boolean | null} agrees whether what is shown is the lecture's answer; null where the
 *   lecture gives none
 * @returns {HTMLElement | null}
 */
export function lectureNote(preset, agrees) {
  if (!preset) return null;
  return element("p", { class: "lecture" }, [
    element("strong", {}, [`${preset.lecture}: ${preset.title}. `]),
    preset.rule ? `${preset.rule}. ` : "",
    agrees === null
      ? ""
      : element("span", { class: agrees ? "agrees" : "differs" }, [
          agrees ? "✓ The lecture's answer." : "✗ Not the lecture's answer.",
        ]),
  ]);
}

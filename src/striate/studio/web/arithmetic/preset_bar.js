// @ts-check
/** The worked examples of the lectures, to choose from, and what is said of the chosen one. */

import { element, replaceChildren } from "../element.js";

/**
 * @typedef {{ part: string, id: string, lecture: string, title: string, rule: string, parameters: any, answer: any }} Preset
 */

export class PresetBar {
  /**
   * @param {Preset[]} presets
   * @param {(preset: Preset) => void} onChoose
   */
  constructor(presets, onChoose) {
    this._presets = presets;
    const lectures = [...new Set(presets.map((one) => one.lecture))];
    this._own = element("option", { value: "" }, ["your own"]);
    this._select = element("select", {}, [
      this._own,
      ...lectures.map((lecture) =>
        element(
          "optgroup",
          { label: lecture },
          presets
            .filter((one) => one.lecture === lecture)
            .map(({ id, title }) => element("option", { value: id }, [title])),
        ),
      ),
    ]);
    this._select.addEventListener("change", () => {
      const found = presets.find((one) => one.id === this._select.value);
      if (found) onChoose(found);
    });
    this._note = element("p", { class: "lecture" });
    this.element = element("div", { class: "preset-bar" }, [
      element("label", { class: "field preset" }, [
        element("span", {}, ["From the lectures"]),
        this._select,
      ]),
      this._note,
    ]);
  }

  /**
   * @param {string | null} id of the example that is shown; null for the user's own numbers
   * @param {boolean | null} agrees whether what is shown is the lecture's answer; null where it
   *   gives none, or that is not known yet
   */
  show(id, agrees) {
    const preset = this._presets.find((one) => one.id === id);
    this._select.value = preset?.id ?? "";
    this._own.disabled = preset !== undefined;
    this._note.hidden = !preset;
    if (!preset) return;
    replaceChildren(this._note, [
      element("strong", {}, [preset.lecture]),
      element("span", {}, [preset.rule || preset.title]),
      agrees === null
        ? null
        : element("span", { class: agrees ? "agrees" : "differs" }, [
            agrees ? "✓ The lecture's answer." : "✗ Not the lecture's answer.",
          ]),
    ]);
  }
}

// @ts-check
/** Fields for the settings of a loss, an optimiser, a schedule or an augmentation. */

import { element } from "../element.js";
import { named } from "./words.js";

/**
 * @typedef {import("./types.js").Chosen} Chosen
 * @typedef {import("./types.js").Kind} Kind
 * @typedef {import("./types.js").Setting} Setting
 * @typedef {import("./types.js").Value} Value
 */

/** What most people look for; the rest is folded away. */
const FIRST = new Set(
  (
    "lr momentum weight_decay rho alpha betas nesterov label_smoothing margin warm_up end peak milestones factor " +
    "axis probability pixels degrees low high size padding sigma amount count"
  ).split(" "),
);

/** Where a setting must be given and has no default, something to begin with. */
const BEGIN = /** @type {Record<string, Value>} */ ({
  lr: 0.1,
  pixels: 2,
  degrees: 10,
  size: 4,
  amount: 0.2,
  sigma: 0.1,
  milestones: [0.5, 0.75],
});

let made = 0;

/**
 * @param {Kind} kind
 * @returns {Chosen} it, with its defaults
 */
export function begun(kind) {
  /** @type {Chosen} */
  const chosen = { kind: kind.kind };
  for (const { name, default: value } of kind.settings) {
    const first = value ?? BEGIN[name];
    if (first !== undefined && first !== null) chosen[name] = first;
  }
  return chosen;
}

/**
 * @param {Kind} kind
 * @param {Chosen} chosen is changed as the user types
 * @param {() => void} onChange
 * @returns {HTMLElement}
 */
export function settingFields(kind, chosen, onChange) {
  const field = (/** @type {Setting} */ setting) =>
    settingField(setting, chosen[setting.name] ?? setting.default, (value) => {
      if (value === null) delete chosen[setting.name];
      else chosen[setting.name] = value;
      onChange();
    });
  const first = kind.settings.filter((one) => FIRST.has(one.name));
  const rest = kind.settings.filter((one) => !FIRST.has(one.name));
  return element("div", { class: "settings" }, [
    first.length > 0 && element("div", { class: "fields" }, first.map(field)),
    rest.length > 0 &&
      element("details", { class: "more" }, [
        element("summary", {}, [`More settings (${rest.length})`]),
        element("div", { class: "fields" }, rest.map(field)),
      ]),
  ]);
}

/**
 * @param {Setting} setting
 * @param {Value} value
 * @param {(value: Value) => void} onValue null while what is written is no value
 * @returns {HTMLElement} the label and its field
 */
export function settingField(setting, value, onValue) {
  const id = `setting-${++made}`;
  const field = fieldOf(setting, value, id, onValue);
  const label = element("label", { for: id }, [named(setting.name)]);
  const hint = rangeOf(setting);
  const said = [setting.says, hint].filter(Boolean).join("; ");
  if (said) field.title = said;
  return element("div", { class: setting.type === "yes_no" ? "field yes-no" : "field" }, [label, field]);
}

/**
 * @param {Setting} setting
 * @param {Value} value
 * @param {string} id
 * @param {(value: Value) => void} onValue
 * @returns {HTMLInputElement | HTMLSelectElement}
 */
function fieldOf(setting, value, id, onValue) {
  if (setting.type === "yes_no") {
    const box = element("input", { id, type: "checkbox", onchange: () => onValue(box.checked) });
    box.checked = value === true;
    return box;
  }
  if (setting.type === "choice") {
    const choices = setting.choices ?? [];
    const list = element(
      "select",
      { id, onchange: () => onValue(choices[list.selectedIndex]) },
      choices.map((one) => element("option", { value: one, selected: one === value }, [named(String(one))])),
    );
    return list;
  }
  const input = element("input", {
    id,
    type: "text",
    inputmode: setting.type === "text" ? "text" : "decimal",
    autocomplete: "off",
    value: value === null || value === undefined ? "" : shownValue(value),
    oninput: () => {
      const read = readValue(setting, input.value);
      const fits = read !== undefined;
      input.setAttribute("aria-invalid", String(!fits));
      input.setCustomValidity(fits ? "" : `${named(setting.name)} must be ${wanted(setting)}`);
      onValue(read ?? null);
    },
    onchange: () => input.reportValidity(),
  });
  return input;
}

/**
 * @param {Value} value
 * @returns {string}
 */
function shownValue(value) {
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/**
 * @param {Setting} setting
 * @param {string} text
 * @returns {Value | undefined} null for nothing where there is a default, undefined for a mistake
 */
export function readValue(setting, text) {
  const bare = text.trim();
  if (bare === "") return setting.default === null ? undefined : null;
  if (setting.type === "text") return bare;
  const several = setting.type === "numbers" || (setting.list === true && /[,\s]/.test(bare));
  const numbers = bare.split(several ? /[,\s]+/ : /$^/).map(Number);
  const fits = numbers.every((number) => isWithin(setting, number));
  if (!fits) return undefined;
  return several ? numbers : numbers[0];
}

/**
 * @param {Setting} setting
 * @param {number} number
 */
function isWithin({ type, least, most, above, below }, number) {
  return (
    Number.isFinite(number) &&
    (type !== "whole" || Number.isInteger(number)) &&
    (least === null || number >= least) &&
    (most === null || number <= most) &&
    (above === null || number > above) &&
    (below === null || number < below)
  );
}

/** @param {Setting} setting */
function wanted(setting) {
  const kind = { whole: "a whole number", numbers: "numbers with commas between" }[/** @type {string} */ (setting.type)];
  const range = rangeOf(setting);
  return (kind ?? "a number") + (range ? `, ${range}` : "");
}

/** @param {Setting} setting */
function rangeOf({ least, most, above, below }) {
  return [
    least !== null && `at least ${least}`,
    above !== null && `above ${above}`,
    most !== null && `at most ${most}`,
    below !== null && `below ${below}`,
  ]
    .filter(Boolean)
    .join(", ");
}

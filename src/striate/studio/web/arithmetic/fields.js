// @ts-check
/** The form fields of the view, each with its label. */

import { element } from "../element.js";

let made = 0;

/** @returns {string} an id that no other element has */
export function freshId() {
  made += 1;
  return `arithmetic-${made}`;
}

/**
 * @param {string} label
 * @param {number} value
 * @param {{ min?: number, max?: number, step?: number | "any", title?: string }} limits
 * @param {(value: number) => void} onchange called with numbers within the limits only
 * @returns {HTMLLabelElement}
 */
export function numberField(label, value, { min = 0, max = 99, step = 1, title }, onchange) {
  const input = element("input", { type: "number", value, min, max, step, title });
  input.addEventListener("input", () => {
    const given = input.valueAsNumber;
    const whole = step === "any" || Number.isInteger(given);
    const good = Number.isFinite(given) && given >= min && given <= max && whole;
    input.toggleAttribute("aria-invalid", !good);
    if (!good) input.setAttribute("aria-invalid", "true");
    if (good) onchange(given);
  });
  return element("label", { class: "field" }, [element("span", {}, [label]), input]);
}

/**
 * @param {string} label
 * @param {string} value
 * @param {[string, string][]} options values and what is shown
 * @param {(value: string) => void} onchange
 * @returns {HTMLLabelElement}
 */
export function selectField(label, value, options, onchange) {
  const select = element(
    "select",
    {},
    options.map(([key, text]) => element("option", { value: key, selected: key === value }, [text])),
  );
  select.addEventListener("change", () => onchange(select.value));
  return element("label", { class: "field" }, [element("span", {}, [label]), select]);
}

/**
 * @param {string} legend
 * @param {string} value
 * @param {[string, string][]} options
 * @param {(value: string) => void} onchange
 * @returns {HTMLFieldSetElement} buttons of which one is chosen
 */
export function segments(legend, value, options, onchange) {
  const name = freshId();
  return element("fieldset", { class: "segments" }, [
    element("legend", {}, [legend]),
    element(
      "div",
      {},
      options.map(([key, text]) => {
        const input = element("input", { type: "radio", name, value: key, checked: key === value });
        input.addEventListener("change", () => onchange(key));
        return element("label", {}, [input, element("span", {}, [text])]);
      }),
    ),
  ]);
}

/**
 * @param {string} label
 * @param {boolean} value
 * @param {(value: boolean) => void} onchange
 * @returns {HTMLLabelElement}
 */
export function checkField(label, value, onchange) {
  const input = element("input", { type: "checkbox", checked: value });
  input.addEventListener("change", () => onchange(input.checked));
  return element("label", { class: "check" }, [input, element("span", {}, [label])]);
}

/**
 * @param {string} legend
 * @param {(HTMLElement | null)[]} fields
 * @returns {HTMLFieldSetElement} fields that belong together
 */
export function group(legend, fields) {
  return element("fieldset", { class: "group" }, [
    element("legend", {}, [legend]),
    element("div", { class: "fields" }, fields),
  ]);
}

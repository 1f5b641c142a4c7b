// @ts-check
/** The settings a run began with, in words. */

import { named } from "./words.js";

/**
 * @typedef {import("./types.js").Chosen} Chosen
 * @typedef {import("./types.js").Form} Form
 */

/**
 * @param {Form} form
 * @returns {Record<string, string>} by their titles
 */
export function settingsOf(form) {
  return {
    dataset: form.dataset,
    epochs: String(form.epochs),
    "batch size": String(form.batch),
    seed: String(form.seed),
    optimiser: chosenInWords(form.optimiser),
    schedule: chosenInWords(form.schedule),
    loss: chosenInWords(form.loss),
    augmentation: form.augmentation.map(chosenInWords).join("; ") || "none",
    recipe: form.recipe ?? "none",
  };
}

/**
 * @param {Chosen} chosen
 * @returns {string} sgd, learning rate 0.1, momentum 0.9
 */
export function chosenInWords({ kind, ...settings }) {
  const said = Object.entries(settings)
    .filter(([, value]) => value !== null && (typeof value !== "object" || Array.isArray(value)))
    .map(([name, value]) =>
      value === true ? named(name) : value === false ? `no ${named(name)}` : `${named(name)} ${[value].flat().join(", ")}`,
    );
  return [named(kind), ...said].join(", ");
}

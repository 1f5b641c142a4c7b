// @ts-check
/** What a network is, in a sentence. */

import { amount } from "../numbers.js";

/**
 * @typedef {object} Network
 * @property {string} source
 * @property {string} name
 * @property {number[]} input_shape
 * @property {string[]} classes
 * @property {boolean} trained
 * @property {"digit" | "picture" | "signal" | "film"} reads
 * @property {string | null} dataset
 */

/**
 * @param {Network} network
 * @param {number} layers
 * @param {{ parameters: number, multiply_adds: number }} totals
 * @returns {string}
 */
export function aboutWords({ trained }, layers, { parameters, multiply_adds }) {
  const size = `${layers} layers, ${amount(parameters)} parameters`;
  const cost = `${amount(multiply_adds)} multiply-adds for one input.`;
  const random = "It is not trained: its weights are random, so its guesses mean nothing.";
  return `${size}, ${cost}${trained ? "" : ` ${random}`}`;
}

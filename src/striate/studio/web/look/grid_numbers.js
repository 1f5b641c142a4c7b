// @ts-check
/** Numbers in the cells of a grid: few letters, all of a grid with the same places. */

/**
 * @param {(number | null)[]} values
 * @returns {{ write: (value: number | null) => string, power: number }} `power`: what is written is
 *   to be multiplied by ten to it
 */
export function gridNumbers(values) {
  let largest = 0;
  for (const value of values) {
    if (value !== null && Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  }
  const size = largest === 0 ? 0 : Math.floor(Math.log10(largest));
  const power = size < -2 || size > 3 ? size : 0;
  const whole = values.every((value) => value === null || Number.isInteger(value)) && power === 0;
  // Three digits of the largest; 9.996 is written 10.0, which is one letter longer.
  const places = whole ? 0 : Math.max(0, Math.min(3, 2 - (size - power)));
  const factor = 10 ** -power;
  return {
    power,
    write(value) {
      if (value === null || !Number.isFinite(value)) return "∞?";
      if (value === 0) return "0";
      return (value * factor).toFixed(places).replace(/^(-?)0\./, "$1.");
    },
  };
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * @param {number} power
 * @returns {string} " × 10⁻³", "" for 0
 */
export function powerWord(power) {
  if (power === 0) return "";
  const digits = [...String(Math.abs(power))].map((digit) => RAISED[Number(digit)]).join("");
  return ` × 10${power < 0 ? "⁻" : ""}${digits}`;
}

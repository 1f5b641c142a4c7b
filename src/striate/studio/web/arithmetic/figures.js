// @ts-check
/** Numbers as they stand in a sum: whole numbers in full, others to six digits. */

/**
 * @param {number} value
 * @returns {string} 15129, 0.333333, −2; with a true minus sign
 */
export function figure(value) {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) < 1e-9) return "0"; // what is left of rounding
  const whole = Number.isInteger(value) && Math.abs(value) < 1e9;
  return String(whole ? value : Number(value.toPrecision(6))).replace(/^-/, "−");
}

/**
 * @param {number} value
 * @param {number} [digits]
 * @returns {string} the same, broken numbers to fewer digits: for cells of a grid
 */
export function rounded(value, digits = 4) {
  return figure(Number.isInteger(value) ? value : Number(value.toPrecision(digits)));
}

/**
 * @param {number} value
 * @returns {string} a number behind an operator: in brackets when it is negative
 */
export function factor(value) {
  const shown = figure(value);
  return shown.startsWith("−") ? `(${shown})` : shown;
}

/**
 * @param {string} text
 * @returns {number | null} the number that was typed: 3, −0.5, 2,5 or a share such as 1/9
 */
export function numberIn(text) {
  const found = text.trim().replace("−", "-").replace(",", ".");
  if (found === "") return 0;
  const share = /^([+-]?[\d.]+)\s*\/\s*([\d.]+)$/.exec(found);
  const value = share ? Number(share[1]) / Number(share[2]) : Number(found);
  return Number.isFinite(value) && Math.abs(value) <= 1e6 ? value : null;
}

/**
 * @param {string} text rows as a spreadsheet copies them, or separated by commas or spaces
 * @returns {number[][] | null} null for what is no grid of more than one number
 */
export function rowsIn(text) {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const rows = lines.map((line) => {
    const between = line.includes("\t") ? /\t/ : line.includes(";") ? /;/ : /[\s,]+/;
    return line.trim().replace(/^[[({]+|[\])},]+$/g, "").split(between).map(numberIn);
  });
  if (rows.length === 0 || (rows.length === 1 && rows[0].length === 1)) return null;
  if (rows.some((row) => row.length !== rows[0].length || row.includes(null))) return null;
  return /** @type {number[][]} */ (rows);
}

/**
 * @param {string} formula as the studio writes it
 * @returns {string} with the signs of print
 */
export function written(formula) {
  return formula.replace(/(?<![\de])-(?=[\d ])/g, "−").replaceAll(/ ?\* ?/g, "·");
}

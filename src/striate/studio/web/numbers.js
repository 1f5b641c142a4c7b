// @ts-check
/** How numbers are written. */

/**
 * @param {number | null} value
 * @returns {string} four digits that count: 0.1234, -12.34, 1.234e-7; "not finite" for null
 */
export function short(value) {
  if (value === null || !Number.isFinite(value)) return "not finite";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(3).replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}

/**
 * @param {number} count
 * @returns {string} 1,234,567
 */
export function counted(count) {
  return count.toLocaleString("en");
}

/**
 * @param {number} value
 * @returns {string} 61.7 k, 1.81 G
 */
export function amount(value) {
  for (const [limit, letter] of /** @type {[number, string][]} */ ([
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ])) {
    if (Math.abs(value) >= limit) return `${Number((value / limit).toPrecision(3))} ${letter}`;
  }
  return String(value);
}

/**
 * @param {number[]} sizes
 * @returns {string} 6×28×28
 */
export function by(sizes) {
  return sizes.join("×");
}

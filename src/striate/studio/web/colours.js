// @ts-check
/**
 * Colour maps for values, as lookup tables of 256 colours (RGBA): light means much in the dark
 * theme and little in the light one, so that nothing always looks like the ground.
 *
 * Both are for the colour-blind: lightness rises evenly in the one for values of one sign; the one
 * for both signs runs from blue over the ground to orange, its middle is zero.
 */

/** @typedef {"light" | "dark"} Theme */

/** @type {Record<Theme, { one: number[][], both: number[][] }>} */
const STOPS = {
  light: {
    one: [[255, 255, 255], [190, 212, 232], [110, 160, 205], [45, 100, 165], [8, 40, 90]],
    both: [[20, 80, 150], [120, 170, 215], [250, 250, 250], [240, 165, 90], [165, 75, 0]],
  },
  dark: {
    one: [[17, 20, 26], [35, 70, 120], [60, 125, 180], [140, 195, 225], [245, 252, 255]],
    both: [[120, 185, 255], [40, 95, 160], [17, 20, 26], [165, 90, 20], [255, 185, 100]],
  },
};

/** @type {Map<string, Uint32Array>} */
const tables = new Map();

/**
 * @param {Theme} theme
 * @param {boolean} signed whether values of both signs are shown, zero in the middle
 * @returns {Uint32Array} 256 pixels as `ImageData` keeps them (little-endian ABGR)
 */
export function colourTable(theme, signed) {
  const key = `${theme} ${signed}`;
  let table = tables.get(key);
  if (!table) {
    table = interpolated(STOPS[theme][signed ? "both" : "one"]);
    tables.set(key, table);
  }
  return table;
}

/**
 * @param {number[][]} stops
 * @returns {Uint32Array}
 */
function interpolated(stops) {
  const table = new Uint32Array(256);
  for (let index = 0; index < 256; index++) {
    const place = (index / 255) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    const [red, green, blue] = stops[low].map((from, channel) =>
      Math.round(from + (stops[low + 1][channel] - from) * (place - low)),
    );
    table[index] = (255 << 24) | (blue << 16) | (green << 8) | red;
  }
  return table;
}

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
    one: [
      [255, 255, 255],
      [190, 212, 232],
      [110, 160, 205],
      [45, 100, 165],
      [8, 40, 90],
    ],
    both: [
      [20, 80, 150],
      [120, 170, 215],
      [250, 250, 250],
      [240, 165, 90],
      [165, 75, 0],
    ],
  },
  dark: {
    one: [
      [17, 20, 26],
      [35, 70, 120],
      [60, 125, 180],
      [140, 195, 225],
      [245, 252, 255],
    ],
    both: [
      [120, 185, 255],
      [40, 95, 160],
      [17, 20, 26],
      [165, 90, 20],
      [255, 185, 100],
    ],
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
 * @param {Theme} theme
 * @param {boolean} signed
 * @returns {string} the same colours as CSS paints them, the largest value on the right
 */
export function gradient(theme, signed) {
  const stops = STOPS[theme][signed ? "both" : "one"];
  return `linear-gradient(to right, ${stops.map((stop) => `rgb(${stop.join(" ")})`).join(", ")})`;
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

/** @typedef {{ ground: string, ink: string }} Painted a colour as CSS takes it, and what is read on it */

/** @type {Map<string, Painted[]>} */
const painted = new Map();

/**
 * The colour of one value as CSS takes it, and black or white, which can be read on it.
 *
 * @param {Theme} theme
 * @param {import("./maps.js").Scale} scale
 * @param {number | null} value
 * @returns {Painted}
 */
export function cssColour(theme, scale, value) {
  const key = `${theme} ${scale.signed}`;
  let colours = painted.get(key);
  if (!colours) {
    colours = Array.from(colourTable(theme, scale.signed), inCss);
    painted.set(key, colours);
  }
  const span = scale.high - scale.low;
  const none = scale.signed ? 128 : 0;
  const place = span > 0 && value !== null ? ((value - scale.low) / span) * 255 : none;
  return colours[Math.max(0, Math.min(255, Math.round(place)))];
}

/**
 * @param {number} pixel
 * @returns {Painted}
 */
function inCss(pixel) {
  const [red, green, blue] = [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const light = [red, green, blue].map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
  // Contrast with white is 1.05 / (l + 0.05), with black (l + 0.05) / 0.05: equal at l = 0.179.
  return { ground: `rgb(${red}, ${green}, ${blue})`, ink: luminance > 0.179 ? "#000" : "#fff" };
}

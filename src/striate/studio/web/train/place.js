// @ts-check
/** Where in the Train view the user is, as the address says it. */

/** @typedef {import("../address.js").Address} Address */
/** @typedef {"layers" | "filters" | "tests" | "confusion" | "network"} Panel */

export const PANELS = /** @type {const} */ (["layers", "filters", "tests", "confusion", "network"]);
export const MOST_COMPARED = 6;

/**
 * @typedef {object} Place
 * @property {"design" | "run" | "compare"} page
 * @property {string | null} run
 * @property {string[]} compared
 * @property {Panel} panel
 * @property {number | null} moment the step to look back at, null for now
 * @property {number | null} example the test example shown inside the network
 * @property {string | null} layer whose filters are shown
 * @property {"examples" | "seconds"} along what the charts run along
 * @property {boolean} logarithmic
 */

/**
 * @param {Address} address
 * @returns {Place}
 */
export function placeIn(address) {
  const run = address.get("run");
  const compared = [...new Set((address.get("compare") ?? "").split(",").filter(Boolean))];
  const panel = /** @type {Panel} */ (address.get("panel"));
  return {
    page: compared.length ? "compare" : run ? "run" : "design",
    run,
    compared: compared.slice(0, MOST_COMPARED),
    panel: PANELS.includes(panel) ? panel : "layers",
    moment: whole(address.get("moment")),
    example: whole(address.get("example")),
    layer: address.get("layer"),
    along: address.get("along") === "seconds" ? "seconds" : "examples",
    logarithmic: address.get("scale") === "log",
  };
}

/**
 * @param {string | null} text
 * @returns {number | null}
 */
function whole(text) {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** What belongs to one run alone, to forget when another is shown. */
export const NOWHERE = { moment: null, example: null, layer: null, compare: null };

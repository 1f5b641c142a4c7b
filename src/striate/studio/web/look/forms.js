// @ts-check
/** In which form the values of a layer are shown, how large, and how many at a time. */

/**
 * A vector is a strip of cells, a line a curve for each channel, a plane a map for each channel; a
 * film is a plane whose frames (all axes before the last two) are chosen by a slider.
 *
 * @typedef {"vector" | "line" | "plane" | "film"} Form
 *
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} kind
 * @property {string} operation
 * @property {string} [module]
 * @property {string} window
 * @property {number[]} shape (C, *spatial), (K) of a vector
 * @property {(number | null)[]} receptive_field
 * @property {string | null} everything
 * @property {number} parameters
 * @property {number} multiply_adds
 * @property {string[]} notes
 * @property {string[]} operands
 * @property {boolean} filters
 */

/** Sides of a map that the zoom goes through, in CSS pixels; the third is where it begins. */
export const SIDES = [40, 60, 84, 120, 168, 240, 336, 480, 672];
export const FIRST_ZOOM = 2;

/** How much wider than a map of the same zoom a curve is. */
export const WIDE = 3.2;

export const GAP = 8;
const HEADING = 20;
const LARGEST_CELL = 28;
const CELLS_A_LINE = 32;
const FEW_CELLS = 20;
/** Height of the names and values below the cells of a strip. */
const NAMES = 40;

/**
 * @param {number[]} shape
 * @returns {Form}
 */
export function formOf(shape) {
  if (shape.length <= 1) return "vector";
  if (shape.length === 2) return "line";
  return shape.length === 3 ? "plane" : "film";
}

/**
 * @param {number[]} shape
 * @returns {{ frames: number, height: number, width: number }} of what one channel has; a line has
 *   the height 1, a vector a single value
 */
export function planeOf(shape) {
  const spatial = shape.slice(1);
  const width = spatial.at(-1) ?? 1;
  const height = spatial.at(-2) ?? 1;
  const frames = spatial.slice(0, -2).reduce((product, size) => product * size, 1);
  return { frames, height, width };
}

/**
 * @param {number[]} shape
 * @returns {number} channels; a single number is one
 */
export const channelsOf = (shape) => shape[0] ?? 1;

/**
 * How many channels make a page: fewer of large maps, so that a page is soon sent and painted.
 *
 * @param {number[]} shape
 * @returns {number}
 */
export function pageOf(shape) {
  if (formOf(shape) === "vector") return 1024;
  const { frames, height, width } = planeOf(shape);
  const values = frames * height * width;
  if (values >= 10_000) return 16;
  return values >= 700 ? 32 : 64;
}

/**
 * The size on the screen of one channel's map: whole pixels a value where there is room for them.
 *
 * @param {number[]} shape
 * @param {number} side the map's longer side, about
 * @returns {{ width: number, height: number }} in CSS pixels
 */
export function sizeOnScreen(shape, side) {
  const { height, width } = planeOf(shape);
  if (formOf(shape) === "line") {
    return { width: Math.round(side * WIDE), height: Math.round(side * 0.7) };
  }
  const cell = Math.min(side / Math.max(height, width), (LARGEST_CELL * side) / SIDES[FIRST_ZOOM]);
  const whole = cell >= 1 ? Math.floor(cell) : cell;
  return {
    width: Math.max(1, Math.round(width * whole)),
    height: Math.max(1, Math.round(height * whole)),
  };
}

/**
 * The strip of a vector: few values stand in one line and have room for their names.
 *
 * @param {number} count
 * @param {number} side as for maps
 * @param {number} room CSS pixels there are
 * @returns {{ columns: number, lines: number, cell: number, named: boolean }}
 */
export function stripOf(count, side, room) {
  if (count <= FEW_CELLS) {
    const cell = Math.max(
      12,
      Math.min(Math.round(side * 0.6), Math.floor(room / Math.max(count, 1))),
    );
    return { columns: Math.max(count, 1), lines: 1, cell, named: true };
  }
  const columns = Math.min(count, CELLS_A_LINE);
  const cell = Math.max(6, Math.min(Math.round(side / 6), Math.floor(room / columns)));
  return { columns, lines: Math.ceil(count / columns), cell, named: false };
}

/**
 * Where the maps of a page stand, line by line, each with a heading above it; a strip stands alone.
 *
 * @typedef {object} Arrangement all in CSS pixels
 * @property {number} width of each
 * @property {number} height of each, without its heading
 * @property {number} across how many stand in a line
 * @property {number} top of the first line, below its headings
 * @property {number} line from the top of one line to that of the next
 * @property {number} total height of all
 *
 * @param {number[]} shape
 * @param {number} count channels of the page
 * @param {number} side as for maps
 * @param {number} room there is
 * @returns {Arrangement}
 */
export function arrangementOf(shape, count, side, room) {
  if (formOf(shape) === "vector") {
    const { columns, lines, cell, named } = stripOf(count, side, room);
    const high = named ? Math.min(cell, LARGEST_CELL) : cell;
    return {
      width: cell * columns,
      height: high * lines,
      across: 1,
      top: 0,
      line: 0,
      total: high * lines + (named ? NAMES : 0),
    };
  }
  const size = sizeOnScreen(shape, side);
  const width = formOf(shape) === "line" ? Math.min(size.width, room) : size.width;
  const across = Math.max(1, Math.floor((room + GAP) / (width + GAP)));
  const line = HEADING + size.height + GAP;
  return {
    width,
    height: size.height,
    across: Math.min(across, count),
    top: HEADING,
    line,
    total: Math.ceil(count / across) * line - GAP,
  };
}

/**
 * The index (channel, *position) of a place on a map.
 *
 * @param {number[]} shape
 * @param {number} channel
 * @param {number} frame
 * @param {number} row
 * @param {number} column
 * @returns {number[]}
 */
export function indexAt(shape, channel, frame, row, column) {
  if (shape.length === 0) return [];
  const spatial = shape.slice(1);
  if (spatial.length === 0) return [channel];
  if (spatial.length === 1) return [channel, column];
  /** @type {number[]} */
  const before = [];
  let rest = frame;
  for (const size of spatial.slice(0, -2).reverse()) {
    before.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return [channel, ...before, row, column];
}

/**
 * The place on a map of an index; the opposite of `indexAt`.
 *
 * @param {number[]} shape
 * @param {number[]} index
 * @returns {{ channel: number, frame: number, row: number, column: number }}
 */
export function placeOf(shape, index) {
  const [channel = 0, ...position] = index;
  const spatial = shape.slice(1);
  let frame = 0;
  position.slice(0, -2).forEach((place, axis) => {
    frame = frame * spatial[axis] + place;
  });
  return { channel, frame, row: position.at(-2) ?? 0, column: position.at(-1) ?? 0 };
}

/**
 * A unit as people write it: conv1[3, 5, 7], channel first.
 *
 * @param {string} layer
 * @param {number[]} index
 */
export const unitName = (layer, index) => (index.length ? `${layer}[${index.join(", ")}]` : layer);

/**
 * Where a unit is, in words: "map 3, row 5, column 7".
 *
 * @param {number[]} shape
 * @param {number[]} index
 * @returns {string}
 */
export function whereInWords(shape, index) {
  const form = formOf(shape);
  if (index.length === 0) return "the value";
  if (form === "vector") return `unit ${index[0]}`;
  if (form === "line") return `channel ${index[0]}, place ${index[1]}`;
  const { channel, frame, row, column } = placeOf(shape, index);
  const at = form === "film" ? `frame ${frame}, ` : "";
  return `map ${channel}, ${at}row ${row}, column ${column}`;
}

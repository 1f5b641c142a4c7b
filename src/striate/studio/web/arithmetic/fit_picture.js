// @ts-check
/** How a window fits along one axis: the elements, the padding, and where the window stops. */

const MOST_CELLS = 40;
const MOST_WINDOWS = 12;
const CELL = 22;
const ROW = 9;

/**
 * @param {import("./size_layer.js").SizedAxis} axis
 * @param {string} name what the axis counts
 * @returns {SVGElement | null} null where there are too many to be drawn
 */
export function fitPicture({ input, padding, extent, starts, dropped, output }, name) {
  const [before, after] = padding;
  const cells = before + input + after;
  if (cells > MOST_CELLS || starts.length > MOST_WINDOWS || starts.length === 0) return null;
  const rows = Math.min(starts.length, Math.ceil(extent / Math.max((starts[1] ?? 1) - starts[0], 1)));
  const hanging = Math.max((starts.at(-1) ?? 0) + extent - input - after, 0);
  const width = (cells + hanging) * CELL + 2;
  const height = CELL + 6 + rows * ROW + 2;
  const left = dropped ? `, ${dropped} not read` : "";
  const svg = shape("svg", {
    class: "fit-picture",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": `${input} ${name}, padding ${before} and ${after}, ${output} windows of ${extent}${left}`,
  });
  for (let place = 0; place < cells; place++) {
    const element = place - before;
    const kind =
      element < 0 || element >= input ? "beyond" : element >= input - dropped ? "dropped" : "";
    svg.append(
      shape("rect", { class: `cell ${kind}`, x: place * CELL + 1.5, y: 1.5, width: CELL - 2, height: CELL - 2 }),
    );
  }
  starts.forEach((start, n) => {
    svg.append(
      shape("rect", {
        class: "stop",
        x: (start + before) * CELL + 2.5,
        y: CELL + 5 + (n % rows) * ROW,
        width: extent * CELL - 4,
        height: ROW - 3,
        rx: 2,
      }),
    );
  });
  return svg;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @returns {SVGElement}
 */
function shape(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

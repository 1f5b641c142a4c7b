// @ts-check
/** Filters over red, green and blue as the small colour images they answer to most. */

import { element } from "../element.js";

const SIZE = 52;

/**
 * @param {import("../source/source.js").Tensor} tensor [o, 3, kh, kw]
 * @param {boolean} each whether every filter has its own range of colours
 * @returns {HTMLElement} grey stands for zero
 */
export function colourFilters({ shape, data }, each) {
  const [filters, , height, width] = shape;
  const plane = height * width;
  const all = mostIn(data, 0, data.length);
  return element(
    "div",
    { class: "colour-tiles", role: "img", "aria-label": `${filters} filters in colour` },
    Array.from({ length: filters }, (_, filter) => {
      const begin = filter * 3 * plane;
      const most = (each ? mostIn(data, begin, begin + 3 * plane) : all) || 1;
      const canvas = element("canvas", { class: "values", width, height, title: `filter ${filter}` });
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      const image = context.createImageData(width, height);
      for (let index = 0; index < plane; index++) {
        for (let colour = 0; colour < 3; colour++) {
          image.data[4 * index + colour] = 127.5 + (127.5 * data[begin + colour * plane + index]) / most;
        }
        image.data[4 * index + 3] = 255;
      }
      context.putImageData(image, 0, 0);
      canvas.style.width = `${SIZE}px`;
      canvas.style.height = `${(SIZE * height) / width}px`;
      return canvas;
    }),
  );
}

/**
 * @param {ArrayLike<number>} data
 * @param {number} from
 * @param {number} to
 */
function mostIn(data, from, to) {
  let most = 0;
  for (let index = from; index < to; index++) most = Math.max(most, Math.abs(data[index]));
  return most;
}

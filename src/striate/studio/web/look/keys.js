// @ts-check
/** The keyboard over maps: arrows move a cursor, Enter keeps the value, Esc lets it go. */

import { whereInWords } from "./forms.js";
import { short } from "../numbers.js";

/** @typedef {import("./look_view.js").LookView} LookView */

const STEPS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
});

/**
 * @param {LookView} view
 * @returns {() => void} ends it
 */
export function watchKeys(view) {
  /** @param {KeyboardEvent} event */
  const anywhere = (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
      if (view.state.map || view.explaining.inspector.pinned) view.explaining.letGo();
      return;
    }
    const writing =
      event.target instanceof Element && event.target.closest("input, select, textarea");
    if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "-") view.zoom(event.key === "+" ? 1 : -1);
  };
  /** @param {KeyboardEvent} event */
  const overMaps = (event) => {
    const found = view.rows.figureOf(event.target);
    if (!found || event.ctrlKey || event.metaKey || event.altKey) return;
    const { row, figure } = found;
    const look = view.look;
    const key = event.key.toLowerCase();
    const here = view.explaining.cursorOn(row.layer.name, figure);
    if (STEPS[event.key]) {
      event.preventDefault();
      const [down, across] = STEPS[event.key];
      const place = here ?? {
        row: Math.floor(figure.stage.lines / 2) - down,
        column: Math.floor(figure.stage.columns / 2) - across,
      };
      const column = place.column + across;
      if (column < 0 || column >= figure.stage.columns) {
        step(row.figures, figure, across, place.row);
        return;
      }
      moveTo(row.layer, figure, clamp(place.row + down, figure.stage.lines), column);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (!here) moveTo(row.layer, figure, 0, 0);
      if (view.explaining.inspector.unit)
        view.explaining.inspector.pin(view.explaining.inspector.unit);
    } else if (key === "f") {
      const index = here ? figure.index(here.row, here.column, look) : null;
      view.explaining.showMap(row.layer.name, index?.[0] ?? figure.channel);
    }
  };

  /**
   * Over the edge lies the next map.
   *
   * @param {import("./figures.js").Figure[]} figures
   * @param {import("./figures.js").Figure} figure
   * @param {number} direction
   * @param {number} line
   */
  const step = (figures, figure, direction, line) => {
    const next = figures[figures.indexOf(figure) + direction];
    if (!next) return;
    figure.stage.root.tabIndex = -1;
    next.stage.root.tabIndex = 0;
    next.stage.root.focus();
    const found = view.rows.figureOf(next.stage.root);
    const column = direction > 0 ? 0 : next.stage.columns - 1;
    if (found) moveTo(found.row.layer, next, line, column);
  };

  /**
   * @param {import("./forms.js").Layer} layer
   * @param {import("./figures.js").Figure} figure
   * @param {number} line
   * @param {number} column
   */
  const moveTo = (layer, figure, line, column) => {
    const index = figure.index(line, column, view.look);
    if (!index) return;
    view.explaining.inspector.unpin();
    view.explaining.inspector.point({ layer: layer.name, index }, performance.now());
    const value = view.rows.byName.get(layer.name)?.valueAt(index) ?? null;
    view.say(`${whereInWords(layer.shape, index)}: ${short(value)}`);
  };

  document.addEventListener("keydown", anywhere);
  view.rows.root.addEventListener("keydown", overMaps);
  return () => document.removeEventListener("keydown", anywhere);
}

/** @param {number} place @param {number} size */
const clamp = (place, size) => Math.max(0, Math.min(size - 1, place));

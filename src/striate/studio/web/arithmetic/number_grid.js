// @ts-check
/**
 * A grid of numbers to edit, with what a boundary puts around it, and the window that lies on it.
 *
 * It is a table; Tab goes to one of its cells, the arrow keys from cell to cell. Rows copied from a
 * spreadsheet can be pasted.
 */

import { element, replaceChildren } from "../element.js";
import { figure, numberIn, rounded, rowsIn } from "./figures.js";

/**
 * @typedef {{ top: number, bottom: number, left: number, right: number }} Margins
 * @typedef {{ rows: number[], columns: number[], weights?: number[][] | null, winner?: number[] | null }} WindowPlaces
 *   the places that a window reads, counted as if the grid went on beyond its ends
 */

const NO_MARGINS = { top: 0, bottom: 0, left: 0, right: 0 };

export class NumberGrid {
  /**
   * @param {string} name what the grid is, for its cells' labels
   * @param {{ onEdit: (row: number, column: number, value: number) => void, onPaste: (row: number, column: number, rows: number[][]) => void }} listeners
   */
  constructor(name, { onEdit, onPaste }) {
    this._name = name;
    this._onEdit = onEdit;
    this._onPaste = onPaste;
    /** @type {number[][]} */
    this._values = [];
    /** @type {Margins} */
    this._margins = NO_MARGINS;
    /** @type {HTMLTableCellElement[][]} with those of the margins */
    this._cells = [];
    /** @type {HTMLTableCellElement[]} */
    this._marked = [];
    this._shape = "";
    this._active = [0, 0];
    /** @type {WindowPlaces | null} */
    this._window = null;
    this._table = element("table", { class: "sheet" });
    this._frame = element("div", { class: "window", hidden: true, "aria-hidden": "true" });
    this.element = element("div", { class: "grid" }, [this._table, this._frame]);
    this._table.addEventListener("keydown", (event) => this._onKey(event));
    this._table.addEventListener("paste", (event) => this._onPasted(event));
    new ResizeObserver(() => this._placeFrame()).observe(this._table);
  }

  /**
   * @param {number[][]} values
   * @param {{ margins?: Margins, padded?: number[][] | null, repeated?: boolean }} [beyond] what
   *   stands around the grid; `repeated` where those are values of the grid itself
   */
  show(values, { margins = NO_MARGINS, padded = null, repeated = false } = {}) {
    this._values = values;
    this._margins = margins;
    const { top, bottom, left, right } = margins;
    const shape = [values.length, values[0].length, top, bottom, left, right].join();
    if (shape !== this._shape) this._build(shape);
    this.element.classList.toggle("repeated", repeated);
    this._cells.forEach((row, r) => {
      row.forEach((cell, c) => {
        const input = cell.firstElementChild;
        const value = values[r - top]?.[c - left];
        if (input instanceof HTMLInputElement) {
          if (document.activeElement !== input) input.value = figure(value);
          cell.dataset.length = lengthOf(figure(value));
        } else if (cell.firstChild) {
          cell.firstChild.textContent = padded ? figure(padded[r][c]) : "";
          cell.dataset.length = lengthOf(cell.firstChild.textContent ?? "");
        }
      });
    });
  }

  /**
   * Marks what a window reads; null takes the mark away.
   *
   * @param {WindowPlaces | null} places
   */
  read(places) {
    for (const cell of this._marked) {
      cell.classList.remove("read", "winner");
      cell.querySelector(".weight")?.remove();
    }
    this._marked = [];
    this._window = places;
    if (places) {
      const { rows, columns, weights, winner } = places;
      rows.forEach((row, i) => {
        columns.forEach((column, j) => {
          const cell = this._cells[row + this._margins.top]?.[column + this._margins.left];
          if (!cell) return;
          cell.classList.add("read");
          if (winner && winner[0] === i && winner[1] === j) cell.classList.add("winner");
          if (weights) {
            const text = `×${rounded(weights[i][j], 2)}`;
            cell.append(element("span", { class: "weight", "aria-hidden": "true" }, [text]));
          }
          this._marked.push(cell);
        });
      });
    }
    this._placeFrame();
  }

  /** @param {string} shape */
  _build(shape) {
    this._shape = shape;
    this._marked = [];
    const { top, bottom, left, right } = this._margins;
    const rows = this._values.length;
    const columns = this._values[0].length;
    this._active = [Math.min(this._active[0], rows - 1), Math.min(this._active[1], columns - 1)];
    const wide = left + columns + right;
    const alone = top + rows + bottom === 1;
    this.element.dataset.size =
      wide <= 7 ? "large" : wide <= 10 ? "middle" : wide <= 16 ? "small" : "tiny";
    const head = element("tr", {}, [
      element("td", { class: "blank" }),
      ...Array.from({ length: wide }, (_, c) => {
        const inside = c >= left && c < left + columns;
        const shown = inside ? String(c - left + 1) : "pad";
        return element("th", { scope: "col", class: inside ? "" : "beyond" }, [shown]);
      }),
    ]);
    this._cells = Array.from({ length: top + rows + bottom }, (_, r) =>
      Array.from({ length: wide }, (_, c) => this._cell(r - top, c - left)),
    );
    replaceChildren(this._table, [
      element("thead", {}, [head]),
      element(
        "tbody",
        {},
        this._cells.map((cells, r) => {
          const inside = r >= top && r < top + rows;
          const shown = inside ? String(r - top + 1) : "pad";
          return element("tr", {}, [
            element("th", { scope: "row", class: inside ? "" : "beyond" }, [
              element("span", { class: alone ? "hidden" : "" }, [shown]),
            ]),
            ...cells,
          ]);
        }),
      ),
    ]);
  }

  /**
   * @param {number} row
   * @param {number} column
   * @returns {HTMLTableCellElement}
   */
  _cell(row, column) {
    if (this._values[row]?.[column] === undefined) {
      return element("td", { class: "beyond" }, [element("span")]);
    }
    const active = row === this._active[0] && column === this._active[1];
    const input = element("input", {
      type: "text",
      inputmode: "text",
      autocomplete: "off",
      spellcheck: "false",
      tabindex: active ? 0 : -1,
      "aria-label": `${this._name}, row ${row + 1}, column ${column + 1}`,
    });
    input.addEventListener("focus", () => {
      this._activate(row, column);
      input.select();
    });
    input.addEventListener("input", () => {
      const value = numberIn(input.value);
      const unfinished = /^\s*[-+−.]*$|\/\s*$/.test(input.value) && input.value.trim() !== "";
      if (value === null || unfinished) input.setAttribute("aria-invalid", "true");
      else {
        input.removeAttribute("aria-invalid");
        this._onEdit(row, column, value);
      }
    });
    input.addEventListener("blur", () => {
      input.removeAttribute("aria-invalid");
      const value = this._values[row]?.[column];
      if (value !== undefined) input.value = figure(value);
    });
    return element("td", {}, [input]);
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  _activate(row, column) {
    const before = this._inputAt(this._active[0], this._active[1]);
    if (before) before.tabIndex = -1;
    this._active = [row, column];
    const now = this._inputAt(row, column);
    if (now) now.tabIndex = 0;
  }

  /**
   * @param {number} row
   * @param {number} column
   * @returns {HTMLInputElement | null}
   */
  _inputAt(row, column) {
    if (this._values[row]?.[column] === undefined) return null;
    const found = this._cells[row + this._margins.top][column + this._margins.left];
    return /** @type {HTMLInputElement} */ (found.firstElementChild);
  }

  /** @param {KeyboardEvent} event */
  _onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [row, column] = this._active;
    const last = [this._values.length - 1, this._values[0].length - 1];
    /** @type {Record<string, number[]>} */
    const targets = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      Enter: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [row, 0],
      End: [row, last[1]],
    };
    const target = targets[event.key];
    if (!target) return;
    event.preventDefault();
    this._inputAt(target[0], target[1])?.focus();
  }

  /** @param {ClipboardEvent} event */
  _onPasted(event) {
    const rows = rowsIn(event.clipboardData?.getData("text") ?? "");
    if (!rows) return;
    event.preventDefault();
    this._onPaste(this._active[0], this._active[1], rows);
  }

  _placeFrame() {
    const places = this._window;
    const { top, left } = this._margins;
    const first = places && this._cells[places.rows[0] + top]?.[places.columns[0] + left];
    const last =
      places &&
      this._cells[/** @type {number} */ (places.rows.at(-1)) + top]?.[
        /** @type {number} */ (places.columns.at(-1)) + left
      ];
    const shown = Boolean(first && last);
    // It moves from place to place, but appears at once where it is.
    this._frame.classList.toggle("moving", shown && !this._frame.hidden);
    this._frame.hidden = !shown;
    if (!first || !last) return;
    const x = this._table.offsetLeft + first.offsetLeft;
    const y = this._table.offsetTop + first.offsetTop;
    const width = last.offsetLeft + last.offsetWidth - first.offsetLeft;
    this._frame.style.transform = `translate(${x}px, ${y}px)`;
    this._frame.style.width = `${width}px`;
    this._frame.style.height = `${last.offsetTop + last.offsetHeight - first.offsetTop}px`;
    // Where the grid is wider than the screen, the window stays in sight.
    const { scrollLeft, clientWidth } = this.element;
    if (x < scrollLeft) this.element.scrollLeft = x - first.offsetWidth;
    else if (x + width > scrollLeft + clientWidth) {
      this.element.scrollLeft = x + width + first.offsetWidth - clientWidth;
    }
  }
}

/**
 * @param {string} text
 * @returns {string} how small it must be written to fit into a cell
 */
function lengthOf(text) {
  return text.length <= 4 ? "short" : text.length <= 6 ? "long" : "longest";
}

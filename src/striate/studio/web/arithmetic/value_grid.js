// @ts-check
/**
 * A grid of computed values, of which one is chosen: by a click, by dragging over it, by the arrow
 * keys.
 */

import { element, replaceChildren } from "../element.js";
import { figure, rounded } from "./figures.js";

export class ValueGrid {
  /**
   * @param {string} name what the grid is, for its cells' labels
   * @param {(row: number, column: number) => void} onSelect
   * @param {number} [digits] of broken numbers
   */
  constructor(name, onSelect, digits = 4) {
    this._name = name;
    this._digits = digits;
    this._onSelect = onSelect;
    /** @type {number[][]} */
    this._values = [];
    /** @type {HTMLButtonElement[][]} */
    this._buttons = [];
    this._selected = [0, 0];
    this._known = Infinity;
    this._table = element("table", { class: "sheet values" });
    this.element = element("div", { class: "grid" }, [this._table]);
    this._table.addEventListener("keydown", (event) => this._onKey(event));
    this._table.addEventListener("pointerdown", (event) => this._onPointer(event, true));
    this._table.addEventListener("pointermove", (event) => this._onPointer(event, false));
  }

  /**
   * @param {number[][]} values
   * @param {number} [known] how many of them, row by row, are shown already
   */
  show(values, known = Infinity) {
    const rows = values.length;
    const columns = values[0].length;
    const built = rows === this._buttons.length && columns === this._buttons[0]?.length;
    this._values = values;
    this._known = known;
    if (!built) this._build(rows, columns);
    this._buttons.forEach((row, r) => {
      row.forEach((button, c) => {
        const shown = r * columns + c < known;
        const text = shown ? rounded(values[r][c], this._digits) : "";
        const said = shown ? figure(values[r][c]) : "still to come";
        if (button.textContent !== text) button.textContent = text;
        button.setAttribute("aria-label", `${this._name}, row ${r + 1}, column ${c + 1}: ${said}`);
        button.classList.toggle("unknown", !shown);
      });
    });
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  select(row, column) {
    const before = this._buttons[this._selected[0]]?.[this._selected[1]];
    const hadFocus = before !== undefined && document.activeElement === before;
    if (before) {
      before.tabIndex = -1;
      before.removeAttribute("aria-current");
    }
    this._selected = [row, column];
    const now = this._buttons[row]?.[column];
    if (!now) return;
    now.tabIndex = 0;
    now.setAttribute("aria-current", "true");
    if (hadFocus) now.focus();
  }

  /**
   * @param {number} rows
   * @param {number} columns
   */
  _build(rows, columns) {
    this.element.dataset.size =
      columns <= 7 ? "large" : columns <= 10 ? "middle" : columns <= 16 ? "small" : "tiny";
    this._buttons = Array.from({ length: rows }, (_, r) =>
      Array.from({ length: columns }, (_, c) =>
        element("button", {
          type: "button",
          tabindex: -1,
          "data-row": r,
          "data-column": c,
          onclick: () => this._onSelect(r, c),
        }),
      ),
    );
    const head = Array.from({ length: columns }, (_, c) =>
      element("th", { scope: "col" }, [String(c + 1)]),
    );
    replaceChildren(this._table, [
      element("thead", {}, [element("tr", {}, [element("td", { class: "blank" }), ...head])]),
      element(
        "tbody",
        {},
        this._buttons.map((row, r) =>
          element("tr", {}, [
            element("th", { scope: "row" }, [
              element("span", { class: rows === 1 ? "hidden" : "" }, [String(r + 1)]),
            ]),
            ...row.map((button) => element("td", {}, [button])),
          ]),
        ),
      ),
    ]);
    const row = Math.min(this._selected[0], rows - 1);
    this.select(row, Math.min(this._selected[1], columns - 1));
  }

  /** @param {KeyboardEvent} event */
  _onKey(event) {
    const [row, column] = this._selected;
    /** @type {Record<string, number[]>} */
    const targets = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [row, 0],
      End: [row, this._values[0].length - 1],
    };
    const target = targets[event.key];
    if (!target || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const button = this._buttons[target[0]]?.[target[1]];
    if (!button) return;
    this._onSelect(target[0], target[1]);
    button.focus();
  }

  /**
   * @param {PointerEvent} event
   * @param {boolean} pressed
   */
  _onPointer(event, pressed) {
    if (!pressed && (event.buttons & 1) === 0) return;
    const under = document.elementFromPoint(event.clientX, event.clientY);
    const button = under?.closest("button[data-row]");
    if (!(button instanceof HTMLButtonElement) || !this._table.contains(button)) return;
    const row = Number(button.dataset.row);
    const column = Number(button.dataset.column);
    if (pressed || row !== this._selected[0] || column !== this._selected[1]) {
      this._onSelect(row, column);
    }
  }
}

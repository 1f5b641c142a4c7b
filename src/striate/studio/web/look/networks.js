// @ts-check
/** Choosing the network: a list in groups that can be searched, and the size of its input. */

import { element, replaceChildren } from "../element.js";
import { by } from "../numbers.js";

/** @typedef {{ source: string, title: string, group: string, input_shape: number[] | null }} Listed */

export class Networks {
  /**
   * @param {(source: string) => void} onChoose
   * @param {(shape: number[] | null) => void} onShape another size of the input; null for its own
   */
  constructor(onChoose, onShape) {
    this._onChoose = onChoose;
    /** @type {Listed[]} */
    this._listed = [];
    /** @type {Listed[]} */
    this._found = [];
    this._at = 0;
    this._source = "";
    this._title = element("span", { class: "title" }, ["…"]);
    this._button = element(
      "button",
      { type: "button", class: "network", "aria-haspopup": "dialog", onclick: () => this._open() },
      [this._title, element("span", { "aria-hidden": "true" }, ["▾"])],
    );
    this._search = element("input", {
      type: "search",
      role: "combobox",
      placeholder: "Search: resnet, vgg, mnist …",
      "aria-label": "Search networks",
      "aria-expanded": "true",
      "aria-controls": "network-list",
      "aria-autocomplete": "list",
      autocomplete: "off",
      oninput: () => this._find(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this._key(event),
    });
    this._list = element("div", {
      id: "network-list",
      role: "listbox",
      tabindex: 0,
      "aria-label": "Networks",
    });
    this._count = element("p", { class: "faint", role: "status" });
    this._dialog = element("dialog", { class: "networks", "aria-label": "Choose a network" }, [
      element("header", {}, [
        this._search,
        element("button", { type: "button", onclick: () => this._dialog.close() }, ["Close"]),
      ]),
      this._list,
      this._count,
    ]);
    this._shape = element("input", {
      class: "number",
      size: 11,
      spellcheck: "false",
      autocomplete: "off",
      "aria-label": "Size of the input: channels, height, width",
      title: "Another size of the input, such as 3x64x64; empty for the network's own",
      onchange: () => onShape(shapeOf(this._shape.value)),
    });
    this.root = element("div", { class: "chosen" }, [
      this._button,
      element("label", { class: "shape" }, ["Input", this._shape]),
      this._dialog,
    ]);
    this._dialog.addEventListener("click", (event) => {
      if (event.target === this._dialog) this._dialog.close();
    });
  }

  /** @param {Listed[]} listed */
  list(listed) {
    this._listed = listed;
  }

  /**
   * @param {string} source
   * @param {number[] | null} shape null while it is not known
   */
  show(source, shape) {
    this._source = source;
    this._title.textContent = this.titleOf(source);
    this._button.setAttribute("aria-label", `Network: ${this._title.textContent}. Choose another`);
    this._shape.value = shape ? by(shape) : "";
  }

  /** @param {string} source */
  titleOf(source) {
    return this._listed.find((one) => one.source === source)?.title ?? firstLine(source);
  }

  _open() {
    this._search.value = "";
    this._find();
    this._dialog.showModal();
    this._search.focus();
    this._list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "center" });
  }

  _find() {
    const words = this._search.value.toLowerCase().split(/\s+/).filter(Boolean);
    this._found = this._listed.filter(({ source, title, group }) => {
      const text = `${source} ${title} ${group}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const own = this._found.findIndex(({ source }) => source === this._source);
    this._at = words.length ? 0 : Math.max(own, 0);
    this._fill();
  }

  _fill() {
    const groups = new Map(this._found.map(({ group }) => [group, /** @type {Node[]} */ ([])]));
    this._found.forEach((one, number) => {
      groups.get(one.group)?.push(
        element(
          "div",
          {
            role: "option",
            id: `network-${number}`,
            "aria-selected": String(one.source === this._source),
            class: number === this._at ? "at" : "",
            onclick: () => this._choose(one),
          },
          [
            element("span", {}, [one.title]),
            element("span", { class: "faint number" }, [
              one.input_shape ? by(one.input_shape) : "",
            ]),
          ],
        ),
      );
    });
    replaceChildren(
      this._list,
      [...groups].map(([group, options], number) =>
        element("div", { role: "group", "aria-labelledby": `network-group-${number}` }, [
          element("p", { class: "group", id: `network-group-${number}` }, [group]),
          ...options,
        ]),
      ),
    );
    this._count.textContent = this._found.length
      ? `${this._found.length} of ${this._listed.length} networks`
      : "No network has these words in its name.";
    this._point();
  }

  _point() {
    const at = this._list.querySelector(".at");
    if (at) this._search.setAttribute("aria-activedescendant", at.id);
    else this._search.removeAttribute("aria-activedescendant");
    at?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this._list.querySelector(".at")?.classList.remove("at");
      this._at = Math.max(0, Math.min(this._found.length - 1, this._at + step));
      this._list.querySelector(`#network-${this._at}`)?.classList.add("at");
      this._point();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const chosen = this._found[this._at];
      if (chosen) this._choose(chosen);
    }
  }

  /** @param {Listed} listed */
  _choose({ source }) {
    this._dialog.close();
    this._onChoose(source);
  }
}

/**
 * @param {string} text
 * @returns {number[] | null} null for an empty text; sizes that are no numbers are NaN
 */
export function shapeOf(text) {
  const parts = text
    .trim()
    .split(/\s*[x×*,\s]\s*/)
    .filter(Boolean);
  return parts.length ? parts.map(Number) : null;
}

/** @param {string} source */
const firstLine = (source) => source.split("\n")[0].slice(0, 60);

// @ts-check
/** The network as text: a text field with line numbers, what is wrong underlined, and sizes beside. */

import { element, replaceChildren } from "../element.js";
import { Gutter } from "./gutter.js";
import { brokenLine, indented } from "./indent.js";
import { Underlines } from "./underlines.js";

/** @typedef {import("./types.js").Report} Report */

const FEWEST_LINES = 14;

export class Editor {
  /** @param {{ onInput: (text: string) => void, onLine: (line: number) => void }} events */
  constructor({ onInput, onLine }) {
    this._onInput = onInput;
    this._onLine = onLine;
    this._line = 0;
    this._leaving = false;
    this._numbers = element("div", { class: "line-numbers", "aria-hidden": "true" });
    this._underlines = new Underlines();
    this._gutter = new Gutter();
    this.field = element("textarea", {
      class: "network-text",
      id: "network-text",
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
      wrap: "off",
      "aria-describedby": "editor-keys network-mistakes",
      oninput: () => this._changed(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this._key(event),
      onscroll: () => this._underlines.follow(this.field.scrollLeft),
    });
    for (const name of ["keyup", "click", "focus"]) {
      this.field.addEventListener(name, () => this._tellLine());
    }
    this.root = element("div", { class: "editor" }, [
      this._numbers,
      element("div", { class: "network-page" }, [this._underlines.root, this.field]),
      this._gutter.root,
    ]);
    this._layOut();
  }

  get text() {
    return this.field.value;
  }

  /** The line of the caret, from 1. */
  get line() {
    return Math.max(1, this._line);
  }

  /** @param {string} text takes the place of all, as one step that Ctrl-Z undoes */
  set text(text) {
    if (text === this.field.value) return;
    this._replace({ text, from: text.length, to: text.length });
  }

  /** @param {string} text begins another design, which nothing undoes */
  load(text) {
    this.field.value = text;
    this._changed();
  }

  /**
   * @param {Report | null} report
   * @param {{ message: string, line: number } | null} misfit
   */
  show(report, misfit) {
    this._underlines.show(this.text, report, misfit);
    this._gutter.show(this._count(), report);
  }

  /**
   * @param {number} line
   * @param {number} column
   */
  goTo(line, column) {
    const before = this.text.split("\n").slice(0, line - 1);
    const place = before.reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    this.field.focus();
    this.field.setSelectionRange(place, place);
    this._tellLine();
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    const leaving = this._leaving;
    if (event.key !== "Shift") this._leaving = event.key === "Escape";
    if (!plain) return;
    const { value: text, selectionStart: from, selectionEnd: to } = this.field;
    if (event.key === "Tab" && !leaving) {
      event.preventDefault();
      this._replace(indented({ text, from, to }, event.shiftKey));
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this._replace(brokenLine({ text, from, to }));
    }
  }

  /**
   * Writes what changed through the browser's own editing, so that it can be undone.
   *
   * @param {import("./indent.js").Edited} edited
   */
  _replace({ text, from, to }) {
    const old = this.field.value;
    let begin = 0;
    while (begin < old.length && begin < text.length && old[begin] === text[begin]) begin++;
    let same = 0;
    while (
      same < old.length - begin &&
      same < text.length - begin &&
      old[old.length - 1 - same] === text[text.length - 1 - same]
    ) {
      same++;
    }
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(begin, old.length - same);
    const added = text.slice(begin, text.length - same);
    const done = added
      ? document.execCommand("insertText", false, added)
      : document.execCommand("delete");
    if (!done || this.field.value !== text) {
      this.field.value = text;
      this._changed();
    }
    this.field.setSelectionRange(from, to);
    this._tellLine();
  }

  _changed() {
    this._layOut();
    this._onInput(this.text);
    this._tellLine();
  }

  _layOut() {
    const count = this._count();
    this.field.rows = Math.max(FEWEST_LINES, count);
    if (this._numbers.childElementCount !== count) {
      replaceChildren(
        this._numbers,
        Array.from({ length: count }, (_, index) => element("span", {}, [index + 1])),
      );
    }
    this._gutter.keep(count);
  }

  _count() {
    return this.text.split("\n").length;
  }

  _tellLine() {
    const line = this.text.slice(0, this.field.selectionStart).split("\n").length;
    if (line === this._line) return;
    this._numbers.children[this._line - 1]?.classList.remove("here");
    this._numbers.children[line - 1]?.classList.add("here");
    this._line = line;
    this._onLine(line);
  }
}

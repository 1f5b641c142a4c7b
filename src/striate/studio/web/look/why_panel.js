// @ts-check
/** The arithmetic behind one value: what was read, by what it was multiplied, what it comes to. */

import { element } from "../element.js";
import { counted, short } from "../numbers.js";
import { Calculation } from "./calculation.js";
import { familiesOf, largest } from "./families.js";
import { unitName, whereInWords } from "./forms.js";
import { entryWords, extremesOfAll } from "./grids.js";
import { entryName, indexOf, readPatch } from "./patch.js";
import { PatchView, likeness, set } from "./patch_view.js";

/**
 * @typedef {import("./families.js").Family} Family
 * @typedef {import("./families.js").Numbered} Numbered
 * @typedef {import("./given.js").Span} Span
 * @typedef {import("./patch.js").Patch} Patch
 * @typedef {import("./state.js").Unit} Unit
 *
 * @typedef {import("./calculation.js").Step} Step
 *
 * @typedef {object} Found what the server says of a unit
 * @property {object} why
 * @property {string} why.layer
 * @property {number[]} why.index
 * @property {number | null} why.value
 * @property {string} why.kind
 * @property {string} why.operation
 * @property {string} why.summary
 * @property {import("./patch.js").PlainPatch[]} why.patches
 * @property {Step[]} why.steps
 * @property {{ patch: number, place: number[] } | null} why.winner
 * @property {{ count: number, rest: number | null }} [why.patches_left_out]
 * @property {{ spans: Span[], everything: string | null }} box
 * @property {{ layer: string, first: number[], last: number[] }[]} windows
 * @property {number} parents
 *
 * @typedef {object} WhyHost
 * @property {(unit: Unit) => void} onWalk to a value that was read
 * @property {(unit: Unit) => { unit: Unit, value: number | null } | null} activated the activation that
 *   follows a value, and what it gives if that is known
 * @property {(unit: Unit | null) => void} onEntry that is pointed at
 * @property {(layer: string) => number[] | null} shapeOf
 * @property {(layer: string, channel: number) => string | null} className of a unit of a vector
 * @property {() => "light" | "dark"} theme
 */

const MOST_AT_ONCE = 6;
const FIRST_BUILT = 2;
const STILL = 150;
const POINT = "Point at an entry to see where it was read; click it to go there.";
const NOTHING = "This is what came in: nothing was computed here.";
const MOST_SINGLES = 12;

export class WhyPanel {
  /** @param {WhyHost} host */
  constructor(host) {
    this._host = host;
    this._unit = element("span", { class: "number unit" });
    this._value = element("span", { class: "number value" });
    this._where = element("p", { class: "faint where" });
    this._operation = element("span", { class: "operation number" });
    this._summary = element("span");
    this._calculation = new Calculation();
    this._activated = element("p", { class: "activated" });
    this._sees = element("p", { class: "faint sees" });
    this._caption = element("p", { class: "entry number", "aria-live": "off" });
    this._list = element("div", { class: "patches" });
    this.root = element("div", { class: "arithmetic" }, [
      element("h2", {}, [this._unit, " = ", this._value]),
      this._where,
      element("p", { class: "summary" }, [this._operation, this._summary]),
      this._calculation.root,
      this._activated,
      this._sees,
      this._caption,
      this._list,
    ]);
    /** @type {Patch[]} */
    this._patches = [];
    /** Which family is shown whole, by its number. */
    this._all = "";
    this._pointed = "";
    /** What the views of the patches, family by family, are made for. */
    this._structure = "";
    /** @type {PatchView[][]} */
    this._views = [];
    /** What is said below each family of those that are not shown. */
    /** @type {HTMLElement[]} */
    this._lefts = [];
    /** @type {Found | null} */
    this._found = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    for (const type of ["pointerover", "focusin"]) {
      this.root.addEventListener(type, (event) => this._over(event));
    }
    this.root.addEventListener("pointerleave", () => this._point(null, null));
    this.root.addEventListener("click", (event) => this._click(event));
    this.root.addEventListener("keydown", (event) => this._key(event));
  }

  /** @param {Found} found */
  show(found) {
    const { why, box } = found;
    const unit = unitName(why.layer, why.index);
    if (unit !== this._unit.textContent) this._all = "";
    this._found = found;
    this._patches = why.patches.map(readPatch);
    set(this._unit, unit);
    set(this._value, short(why.value));
    set(this._where, this._whereWords(why));
    set(this._operation, why.operation);
    set(this._summary, ` ${why.summary}`);
    this._calculation.show(why.steps);
    this.showActivated(why);
    set(this._sees, seesWords(box, why.kind));
    const hint = this._patches.length ? POINT : NOTHING;
    if (!this._pointed) set(this._caption, hint);
    this._showPatches(why);
  }

  /** @param {Found["why"]} why */
  _whereWords({ layer, index }) {
    const name = index.length === 1 ? this._host.className(layer, index[0]) : null;
    return name === null || name === String(index[0])
      ? whereInWords(this._host.shapeOf(layer) ?? [], index)
      : `unit ${index[0]}: ${name}`;
  }

  /** @param {Unit} unit whose activation is named, with its value if that is known by now */
  showActivated({ layer, index }) {
    const next = this._host.activated({ layer, index });
    this._activated.hidden = next === null;
    if (!next) return;
    const name = unitName(next.unit.layer, next.unit.index);
    this._activated.replaceChildren(
      "then ",
      element(
        "button",
        { type: "button", class: "number", onclick: () => this._host.onWalk(next.unit) },
        [name],
      ),
      next.value === null ? "" : element("span", { class: "number" }, [` = ${short(next.value)}`]),
    );
  }

  /** @param {Found["why"]} why */
  _showPatches(why) {
    clearTimeout(this._timer);
    const won = why.winner?.patch ?? null;
    const families = familiesOf(this._patches).map((family, number) => {
      const most = family.form === "singles" ? MOST_SINGLES : MOST_AT_ONCE;
      const all = this._all === String(number);
      const chosen = all ? family.patches : largest(family.patches, most, won);
      return { ...family, chosen };
    });
    const likenesses = families.map(({ form, chosen, patches }) =>
      [patches.length, ...chosen.map(({ patch }) => likeness(form, patch))].join(),
    );
    const structure = likenesses.join("; ");
    const shown = families.map(({ chosen, patches }) => {
      const extremes = extremesOfAll(patches.map(({ patch }) => patch));
      return chosen.map(({ patch, number }) => this._shown(why, patch, number, extremes));
    });
    const same = structure === this._structure;
    if (same) {
      this._views.forEach((views, family) =>
        views.forEach((view, number) => view.update(shown[family][number])),
      );
    } else {
      this._structure = structure;
      this._views = families.map(({ form }, family) =>
        shown[family].map((one) => new PatchView(form, one)),
      );
      for (const view of this._views.flat().slice(0, FIRST_BUILT)) view.fill();
    }
    const left = [
      ...families.map((family, number) =>
        this._left(family, number, families.length, won !== null),
      ),
      leftOut(why),
    ];
    if (same) left.forEach((words, number) => this._lefts[number].replaceWith(words));
    else {
      const listed = this._views.map((views) => views.map(({ root }) => root));
      this._list.replaceChildren(
        ...left.flatMap((words, number) => [...(listed[number] ?? []), words]),
      );
    }
    this._lefts = left;
    // Under a pointer that moves only what is seen first is made.
    this._timer = setTimeout(() => {
      for (const view of this._views.flat()) if (!view.filled) view.fill();
    }, STILL);
    const first = this._list.querySelector("[data-entry]");
    if (first instanceof HTMLElement) first.tabIndex = 0;
  }

  /**
   * @param {Found["why"]} why
   * @param {Patch} patch
   * @param {number} number
   * @param {import("./grids.js").Extremes} extremes
   * @returns {import("./patch_view.js").Shown}
   */
  _shown(why, patch, number, extremes) {
    const vector = patch.plain.first.length === 1;
    return {
      patch,
      number,
      winner: winnerOf(why, number, patch),
      extremes,
      theme: this._host.theme(),
      called: (entry) =>
        vector && patch.inside[entry]
          ? this._host.className(patch.layer, indexOf(patch, entry)[0])
          : null,
    };
  }

  /**
   * What is said of the patches of a family that are not shown.
   *
   * @param {Family & { chosen: Numbered[] }} family
   * @param {number} number
   * @param {number} families
   * @param {boolean} maximum
   * @returns {HTMLElement}
   */
  _left({ patches, chosen }, number, families, maximum) {
    const left = patches.filter((one) => !chosen.includes(one));
    if (!left.length) return element("p", { hidden: true });
    const weighted = patches.some(({ patch }) => patch.weights);
    const rest = left.reduce((sum, { patch }) => sum + patch.sum, 0);
    const together = !maximum && (weighted || families > 1) ? `, together ${short(rest)} ` : " ";
    const all = () => {
      this._all = String(number);
      if (this._found) this.show(this._found);
    };
    return element("p", { class: "more" }, [
      `${counted(left.length)} more${together}`,
      element("button", { type: "button", onclick: all }, [`Show all ${counted(patches.length)}`]),
    ]);
  }

  /**
   * @param {EventTarget | null} target
   * @returns {{ patch: Patch, entry: number, cell: HTMLElement } | null}
   */
  _entry(target) {
    const cell = target instanceof Element ? target.closest("[data-entry]") : null;
    const owner = cell?.closest("[data-patch]");
    if (!(cell instanceof HTMLElement) || !(owner instanceof HTMLElement)) return null;
    const patch = this._patches[Number(owner.dataset.patch)];
    return patch ? { patch, entry: Number(cell.dataset.entry), cell } : null;
  }

  /** @param {Event} event */
  _over(event) {
    const found = this._entry(event.target);
    this._point(found?.patch ?? null, found?.entry ?? null);
  }

  /**
   * @param {Patch | null} patch
   * @param {number | null} entry
   */
  _point(patch, entry) {
    const key = patch && entry !== null ? `${this._patches.indexOf(patch)} ${entry}` : "";
    if (key === this._pointed) return;
    this._pointed = key;
    for (const cell of this.root.querySelectorAll(".pointed")) cell.classList.remove("pointed");
    if (!patch || entry === null) {
      this._host.onEntry(null);
      return;
    }
    const number = this._patches.indexOf(patch);
    const same = `[data-patch="${number}"] [data-entry="${entry}"]`;
    for (const cell of this.root.querySelectorAll(same)) cell.classList.add("pointed");
    this._caption.textContent = entryWords(patch, entry, entryName(patch, entry));
    this._host.onEntry(
      patch.inside[entry] ? { layer: patch.layer, index: indexOf(patch, entry) } : null,
    );
  }

  /** @param {Event} event */
  _click(event) {
    const found = this._entry(event.target);
    if (found?.patch.inside[found.entry]) {
      this._host.onWalk({ layer: found.patch.layer, index: indexOf(found.patch, found.entry) });
    }
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    const found = this._entry(event.target);
    if (!found) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this._click(event);
      return;
    }
    const next = neighbour(found.cell, event.key, this.root);
    if (!next) return;
    event.preventDefault();
    found.cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

/**
 * @param {Found["why"]} why
 * @returns {HTMLElement}
 */
function leftOut({ patches_left_out: left }) {
  if (!left?.count) return element("p", { hidden: true });
  const words = `and ${counted(left.count)} more channels, together ${short(left.rest)}`;
  return element("p", { class: "faint" }, [words]);
}

/**
 * @param {Found["why"]} why
 * @param {number} number of the patch
 * @param {Patch} patch
 * @returns {number | null} entry of the largest, if this patch has it
 */
function winnerOf({ winner }, number, patch) {
  if (winner?.patch !== number) return null;
  if (patch.indices) {
    const wanted = winner.place.join();
    const found = patch.indices.findIndex(
      (index) => index.slice(-winner.place.length).join() === wanted,
    );
    return found < 0 ? null : found;
  }
  return winner.place.reduce((entry, place, axis) => entry * patch.shape[axis] + place, 0);
}

const AXES = [["place"], ["row", "column"], ["frame", "row", "column"]];

/**
 * What a unit sees of the input, in words.
 *
 * @param {Found["box"]} box
 * @param {string} kind
 * @returns {string}
 */
export function seesWords({ spans, everything }, kind) {
  if (kind === "input" || spans.length === 0) return "";
  if (everything) {
    return `Sees all that any unit sees since ${everything}: ${extent(spans)} of the input.`;
  }
  if (spans.some(({ first, last }) => last < first))
    return "Sees nothing of the input but padding.";
  const size = spans
    .map((span) => span.last - span.first + 1 + span.padding_before + span.padding_after)
    .join("×");
  const padding = spans.some((span) => span.padding_before || span.padding_after);
  return `Sees ${size} of the input: ${extent(spans)}${padding ? ", the rest is padding" : ""}.`;
}

/** @param {Span[]} spans */
function extent(spans) {
  const names = AXES[spans.length - 1] ?? [];
  return spans
    .map(({ first, last }, axis) => {
      const name = names[axis] ?? `axis ${axis}`;
      return first === last ? `${name} ${first}` : `${name}s ${first} to ${last}`;
    })
    .join(", ");
}

/**
 * The entry beside another one, by an arrow key: in its own grid, or the first of the next.
 *
 * @param {HTMLElement} cell
 * @param {string} key
 * @param {HTMLElement} root
 * @returns {HTMLElement | null}
 */
function neighbour(cell, key, root) {
  const row = cell.closest("tr");
  const across = [...(row?.querySelectorAll("[data-entry]") ?? [cell])];
  const place = across.indexOf(cell);
  let found = null;
  if (key === "ArrowRight") found = across[place + 1];
  else if (key === "ArrowLeft") found = across[place - 1];
  else if (key === "ArrowDown" || key === "ArrowUp") {
    const rows = [...root.querySelectorAll("tr:has([data-entry]), .single")];
    const own = rows.indexOf(row ?? /** @type {Element} */ (cell.closest(".single")));
    const next = rows[own + (key === "ArrowDown" ? 1 : -1)];
    const entries = [...(next?.querySelectorAll("[data-entry]") ?? [])];
    found = entries[Math.min(place, entries.length - 1)];
  }
  return found instanceof HTMLElement ? found : null;
}

// @ts-check
/** The arithmetic behind one value: what was read, by what it was multiplied, what it comes to. */

import { append, element } from "../element.js";
import { counted, short } from "../numbers.js";
import { familiesOf, largest } from "./families.js";
import { unitName, whereInWords } from "./forms.js";
import { entryWords, extremesOfAll, makeGrids } from "./grids.js";
import { entryName, indexOf, patchName, readPatch } from "./patch.js";
import { makeTerms } from "./terms.js";

/**
 * @typedef {import("./families.js").Family} Family
 * @typedef {import("./families.js").Numbered} Numbered
 * @typedef {import("./given.js").Span} Span
 * @typedef {import("./patch.js").Patch} Patch
 * @typedef {import("./state.js").Unit} Unit
 *
 * @typedef {{ label: string, formula: string, value: number | null }} Step
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
 * @property {(unit: Unit | null) => void} onEntry that is pointed at
 * @property {(layer: string) => number[] | null} shapeOf
 * @property {(layer: string, channel: number) => string | null} className of a unit of a vector
 * @property {() => "light" | "dark"} theme
 */

const MOST_AT_ONCE = 6;
const FIRST_BUILT = 2;
const STILL = 150;
const MOST_SINGLES = 12;

export class WhyPanel {
  /** @param {WhyHost} host */
  constructor(host) {
    this._host = host;
    this._caption = element("p", { class: "entry number", "aria-live": "off" }, [" "]);
    this.root = element("div", { class: "arithmetic" });
    /** @type {Patch[]} */
    this._patches = [];
    /** Which family is shown whole, by its number. */
    this._all = "";
    this._unit = "";
    this._pointed = "";
    this._reshow = () => {};
    /** @type {(() => void)[]} */
    this._later = [];
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
  show({ why, box }) {
    const unit = unitName(why.layer, why.index);
    if (unit !== this._unit) this._all = "";
    this._unit = unit;
    clearTimeout(this._timer);
    this._later = [];
    this._patches = why.patches.map(readPatch);
    const shape = this._host.shapeOf(why.layer) ?? [];
    const name = why.index.length === 1 ? this._host.className(why.layer, why.index[0]) : null;
    const families = familiesOf(this._patches);
    const at = this.root.scrollTop;
    this.root.replaceChildren();
    append(this.root, [
      element("h2", {}, [
        element("span", { class: "number unit" }, [unit]),
        " = ",
        element("span", { class: "number value" }, [short(why.value)]),
      ]),
      element("p", { class: "faint where" }, [
        name === null || name === String(why.index[0])
          ? whereInWords(shape, why.index)
          : `unit ${why.index[0]}: ${name}`,
      ]),
      element("p", { class: "summary" }, [
        element("span", { class: "operation number" }, [why.operation]),
        ` ${why.summary}`,
      ]),
      why.steps.length ? makeSteps(why.steps) : null,
      element("p", { class: "faint sees" }, [seesWords(box, why.kind)]),
      this._caption,
      ...families.flatMap((family, number) => this._family(family, number, why, families.length)),
      why.patches_left_out?.count
        ? element("p", { class: "faint" }, [
            `and ${counted(why.patches_left_out.count)} more channels, together ${short(why.patches_left_out.rest)}`,
          ])
        : null,
    ]);
    const first = this.root.querySelector("[data-entry]");
    if (first instanceof HTMLElement) first.tabIndex = 0;
    this._timer = setTimeout(() => {
      for (const fill of this._later.splice(0)) fill();
    }, STILL);
    this._caption.textContent = this._patches.length
      ? "Point at an entry to see where it was read; click it to go there."
      : "This is what came in: nothing was computed here.";
    this.root.scrollTop = at;
  }

  /**
   * @param {Family} family
   * @param {number} number
   * @param {Found["why"]} why
   * @param {number} families how many there are
   */
  _family(family, number, why, families) {
    const key = String(number);
    const most = family.form === "singles" ? MOST_SINGLES : MOST_AT_ONCE;
    const won = why.winner?.patch ?? null;
    const shown = this._all === key ? family.patches : largest(family.patches, most, won);
    const left = family.patches.filter((one) => !shown.includes(one));
    const extremes = extremesOfAll(family.patches.map(({ patch }) => patch));
    const weighted = family.patches.some(({ patch }) => patch.weights);
    const made = shown.map(({ patch, number: own }, place) => {
      if (family.form === "singles") return this._single(patch, own, own === won);
      const { root, body } = this._patch(patch, own);
      const fill = () => {
        const winner = winnerOf(why, own, patch);
        body.replaceChildren(this._numbers(patch, winner, family, extremes));
      };
      // Under a pointer that moves only what is seen first is built.
      if (place < FIRST_BUILT) fill();
      else this._later.push(fill);
      return root;
    });
    const rest = left.reduce((sum, { patch }) => sum + patch.sum, 0);
    return [
      ...made,
      left.length
        ? element("p", { class: "left" }, [
            `${counted(left.length)} more`,
            why.winner ? " " : weighted || families > 1 ? `, together ${short(rest)} ` : " ",
            element(
              "button",
              {
                type: "button",
                onclick: () => {
                  this._all = key;
                  this._reshow();
                },
              },
              [`Show all ${counted(family.patches.length)}`],
            ),
          ])
        : null,
    ];
  }

  /** @param {() => void} reshow shows what is shown once more */
  set reshow(reshow) {
    this._reshow = reshow;
  }

  /**
   * @param {Patch} patch
   * @param {number} number
   * @param {boolean} won
   */
  _single(patch, number, won) {
    const words = entryWords(patch, 0, entryName(patch, 0));
    return element("p", { class: `single number${won ? " winner" : ""}`, "data-patch": number }, [
      patch.label ? element("span", { class: "faint" }, [`${patch.label}: `]) : null,
      element("span", { "data-entry": 0, class: patch.inside[0] ? "" : "padding" }, [words]),
    ]);
  }

  /**
   * @param {Patch} patch
   * @param {number} number
   */
  _patch(patch, number) {
    const body = element("div", { class: "numbers" });
    const name = patchName(patch);
    const root = element("section", { class: "patch", "data-patch": number, "aria-label": name }, [
      element("h3", {}, [
        element("span", { class: "number" }, [name]),
        patch.label ? ` ${patch.label}` : "",
        patch.weights
          ? element("span", { class: "sum" }, [
              "sum ",
              element("span", { class: "number" }, [short(patch.sum)]),
            ])
          : null,
      ]),
      body,
    ]);
    return { root, body };
  }

  /**
   * @param {Patch} patch
   * @param {number | null} winner
   * @param {Family} family
   * @param {import("./grids.js").Extremes} extremes
   */
  _numbers(patch, winner, family, extremes) {
    if (family.form === "grids") return makeGrids(patch, winner, this._host.theme(), extremes);
    const vector = patch.plain.first.length === 1;
    return makeTerms(patch, winner, (entry) =>
      vector && patch.inside[entry]
        ? this._host.className(patch.layer, indexOf(patch, entry)[0])
        : null,
    );
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

/** @param {Step[]} steps */
function makeSteps(steps) {
  return element("table", { class: "calculation" }, [
    element("caption", { class: "hidden" }, ["The calculation"]),
    element(
      "tbody",
      {},
      steps.map(({ label, formula, value }, number) =>
        element("tr", { class: number === steps.length - 1 ? "last" : undefined }, [
          element("th", { scope: "row" }, [label]),
          element("td", { class: "formula number" }, [formula]),
          element("td", { class: "value number" }, [`= ${short(value)}`]),
        ]),
      ),
    ),
  ]);
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

// @ts-check
/** Every pooling on the same input, side by side. */

import { element, replaceChildren } from "../element.js";
import { Dropped } from "../source/source.js";
import { Choices } from "./choices.js";
import { figure } from "./figures.js";
import { MOST } from "./kernel_state.js";
import { NumberGrid } from "./number_grid.js";
import { pasted } from "./pasting.js";
import { PoolingCard } from "./pooling_card.js";
import { poolingControls } from "./pooling_controls.js";
import { asked, fromAddress, ofPreset, toAddress } from "./pooling_state.js";
import { poolingWhy } from "./pooling_why.js";
import { PresetBar } from "./preset_bar.js";

/**
 * @typedef {import("./pooling_card.js").Explained} Explained
 * @typedef {import("./pooling_card.js").Pooled} Pooled
 * @typedef {import("./pooling_state.js").PoolingState} PoolingState
 * @typedef {import("./view.js").PartHost} PartHost
 */

const FIRST = "second-max";

export class PoolingPart {
  /**
   * @param {HTMLElement} root
   * @param {PartHost} host
   */
  constructor(root, { host, presets, save }) {
    this._host = host;
    this._presets = presets;
    this._save = save;
    /** @type {PoolingState} */
    this._state =
      fromAddress((name) => host.address.get(name), presets) ??
      ofPreset(/** @type {any} */ (presets.find((one) => one.id === FIRST)));
    /** @type {Pooled[]} */
    this._pooled = [];
    /** @type {Explained[]} */
    this._explained = [];
    /** @type {PoolingCard[]} */
    this._cards = [];
    this._alive = true;

    this._choices = new Choices();
    this._bar = new PresetBar(presets, (chosen) => {
      this._state = ofPreset(chosen);
      this._buildControls();
      this._ask();
    });
    this._problem = element("p", { class: "problem", role: "alert", hidden: true });
    this._map = new NumberGrid("map", {
      onEdit: (row, column, value) => {
        this._state.input[row][column] = value;
        this._changed({});
      },
      onPaste: (row, column, rows) => {
        const most = [MOST.places, MOST.places];
        this._state.input = pasted(this._state.input, row, column, rows, most);
        this._changed({ rebuild: true });
      },
    });
    this._why = element("div", { class: "why" });
    this._family = element("div", { class: "family" });
    const top = element("div", { class: "pooling-top" }, [
      element("section", { class: "block" }, [element("h3", {}, ["Map"]), this._map.element]),
      this._why,
    ]);
    root.append(
      element("div", { class: "columns" }, [
        this._choices.element,
        element("div", { class: "work" }, [this._bar.element, this._problem, top, this._family]),
      ]),
    );
    this._buildControls();
    this._ask();
  }

  unmount() {
    this._alive = false;
  }

  _buildControls() {
    this._choices.show(poolingControls(this._state, (change) => this._changed(change)));
  }

  /** @param {{ rebuild?: boolean, kept?: boolean }} change */
  _changed({ rebuild = false, kept = false }) {
    if (!kept) this._state.preset = null;
    if (rebuild) this._buildControls();
    this._ask();
  }

  _ask() {
    const state = this._state;
    this._host.source.request("arithmetic.pool", asked(state), { latest: "arithmetic.pool" }).then(
      ({ values }) => {
        if (!this._alive || state !== this._state) return;
        this._pooled = values.poolings;
        this._problem.hidden = true;
        this._family.classList.remove("stale");
        this._build();
        this._draw();
        this._askPlace();
      },
      (error) => this._refused(error),
    );
  }

  _askPlace() {
    const state = this._state;
    const place = [...state.at];
    this._host.source
      .request(
        "arithmetic.pool_place",
        { ...asked(state), place },
        { latest: "arithmetic.pool_place" },
      )
      .then(
        ({ values }) => {
          if (!this._alive || state !== this._state) return;
          this._explained = values.poolings;
          this._draw();
          this._save(toAddress(state));
          const found = this._explained.find((one) => one.name === state.method);
          if (found) {
            const [row, column] = found.index;
            this._host.announce(
              `${state.method} row ${row + 1}, column ${column + 1}: ${figure(found.value)}`,
            );
          }
        },
        (error) => this._refused(error),
      );
  }

  /** @param {Error} error */
  _refused(error) {
    if (!this._alive || error instanceof Dropped) return;
    this._problem.hidden = false;
    this._problem.textContent = error.message;
    this._family.classList.add("stale");
  }

  _build() {
    const names = this._pooled.map((one) => one.name).join();
    if (names === this._cards.map((card) => card.name).join()) return;
    this._cards = this._pooled.map(
      (pooled) =>
        new PoolingCard(pooled, (row, column) => {
          this._state.method = pooled.name;
          if (row >= 0) this._state.at = [row, column];
          this._draw();
          this._askPlace();
        }),
    );
    replaceChildren(
      this._family,
      this._cards.map((card) => card.element),
    );
  }

  _draw() {
    const wide = Math.max(...this._pooled.map((one) => one.output?.[0].length ?? 0));
    this._family.dataset.width = wide <= 3 ? "narrow" : wide <= 6 ? "middle" : "wide";
    const { input, sides, at, method, preset } = this._state;
    const [[top, bottom], [left, right]] = sides;
    this._map.show(input, { margins: { top, bottom, left, right } });
    const explained = this._explained.find((one) => one.name === method);
    const pooled = this._pooled.find((one) => one.name === method);
    this._map.read(
      explained && explained.places.length === 2
        ? {
            rows: explained.places[0],
            columns: explained.places[1],
            winner: explained.winner,
            weights: explained.values.flat().length <= 9 ? explained.weights : null,
          }
        : null,
    );
    this._cards.forEach((card, n) => {
      card.show(this._pooled[n], at, card.name === method);
      card.explain(this._explained.find((one) => one.name === card.name));
    });
    replaceChildren(this._why, [pooled ? poolingWhy(pooled, explained) : null]);
    const example = this._presets.find((one) => one.id === preset);
    this._bar.show(preset, example ? this._agrees(example) : null);
  }

  /**
   * @param {import("./preset_bar.js").Preset} preset
   * @returns {boolean | null} whether what is shown is the lecture's answer
   */
  _agrees({ answer }) {
    if (!answer.output) return null;
    const found = this._pooled.find((one) => one.name === answer.method);
    return JSON.stringify(found?.output) === JSON.stringify(answer.output);
  }
}

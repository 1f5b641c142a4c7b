// @ts-check
/** The list of runs: what each is doing, to watch one or to compare several. */

import { element, replaceChildren } from "../element.js";
import { Refused } from "../source/source.js";
import { MOST_COMPARED } from "./place.js";
import { RunItem } from "./run_item.js";
import { uploadButton } from "./upload.js";

/**
 * @typedef {import("../main.js").Host} Host
 * @typedef {import("./types.js").RunEntry} RunEntry
 * @typedef {{ onWatch: (run: string) => void, onDesign: () => void, onCompare: (runs: string[]) => void }} Events
 */

const BUSY_PAUSE = 2000;
const QUIET_PAUSE = 5000;

export class Runs {
  /**
   * @param {Host} host
   * @param {Events} events
   */
  constructor(host, events) {
    this._host = host;
    this._events = events;
    this._over = false;
    this._timer = 0;
    /** @type {RunEntry[] | null} */
    this._runs = null;
    /** @type {string | null} */
    this._shown = null;
    /** @type {string[]} */
    this._compared = [];
    this._comparing = false;
    /** @type {Map<string, RunItem>} */
    this._items = new Map();
    this._list = element("ul", { class: "run-list", "aria-label": "Runs" });
    this._empty = element("p", { class: "faint empty" }, ["…"]);
    this._new = element("button", { type: "button", onclick: () => events.onDesign() }, ["New run"]);
    this._compare = element(
      "button",
      { type: "button", "aria-pressed": "false", onclick: () => this._toggleComparing() },
      ["Compare"],
    );
    this.root = element("aside", { class: "runs", "aria-labelledby": "runs-title" }, [
      element("div", { class: "section-head" }, [
        element("h2", { id: "runs-title" }, ["Runs"]),
        this._new,
        this._compare,
      ]),
      this._empty,
      this._list,
      uploadButton(host, (run) => {
        void this.ask();
        events.onWatch(run);
      }),
    ]);
    this._onVisible = () => void this.ask();
    document.addEventListener("visibilitychange", this._onVisible);
    this._endStatus = host.source.onStatus((status) => {
      if (status === "open") void this.ask();
    });
  }

  /**
   * @param {string | null} shown
   * @param {string[]} compared
   */
  mark(shown, compared) {
    this._shown = shown;
    this._compared = compared;
    if (compared.length) this._comparing = true;
    this._new.setAttribute("aria-pressed", String(!shown && !compared.length));
    this._show();
    const known = !shown || this._runs?.some(({ name }) => name === shown);
    if (!known) void this.ask(); // one that another has begun a moment ago
  }

  /** Asks for the runs now, and again after a while as long as the page is seen. */
  async ask() {
    clearTimeout(this._timer);
    if (this._over || document.visibilityState === "hidden") return;
    try {
      const { values } = await this._host.source.request("train.runs", {}, { latest: "runs" });
      if (this._over) return;
      this._runs = values.runs;
      this._show();
    } catch (error) {
      if (this._over || !(error instanceof Refused)) return;
      this._empty.hidden = false;
      this._empty.textContent = error.message;
    }
    const busy = this._runs?.some(({ state }) => state === "training" || state === "starting");
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this.ask(), busy ? BUSY_PAUSE : QUIET_PAUSE);
  }

  _toggleComparing() {
    this._comparing = !this._comparing;
    const begin = this._comparing && this._shown ? [this._shown] : [];
    if (begin.length || !this._comparing) this._events.onCompare(begin);
    else this._show();
  }

  _show() {
    this._compare.setAttribute("aria-pressed", String(this._comparing));
    this._compare.disabled = !this._comparing && (this._runs?.length ?? 0) < 2;
    if (!this._runs) return;
    this._empty.hidden = this._runs.length > 0;
    this._empty.replaceChildren(
      "None yet. What you start here or with ",
      element("code", {}, ["striate train"]),
      " appears by itself.",
    );
    const items = this._runs.map((run) => {
      const item = this._items.get(run.name) ?? this._item(run.name);
      item.show(run, {
        comparing: this._comparing,
        compared: this._compared.includes(run.name),
        full: this._compared.length >= MOST_COMPARED,
        shown: run.name === this._shown,
      });
      return item.root;
    });
    const same = items.length === this._list.children.length && items.every((one, index) => one === this._list.children[index]);
    if (!same) this._arrange(items);
  }

  /** @param {string} name */
  _item(name) {
    const item = new RunItem(
      name,
      () => this._events.onWatch(name),
      () => {
        const others = this._compared.filter((one) => one !== name);
        this._events.onCompare(others.length < this._compared.length ? others : [...others, name]);
      },
    );
    this._items.set(name, item);
    return item;
  }

  /** @param {HTMLElement[]} items */
  _arrange(items) {
    const focused = document.activeElement;
    replaceChildren(this._list, items);
    if (focused instanceof HTMLElement && this._list.contains(focused)) focused.focus();
  }

  close() {
    this._over = true;
    clearTimeout(this._timer);
    this._endStatus();
    document.removeEventListener("visibilitychange", this._onVisible);
  }
}

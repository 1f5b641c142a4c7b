// @ts-check
/** Several runs side by side: their curves in the same charts, and their numbers in one table. */

import { element, replaceChildren } from "../element.js";
import { amount, counted, short } from "../numbers.js";
import { Chart } from "./chart.js";
import { linesOf } from "./curves.js";
import { newestValidation } from "./figures.js";
import { statePill } from "./pill.js";
import { settingsOf } from "./settings_of.js";
import { duration, percent, roundPercent } from "./words.js";

/**
 * @typedef {import("../main.js").Host} Host
 * @typedef {import("../source/source.js").Answer} Answer
 * @typedef {import("./place.js").Place} Place
 * @typedef {import("./types.js").Progress} Progress
 */

/** @type {[string, import("./curves.js").Measure, number][]} */
const CHARTS = [
  ["Training loss", "loss", 0],
  ["Validation loss", "loss", 1],
  ["Training accuracy", "accuracy", 0],
  ["Validation accuracy", "accuracy", 1],
];

const DRAWING_PAUSE = 250;

export class Compare {
  /**
   * @param {Host} host
   * @param {Place} place
   */
  constructor(host, place) {
    this.key = "compare";
    this._host = host;
    this._place = place;
    this._over = false;
    this._timer = 0;
    /** @type {Map<string, () => void>} ends of the streams */
    this._ends = new Map();
    /** @type {Map<string, Answer>} */
    this._answers = new Map();
    /** @type {Map<string, string>} */
    this._refusals = new Map();
    this._charts = CHARTS.map(([title, measure]) =>
      measure === "loss" ? new Chart(title, short) : new Chart(title, percent, roundPercent),
    );
    this._table = element("div", { class: "compare-scroll", tabindex: 0, role: "region", "aria-label": "The runs in numbers" });
    this._along = element(
      "select",
      { id: "along", onchange: () => host.address.set({ along: this._along.value }, { push: true }) },
      [element("option", { value: "examples" }, ["examples seen"]), element("option", { value: "seconds" }, ["time"])],
    );
    this._log = element("input", {
      type: "checkbox",
      onchange: () => host.address.set({ scale: this._log.checked ? "log" : null }, { push: true }),
    });
    this.root = element("article", { class: "run-page compare", "aria-labelledby": "compare-title" }, [
      element("header", { class: "run-head" }, [element("h2", { id: "compare-title" }, ["Runs side by side"])]),
      element("p", { class: "faint" }, ["Choose runs in the list to add them or to take them out."]),
      element("div", { class: "curves" }, [
        element("div", { class: "curve-options" }, [
          element("label", { for: "along" }, ["Along"]),
          this._along,
          element("label", { class: "check" }, [this._log, " loss on a logarithmic scale"]),
        ]),
        ...this._charts.map(({ root }) => root),
      ]),
      this._table,
    ]);
    this._onVisible = () => this._follow();
    document.addEventListener("visibilitychange", this._onVisible);
    this.moved(place);
  }

  /** @param {Place} place */
  moved(place) {
    this._place = place;
    this._along.value = place.along;
    this._log.checked = place.logarithmic;
    this._follow();
    this._draw();
  }

  /** Watches the runs that are compared, as long as the page is seen. */
  _follow() {
    const seen = !this._over && document.visibilityState !== "hidden";
    const wanted = new Set(seen ? this._place.compared : []);
    for (const [run, end] of [...this._ends]) {
      if (wanted.has(run)) continue;
      end();
      this._ends.delete(run);
    }
    for (const run of wanted) {
      if (this._ends.has(run)) continue;
      this._ends.set(
        run,
        this._host.source.stream(
          "train.follow",
          { run },
          (answer) => {
            this._refusals.delete(run);
            this._answers.set(run, answer);
            this._drawSoon();
          },
          (error) => {
            if (error) this._refusals.set(run, error.message);
            this._drawSoon();
          },
        ),
      );
    }
  }

  /** Several runs have news several times a second; all of it is drawn together. */
  _drawSoon() {
    if (this._timer) return;
    this._timer = setTimeout(() => {
      this._timer = 0;
      this._draw();
    }, DRAWING_PAUSE);
  }

  _draw() {
    if (this._over) return;
    const { compared, along, logarithmic } = this._place;
    const title = along === "seconds" ? "seconds of training" : "examples seen";
    const there = compared.flatMap((run, index) => {
      const answer = this._answers.get(run);
      return answer ? [{ run, answer, look: `series-${index}` }] : [];
    });
    CHARTS.forEach(([, measure, which], index) => {
      const lines = there.map(({ run, answer, look }) => {
        const [training, running, tested] = linesOf(answer, measure, along);
        const line = which === 0 ? training : tested.x.length > 1 || running.x.length === 0 ? tested : running;
        return { ...line, name: run, look, raw: undefined };
      });
      this._charts[index].draw({ lines, along: title, logarithmic: measure === "loss" && logarithmic });
    });
    replaceChildren(this._table, [this._tableOf(there)]);
  }

  /** @param {{ run: string, answer: Answer, look: string }[]} there */
  _tableOf(there) {
    const columns = there.map(({ answer }) => /** @type {Progress} */ (answer.values));
    /** @type {[string, (one: Progress, answer: Answer) => Node | string][]} */
    const rows = [
      ["state", ({ state }) => statePill(state)],
      ["epoch", ({ epoch, epochs }) => `${Number(epoch.toFixed(1))} of ${epochs}`],
      ["loss", ({ loss }) => (loss === null ? "–" : short(loss))],
      ["test accuracy", (one, { arrays }) => percent(one.result?.test_accuracy ?? newestValidation(one, arrays))],
      ["parameters", ({ parameters }) => (parameters === null ? "–" : counted(parameters))],
      ["examples / s", ({ examples_per_second: rate }) => (rate === null ? "–" : amount(Number(rate.toPrecision(3))))],
      ["time", ({ seconds }) => duration(seconds)],
    ];
    const settings = columns.map(({ form }) => settingsOf(form));
    const names = [...new Set(settings.flatMap((one) => Object.keys(one)))];
    const different = names.filter((name) => new Set(settings.map((one) => one[name])).size > 1);
    const refused = this._place.compared.flatMap((run) => {
      const message = this._refusals.get(run);
      return message ? [element("p", { class: "problem" }, [`${run}: ${message}`])] : [];
    });
    return element("div", { class: "panel" }, [
      ...refused,
      element("table", { class: "compare-table" }, [
        element("caption", { class: "hidden" }, ["State, results and differing settings of each run"]),
        element("thead", {}, [
          element("tr", {}, [
            element("td"),
            ...there.map(({ run, look }) =>
              element("th", { scope: "col", class: look }, [element("span", { class: "swatch", "aria-hidden": "true" }), run]),
            ),
          ]),
        ]),
        element("tbody", {}, [
          ...rows.map(([title, cell]) =>
            element("tr", {}, [element("th", { scope: "row" }, [title]), ...there.map(({ answer }) => element("td", {}, [cell(answer.values, answer)]))]),
          ),
          ...different.map((name) =>
            element("tr", { class: "difference" }, [
              element("th", { scope: "row" }, [name]),
              ...settings.map((one) => element("td", {}, [one[name] ?? "–"])),
            ]),
          ),
        ]),
      ]),
    ]);
  }

  close() {
    this._over = true;
    clearTimeout(this._timer);
    for (const end of this._ends.values()) end();
    document.removeEventListener("visibilitychange", this._onVisible);
    for (const chart of this._charts) chart.close();
  }
}

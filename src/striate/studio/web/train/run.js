// @ts-check
/** The page of one run: what it is doing, its controls, its curves, and what is inside the network. */

import { element } from "../element.js";
import { short } from "../numbers.js";
import { Changes } from "./changes.js";
import { Chart } from "./chart.js";
import { Controls } from "./controls.js";
import { linesOf, marksOf } from "./curves.js";
import { Epochs } from "./epochs.js";
import { Figures } from "./figures.js";
import { InsidePanel } from "./inside.js";
import { statePill } from "./pill.js";
import { RunActions } from "./run_actions.js";
import { STATES, duration, percent, roundPercent } from "./words.js";

/**
 * @typedef {import("../main.js").Host} Host
 * @typedef {import("../source/source.js").Answer} Answer
 * @typedef {import("./place.js").Place} Place
 * @typedef {import("./types.js").Progress} Progress
 * @typedef {{ onLike: (form: import("./types.js").Form) => void, onNews: () => void }} Events
 */

export class RunPage {
  /**
   * @param {Host} host
   * @param {Place} place
   * @param {Events} events
   */
  constructor(host, place, events) {
    const run = String(place.run);
    this.key = `run ${run}`;
    this._host = host;
    this._onNews = events.onNews;
    this._run = run;
    this._place = place;
    /** @type {Answer | null} */
    this._answer = null;
    this._over = false;
    this._end = () => {};
    this._pill = element("span", { class: "pill-place" });
    this._says = element("p", { class: "run-facts faint" });
    this._message = element("p", { class: "problem", role: "alert", hidden: true });
    this._bar = element("progress", { max: 1, value: 0, "aria-label": "Progress" });
    this._figures = new Figures();
    this._controls = new Controls(host, run, () => this._follow());
    this._actions = new RunActions(host, run, events);
    this._loss = new Chart("Loss", short);
    this._accuracy = new Chart("Accuracy", percent, roundPercent);
    this._changes = new Changes(host, run);
    this._epochs = new Epochs();
    this._inside = new InsidePanel(host, run, place);
    this._along = element("select", { id: "along", onchange: () => host.address.set({ along: this._along.value }, { push: true }) }, [
      element("option", { value: "examples" }, ["examples seen"]),
      element("option", { value: "seconds" }, ["time"]),
    ]);
    this._log = element("input", {
      id: "log-scale",
      type: "checkbox",
      onchange: () => host.address.set({ scale: this._log.checked ? "log" : null }, { push: true }),
    });
    this.root = this._built();
    this._onVisible = () => this._follow();
    document.addEventListener("visibilitychange", this._onVisible);
    this.moved(place);
    this._follow();
  }

  _built() {
    return element("article", { class: "run-page", "aria-labelledby": "run-title" }, [
      element("header", { class: "run-head" }, [
        element("div", { class: "run-title" }, [
          element("h2", { id: "run-title" }, [this._run]),
          this._pill,
          this._controls.root,
        ]),
        this._actions.root,
      ]),
      this._message,
      this._bar,
      this._says,
      this._figures.root,
      element("section", { class: "curves", "aria-label": "Curves" }, [
        element("div", { class: "curve-options" }, [
          element("label", { for: "along" }, ["Along"]),
          this._along,
          element("label", { class: "check" }, [this._log, " loss on a logarithmic scale"]),
        ]),
        this._loss.root,
        this._accuracy.root,
      ]),
      element("div", { class: "run-details" }, [this._changes.root, this._epochs.root]),
      this._inside.root,
    ]);
  }

  /** @param {Place} place */
  moved(place) {
    this._place = place;
    this._along.value = place.along;
    this._log.checked = place.logarithmic;
    this._inside.moved(place);
    this._draw();
  }

  /** Watches the run as long as the page is seen. */
  _follow() {
    this._end();
    this._end = () => {};
    if (this._over || document.visibilityState === "hidden") return;
    this._end = this._host.source.stream(
      "train.follow",
      { run: this._run },
      (answer) => this._hear(answer),
      (error) => {
        if (!error || this._over) return;
        this._complain(error.message);
        // Of a run that is not there nothing else can be said.
        this.root.classList.toggle("unknown", !this._answer);
      },
    );
  }

  /** @param {Answer} answer */
  _hear(answer) {
    const before = /** @type {Progress | undefined} */ (this._answer?.values);
    this._answer = answer;
    this.root.classList.remove("unknown");
    /** @type {Progress} */
    const progress = answer.values;
    if (before?.state !== progress.state) {
      this._pill.replaceChildren(statePill(progress.state));
      if (before) {
        this._host.announce(`${this._run}: ${STATES[progress.state]}.`);
        this._onNews();
      }
    }
    this._complain(progress.state === "failed" || progress.state === "damaged" ? progress.message : "");
    this._bar.value = progress.steps ? progress.step / progress.steps : 0;
    this._says.textContent = factsOf(progress);
    this._figures.show(answer);
    this._controls.show(progress);
    this._actions.show(progress);
    this._changes.show(progress);
    this._epochs.show(progress);
    this._inside.know(progress);
    this._draw();
  }

  /** @param {string} message nothing where all is well */
  _complain(message) {
    this._message.hidden = !message;
    if (this._message.textContent !== message) this._message.textContent = message;
  }

  _draw() {
    if (!this._answer) return;
    const { along, logarithmic } = this._place;
    const title = along === "seconds" ? "seconds of training" : "examples seen";
    const marks = marksOf(this._answer, along);
    const draw = (/** @type {Chart} */ chart, /** @type {import("./curves.js").Measure} */ measure) =>
      chart.draw({
        lines: linesOf(/** @type {Answer} */ (this._answer), measure, along),
        marks,
        along: title,
        logarithmic: measure === "loss" && logarithmic,
      });
    draw(this._loss, "loss");
    draw(this._accuracy, "accuracy");
  }

  close() {
    this._over = true;
    this._end();
    document.removeEventListener("visibilitychange", this._onVisible);
    this._loss.close();
    this._accuracy.close();
    this._inside.close();
  }
}

/**
 * @param {Progress} progress
 * @returns {string}
 */
function factsOf({ dataset, epoch, epochs, seconds, device, compute, processes, message, state }) {
  if (state === "starting") return `${dataset}: the program and the data are being loaded …`;
  return [
    `${dataset}, epoch ${Number(epoch.toFixed(2))} of ${epochs}`,
    device ? `trained for ${duration(seconds)} on ${device} in ${compute}` : "",
    processes > 1 ? `${processes} processes` : "",
    state === "failed" || state === "damaged" ? "" : message,
  ]
    .filter(Boolean)
    .join(" · ");
}

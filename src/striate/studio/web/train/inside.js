// @ts-check
/** What is inside the network of a run: now while it trains, or at a moment that was saved. */

import { element, replaceChildren } from "../element.js";
import { counted } from "../numbers.js";
import { onTheme } from "../theme.js";
import { ConfusionPanel } from "./confusion.js";
import { Feed } from "./feed.js";
import { FiltersPanel } from "./filters.js";
import { LayersPanel } from "./layers.js";
import { Moments } from "./moments.js";
import { NetworkPanel } from "./network.js";
import { Shown } from "./shown.js";
import { tabList } from "./tabs.js";
import { TestsPanel } from "./tests.js";

/**
 * @typedef {import("../main.js").Host} Host
 * @typedef {import("./place.js").Panel} PanelName
 * @typedef {import("./place.js").Place} Place
 * @typedef {import("./types.js").Progress} Progress
 * @typedef {import("./types.js").Snapshot} Snapshot
 *
 * @typedef {object} Panel
 * @property {HTMLElement} root
 * @property {string[] | null} wanted names of the layers whose arrays it draws, null if it draws no snapshot
 * @property {(snapshot: Snapshot | null, live: boolean) => void} show
 * @property {() => void} [close]
 */

/** @type {Record<PanelName, string>} */
const TITLES = { layers: "Layers", filters: "Filters", tests: "Test examples", confusion: "Confusion", network: "Network" };
const MOMENTS_PAUSE = 8000;
const LIVE = ["training", "paused"];

export class InsidePanel {
  /**
   * @param {Host} host
   * @param {string} run
   * @param {Place} place
   */
  constructor(host, run, place) {
    this._host = host;
    this._run = run;
    this._place = place;
    this._seen = false;
    this._over = false;
    /** @type {Progress | null} */
    this._progress = null;
    /** @type {Snapshot | null} */
    this._snapshot = null;
    this._askedMoments = 0;
    this._feed = new Feed(host.source, (snapshot) => this._hear(snapshot), (message) => this._say(message));
    this._moments = new Moments((moment) => host.address.set({ moment }, { push: true }));
    this._shown = new Shown((example) => host.address.set({ example }, { push: true }));
    this._tabs = tabList("Inside the network", TITLES, "inside-panel", (panel) => host.address.set({ panel }, { push: true }));
    this._says = element("p", { class: "faint inside-says", role: "status" });
    this._stage = element("div", { id: "inside-panel", class: "inside-stage", role: "tabpanel", tabindex: 0 });
    this.root = element("section", { class: "inside", "aria-labelledby": "inside-title" }, [
      element("div", { class: "section-head" }, [
        element("h3", { id: "inside-title" }, ["Inside the network"]),
        this._moments.root,
      ]),
      element("div", { class: "tab-row" }, [this._tabs.root, this._says]),
      this._shown.root,
      this._stage,
    ]);
    /** @type {{ name: PanelName, panel: Panel } | null} */
    this._open = null;
    this._watcher = new IntersectionObserver(([entry]) => {
      this._seen = entry.isIntersecting;
      this._ask();
    });
    this._watcher.observe(this.root);
    this._onVisible = () => this._ask();
    document.addEventListener("visibilitychange", this._onVisible);
    this._endTheme = onTheme(() => this._draw());
  }

  /** @param {Place} place */
  moved(place) {
    this._place = place;
    if (this._open?.name !== place.panel) this._openPanel(place.panel);
    else if (this._open.panel instanceof FiltersPanel) this._open.panel.choose(place.layer);
    this._moments.mark(place.moment);
    this._shown.mark(place.example, this._isLive());
    this._ask();
  }

  /** @param {PanelName} name */
  _openPanel(name) {
    this._open?.panel.close?.();
    const ask = () => this._ask();
    /** @type {Panel} */
    const panel =
      name === "layers" ? new LayersPanel(ask)
      : name === "filters" ? new FiltersPanel(this._place.layer, (layer) => this._host.address.set({ layer }, { push: true }), ask)
      : name === "tests" ? new TestsPanel((example) => this._host.address.set({ example, panel: "layers" }, { push: true }))
      : name === "confusion" ? new ConfusionPanel()
      : new NetworkPanel(this._host.source);
    this._open = { name, panel };
    this._tabs.mark(name);
    this._stage.setAttribute("aria-labelledby", `inside-panel-${name}`);
    this._shown.root.hidden = name !== "layers" || !this._snapshot;
    replaceChildren(this._stage, [panel.root]);
    if (this._progress && panel instanceof NetworkPanel) panel.know(this._progress);
    this._draw();
  }

  /** @param {Progress} progress */
  know(progress) {
    const before = this._progress;
    this._progress = progress;
    const changed = before?.state !== progress.state;
    if (changed) this._feed.again();
    if (changed || Date.now() - this._askedMoments > MOMENTS_PAUSE) void this._askMoments();
    if (this._open?.panel instanceof NetworkPanel) this._open.panel.know(progress);
    if (changed) {
      this._shown.mark(this._place.example, this._isLive());
      this._ask();
    }
  }

  _isLive() {
    return this._progress !== null && LIVE.includes(this._progress.state) && this._place.moment === null;
  }

  async _askMoments() {
    if (!this._seen && this._askedMoments) return;
    this._askedMoments = Date.now();
    try {
      const { values } = await this._host.source.request("train.moments", { run: this._run }, { latest: "moments" });
      if (this._over) return;
      const live = this._progress !== null && LIVE.includes(this._progress.state);
      this._moments.show(values, live, this._place.moment);
      this._ask();
    } catch {
      // The list is asked for again with the next news of the run.
    }
  }

  /** Asks for what the open panel draws, as long as it is looked at. */
  _ask() {
    const wanted = this._open?.panel.wanted ?? null;
    const looked = this._seen && document.visibilityState !== "hidden" && !this._over;
    if (!looked || wanted === null || !this._progress) {
      this._feed.want(null);
      return;
    }
    const moment = this._place.moment ?? (this._isLive() ? null : this._moments.last);
    if (moment === null && !this._isLive()) {
      this._feed.want(null);
      this._say(this._progress.state === "starting" ? "It will be seen once it trains." : "No moment of this run was saved.");
      return;
    }
    const asks = this._feed.want({ run: this._run, moment, example: this._place.example, layers: wanted });
    if (asks && moment !== null) this._say(`Step ${counted(moment)} is being run …`);
    else if (!this._snapshot) this._say("Waiting for the first look inside …");
  }

  /** @param {Snapshot} snapshot */
  _hear(snapshot) {
    this._snapshot = snapshot;
    this._say("");
    this._shown.show(snapshot);
    this._shown.root.hidden = this._open?.name !== "layers";
    this._draw();
    this._ask();
  }

  _draw() {
    this._open?.panel.show(this._snapshot, this._isLive());
  }

  /** @param {string} message nothing where what is seen speaks for itself */
  _say(message) {
    if (this._says.textContent !== message) this._says.textContent = message;
  }

  close() {
    this._over = true;
    this._feed.close();
    this._watcher.disconnect();
    this._open?.panel.close?.();
    document.removeEventListener("visibilitychange", this._onVisible);
    this._endTheme();
  }
}

// @ts-check
/** The Train view: the runs on one side, and beside them a design, one run, or several together. */

import { element, replaceChildren } from "../element.js";
import { Compare } from "./compare.js";
import { Design } from "./design.js";
import { NOWHERE, placeIn } from "./place.js";
import { RunPage } from "./run.js";
import { Runs } from "./runs.js";

/**
 * @typedef {import("../main.js").Host} Host
 * @typedef {import("./place.js").Place} Place
 * @typedef {{ root: HTMLElement, key: string, moved?: (place: Place) => void, close: () => void }} Page
 */

/**
 * The design that was left last, to find again on coming back from a run or from another view.
 *
 * @type {import("./types.js").Form | null}
 */
let left = null;

/**
 * @param {HTMLElement} root
 * @param {Host} host
 * @returns {import("../main.js").Mounted}
 */
export function mount(root, host) {
  const { source, address } = host;
  const stage = element("div", { class: "stage" }, [element("p", { class: "faint" }, ["…"])]);
  /** @type {Page | null} */
  let page = null;
  /** @type {import("./types.js").Choices | null} */
  let choices = null;
  /** @type {import("./types.js").Form | null} */
  let begun = null;
  let over = false;

  const runs = new Runs(host, {
    onWatch: (run) => address.set({ ...NOWHERE, run }, { push: true }),
    onDesign: () => address.set({ ...NOWHERE, run: null, panel: null }, { push: true }),
    onCompare: (names) => address.set({ compare: names.join(",") }, { push: true }),
  });

  const watch = (/** @type {string} */ run) => {
    address.set({ ...NOWHERE, run, draft: null }, { push: true });
    host.announce(`Training of ${run} has been started.`);
    void runs.ask();
  };
  const designLike = (/** @type {import("./types.js").Form} */ form) => {
    begun = form;
    address.set({ ...NOWHERE, run: null, panel: null, draft: null }, { push: true });
  };

  const leave = () => {
    if (page instanceof Design) left = page.draft;
    page?.close();
    page = null;
  };

  const show = () => {
    if (over || address.get("view") !== "train") return;
    const place = placeIn(address);
    runs.mark(place.page === "run" ? place.run : null, place.compared);
    const key = place.page === "run" ? `run ${place.run}` : place.page;
    if (page?.key === key) {
      page.moved?.(place);
      return;
    }
    if (place.page === "design" && !choices) return;
    leave();
    if (place.page === "compare") page = new Compare(host, place);
    else if (place.page === "run") page = new RunPage(host, place, { onLike: designLike, onNews: () => void runs.ask() });
    else if (choices) page = new Design(host, choices, begun ?? (address.get("draft") ? null : left), watch);
    begun = null;
    replaceChildren(stage, [page?.root]);
  };

  replaceChildren(root, [runs.root, stage]);
  const endAddress = address.subscribe(show);
  source.request("train.choices").then(
    ({ values }) => {
      choices = values;
      show();
    },
    (error) => {
      if (!over && !page) replaceChildren(stage, [element("p", { class: "problem" }, [error.message])]);
    },
  );
  show();
  return {
    unmount: () => {
      over = true;
      endAddress();
      runs.close();
      leave();
      root.replaceChildren();
    },
  };
}

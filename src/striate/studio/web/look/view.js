// @ts-check
/** The view that looks inside a network: what it is given, all its layers, and any value's origin. */

import { element } from "../element.js";
import { LookView } from "./look_view.js";

/** @typedef {import("../main.js").Host} Host */

/** What the view was like when it was left for another tab. */
let kept = "";

/**
 * @param {HTMLElement} root
 * @param {Host} host
 * @returns {{ unmount: () => void }}
 */
export function mount(root, host) {
  root.append(element("h2", { class: "hidden" }, ["Look inside a network"]));
  if (kept && !host.address.get("network")) {
    host.address.set(Object.fromEntries(new URLSearchParams(kept)));
  }
  const view = new LookView(host);
  root.append(view.root);
  view.start();
  return {
    unmount() {
      kept = view.words;
      view.close();
    },
  };
}

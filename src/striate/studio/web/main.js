// @ts-check
/** Starts the page: the tabs, the theme, and the view that the address names. */

import { Address } from "./address.js";
import { element, replaceChildren } from "./element.js";
import { LiveSource } from "./source/live.js";
import { startTheme } from "./theme.js";

/**
 * @typedef {import("./source/source.js").Source} Source
 * @typedef {{ source: Source, address: Address, announce: (text: string) => void }} Host
 * @typedef {{ unmount: () => void }} Mounted
 * @typedef {{ mount: (root: HTMLElement, host: Host) => Mounted }} View
 * @typedef {{ id: string, title: string, load: () => Promise<View> }} Tab
 */

/** @type {Tab[]} */
const TABS = [
  { id: "look", title: "Look", load: () => import("./look/view.js") },
  { id: "train", title: "Train", load: () => import("./train/view.js") },
  { id: "arithmetic", title: "Arithmetic", load: () => import("./arithmetic/view.js") },
];

const root = /** @type {HTMLElement} */ (document.getElementById("view"));
const tabs = /** @type {HTMLElement} */ (document.getElementById("tabs"));
const connection = /** @type {HTMLElement} */ (document.getElementById("connection"));
const announcer = /** @type {HTMLElement} */ (document.getElementById("announcer"));
const address = new Address(window);
const source = new LiveSource(new URL("socket", location.href.replace(/^http/, "ws")).href);

/** @type {Host} */
const host = {
  source,
  address,
  announce: (text) => {
    announcer.textContent = text;
  },
};

/** @type {{ id: string, mounted: Mounted } | null} */
let shown = null;

async function show() {
  const wanted = TABS.find((tab) => tab.id === address.get("view")) ?? TABS[0];
  if (shown?.id === wanted.id) return;
  replaceChildren(
    tabs,
    TABS.map((tab) =>
      element(
        "a",
        { href: `#view=${tab.id}`, "aria-current": tab.id === wanted.id ? "page" : undefined },
        [tab.title],
      ),
    ),
  );
  document.title = `${wanted.title} · Striate`;
  for (const { id } of TABS) {
    // The views are written apart and may use the same words for their parts.
    const style = document.querySelector(`link[href="style/${id}.css"]`);
    style?.setAttribute("media", id === wanted.id ? "all" : "not all");
  }
  shown?.mounted.unmount();
  shown = { id: wanted.id, mounted: { unmount: () => {} } };
  root.replaceChildren();
  root.className = wanted.id;
  const view = await wanted.load();
  if (shown.id === wanted.id) shown.mounted = view.mount(root, host);
}

source.onStatus((status) => {
  const words = {
    open: "",
    connecting: "connecting …",
    lost: "connection lost: trying again …",
    refused: "no access: open the address that the studio printed",
  };
  connection.textContent = words[status];
  document.documentElement.dataset.connection = status;
});
startTheme(/** @type {HTMLButtonElement} */ (document.getElementById("theme")));
address.subscribe(() => void show());
void show();

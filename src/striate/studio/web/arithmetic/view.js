// @ts-check
/** The arithmetic view: the moving kernel, the poolings side by side, and output sizes. */

import { element, replaceChildren } from "../element.js";
import { mount as mountKernel } from "./kernel_part.js";
import { mount as mountPooling } from "./pooling_part.js";
import { mount as mountSizes } from "./size_part.js";

/**
 * @typedef {import("../main.js").Host} Host
 * @typedef {import("./preset_select.js").Preset} Preset
 * @typedef {{ host: Host, presets: Preset[], save: (state: Record<string, string | null>) => void }} PartHost
 *   `save` writes the part's whole state into the address
 * @typedef {{ id: string, title: string, mount: (root: HTMLElement, host: PartHost) => { unmount: () => void } }} Part
 */

/** @type {Part[]} */
const PARTS = [
  { id: "kernel", title: "Moving kernel", mount: mountKernel },
  { id: "pooling", title: "Pooling side by side", mount: mountPooling },
  { id: "size", title: "Output size", mount: mountSizes },
];

/** @type {Map<string, string>} each part's state as it was left */
const left = new Map();

/**
 * @param {HTMLElement} root
 * @param {Host} host
 * @returns {import("../main.js").Mounted}
 */
export function mount(root, host) {
  const { source, address } = host;
  const links = element("nav", { class: "parts", "aria-label": "Arithmetic" });
  const body = element("div", { class: "part" }, [
    element("p", { class: "faint" }, ["asking for the lectures' examples …"]),
  ]);
  root.append(links, body);
  /** @type {{ unmount: () => void } | null} */
  let mounted = null;
  /** @type {Preset[] | null} */
  let presets = null;
  let alive = true;

  function show() {
    const part = PARTS.find((one) => one.id === address.get("part")) ?? PARTS[0];
    replaceChildren(links, PARTS.map((one) => partLink(one, one === part)));
    if (!presets || (address.get("view") ?? "arithmetic") !== "arithmetic") return;
    mounted?.unmount();
    body.replaceChildren();
    mounted = part.mount(body, {
      host,
      presets: presets.filter((one) => one.part === partOfPresets(part.id)),
      save: (state) => {
        address.set({ part: part.id, ...state });
        left.set(part.id, location.hash);
      },
    });
  }

  source.request("arithmetic.presets").then(
    ({ values }) => {
      presets = values.presets;
      if (alive) show();
    },
    (error) => body.replaceChildren(element("p", { class: "problem" }, [error.message])),
  );
  const unsubscribe = address.subscribe(show);
  show();
  return {
    unmount: () => {
      alive = false;
      unsubscribe();
      mounted?.unmount();
      root.replaceChildren();
    },
  };
}

/**
 * @param {Part} part
 * @param {boolean} current
 * @returns {HTMLElement}
 */
function partLink(part, current) {
  const usual = `#view=arithmetic&part=${part.id}`;
  const link = element("a", { href: usual, "aria-current": current ? "page" : undefined }, [
    part.title,
  ]);
  // A part that was left comes back as it was.
  link.addEventListener("click", () => {
    link.href = left.get(part.id) ?? usual;
  });
  return link;
}

/** @param {string} id */
const partOfPresets = (id) => ({ kernel: "slide", pooling: "pool" })[id] ?? "size";

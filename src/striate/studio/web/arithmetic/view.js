// @ts-check
/** The arithmetic view: the moving kernel, the poolings side by side, and output sizes. */

import { element, replaceChildren } from "../element.js";
import { KernelPart } from "./kernel_part.js";
import { PoolingPart } from "./pooling_part.js";
import { SizePart } from "./size_part.js";

/**
 * @typedef {import("../main.js").Host} Host
 * @typedef {import("./preset_bar.js").Preset} Preset
 * @typedef {{ host: Host, presets: Preset[], save: (state: Record<string, string | null>) => void }} PartHost
 *   `save` writes the part's whole state into the address
 * @typedef {{ id: string, title: string, Shown: new (root: HTMLElement, host: PartHost) => { unmount: () => void } }} Part
 */

/** @type {Part[]} */
const PARTS = [
  { id: "kernel", title: "Moving kernel", Shown: KernelPart },
  { id: "pooling", title: "Pooling side by side", Shown: PoolingPart },
  { id: "size", title: "Output size", Shown: SizePart },
];

const SAVED_AFTER = 120; // milliseconds

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
  const large = element("button", { type: "button", class: "large-figures" }, ["Large figures"]);
  large.addEventListener("click", () => {
    flush();
    address.set({ big: address.get("big") ? null : "1" });
    enlarge();
  });
  function enlarge() {
    const big = address.get("big") !== null;
    root.classList.toggle("big", big);
    large.setAttribute("aria-pressed", String(big));
    const choices = body.querySelector("details");
    if (choices) choices.open = !big && matchMedia("(min-width: 900px)").matches;
  }
  // Playing fast and dragging change the place more often than browsers let the address change.
  let waiting = 0;
  let flush = () => {};
  /** @type {{ unmount: () => void } | null} */
  let mounted = null;
  /** @type {Preset[] | null} */
  let presets = null;
  let alive = true;

  function show() {
    const part = PARTS.find((one) => one.id === address.get("part")) ?? PARTS[0];
    replaceChildren(links, [...PARTS.map((one) => partLink(one, one === part)), large]);
    if (!presets || (address.get("view") ?? "arithmetic") !== "arithmetic") return;
    forget();
    body.replaceChildren();
    mounted = new part.Shown(body, {
      host,
      presets: presets.filter((one) => one.part === partOfPresets(part.id)),
      save: (state) => {
        clearTimeout(waiting);
        flush = () => {
          clearTimeout(waiting);
          flush = () => {};
          address.set({ part: part.id, ...state });
          left.set(part.id, location.hash);
        };
        waiting = window.setTimeout(() => flush(), SAVED_AFTER);
      },
    });
    enlarge();
  }

  function forget() {
    clearTimeout(waiting);
    flush = () => {};
    mounted?.unmount();
    mounted = null;
  }

  /** @param {Part} part @param {boolean} current */
  function partLink(part, current) {
    const usual = `#view=arithmetic&part=${part.id}`;
    const link = element("a", { href: usual, "aria-current": current ? "page" : undefined }, [
      part.title,
    ]);
    // A part that was left comes back as it was.
    link.addEventListener("click", () => {
      flush();
      const state = new URLSearchParams((left.get(part.id) ?? usual).slice(1));
      if (address.get("big")) state.set("big", "1");
      else state.delete("big");
      link.href = `#${state}`;
    });
    return link;
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
      forget();
      root.classList.remove("big");
      root.replaceChildren();
    },
  };
}

/** @param {string} id */
const partOfPresets = (id) => ({ kernel: "slide", pooling: "pool" })[id] ?? "size";

// @ts-check
import { element } from "../element.js";

/**
 * @param {HTMLElement} root
 * @param {import("../main.js").Host} _host
 * @returns {import("../main.js").Mounted}
 */
export function mount(root, _host) {
  root.append(element("p", {}, ["…"]));
  return { unmount: () => root.replaceChildren() };
}

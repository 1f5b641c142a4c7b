// @ts-check
/** Every pooling on the same input. */

/**
 * @param {HTMLElement} _root
 * @param {import("./view.js").PartHost} _host
 */
export function mount(_root, _host) {
  return { unmount: () => {} };
}

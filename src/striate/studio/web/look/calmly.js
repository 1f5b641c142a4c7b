// @ts-check
/** Texts that change with every frame, said as often as one can read them. */

/** Milliseconds between two texts of the same place: nobody reads numbers faster. */
const CALM = 125;

/** @type {WeakMap<object, number>} */
const said = new WeakMap();
/** @type {Map<object, () => void>} */
const unsaid = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let saying;

/**
 * Does `work` now where it was not done lately, else a little later; for the same key only the
 * newest. For texts: to lay them out with each frame makes all that moves slower.
 *
 * @param {object} key
 * @param {() => void} work
 */
export function calmly(key, work) {
  const now = performance.now();
  if (now - (said.get(key) ?? -CALM) >= CALM) {
    said.set(key, now);
    unsaid.delete(key);
    work();
    return;
  }
  unsaid.set(key, work);
  saying ??= setTimeout(sayAll, CALM);
}

function sayAll() {
  saying = undefined;
  const now = performance.now();
  for (const [key, work] of unsaid) {
    said.set(key, now);
    work();
  }
  unsaid.clear();
}

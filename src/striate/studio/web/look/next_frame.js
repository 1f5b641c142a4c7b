// @ts-check
/** Work that changes what is on the screen, once a frame of it. */

/** @type {Map<object, () => void>} */
const waiting = new Map();
let asked = false;

/**
 * Does `work` when the next frame is painted; for the same key only the newest.
 *
 * @param {object} key
 * @param {() => void} work
 */
export function onNextFrame(key, work) {
  waiting.set(key, work);
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    const works = [...waiting.values()];
    waiting.clear();
    for (const one of works) one();
  });
}

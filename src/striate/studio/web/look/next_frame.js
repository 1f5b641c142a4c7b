// @ts-check
/** Work that changes what is on the screen, once a frame of it. */

/** @type {Map<object, () => void>} */
const waiting = new Map();
let asked = false;

/** Milliseconds of a frame after which what is left waits for the next one. */
const MOST_IN_FRAME = 24;

/**
 * Does `work` when the next frame is painted; for the same key only the newest. Of very much work a
 * part waits for the frame after it, in turn.
 *
 * @param {object} key
 * @param {() => void} work
 */
export function onNextFrame(key, work) {
  waiting.set(key, work);
  if (asked) return;
  asked = true;
  requestAnimationFrame(frame);
}

/** Does what waits for the next frame already now, so that the frame need not wait for it. */
export function ahead() {
  const ends = performance.now() + MOST_IN_FRAME;
  for (const [key, work] of [...waiting]) {
    waiting.delete(key);
    work();
    if (performance.now() >= ends) break;
  }
}

function frame() {
  asked = false;
  ahead();
  if (waiting.size === 0 || asked) return;
  asked = true;
  requestAnimationFrame(frame);
}

const MOST_AT_ONCE = 12;

/**
 * Does something with each item, so many in a frame that the page answers all the while.
 *
 * @template T
 * @param {T[]} items
 * @param {(item: T) => void} work
 * @param {() => boolean} wanted false ends it early
 * @param {() => void} [done]
 */
export function inPieces(items, work, wanted, done = () => {}) {
  let next = 0;
  const go = () => {
    const ends = performance.now() + MOST_AT_ONCE;
    while (next < items.length && wanted() && performance.now() < ends) work(items[next++]);
    if (!wanted()) return;
    if (next < items.length) requestAnimationFrame(go);
    else done();
  };
  go();
}

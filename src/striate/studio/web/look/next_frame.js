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

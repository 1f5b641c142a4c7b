// @ts-check
/** The state of the page in its address, after the `#`, so that a view can be shared or reloaded. */

export class Address {
  /** @param {Window} window */
  constructor(window) {
    this._window = window;
    /** @type {Set<() => void>} */
    this._listeners = new Set();
    window.addEventListener("hashchange", () => this._tell());
  }

  /** @returns {URLSearchParams} */
  get _parameters() {
    return new URLSearchParams(this._window.location.hash.slice(1));
  }

  /**
   * @param {string} name
   * @returns {string | null} what stands there, null if nothing does
   */
  get(name) {
    return this._parameters.get(name);
  }

  /**
   * Writes some of the state; null or "" removes an entry. Every `push` makes a step that the
   * browser's Back undoes; without, the present step is rewritten.
   *
   * @param {Record<string, string | number | null>} changes
   * @param {{ push?: boolean }} [options]
   */
  set(changes, { push = false } = {}) {
    const parameters = this._parameters;
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === "") parameters.delete(name);
      else parameters.set(name, String(value));
    }
    const hash = `#${parameters.toString()}`;
    if (hash === this._window.location.hash) return;
    if (push) this._window.history.pushState(null, "", hash);
    else this._window.history.replaceState(null, "", hash);
    if (push) this._tell();
  }

  /**
   * Calls `listener` when the user goes to another state: a link, Back, an edited address.
   *
   * @param {() => void} listener
   * @returns {() => void} ends it
   */
  subscribe(listener) {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  }

  _tell() {
    for (const listener of [...this._listeners]) listener();
  }
}

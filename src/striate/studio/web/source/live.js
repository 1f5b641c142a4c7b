// @ts-check
/** A studio that runs: one socket, which is opened again when it is lost. */

import { decode, encode } from "./frame.js";
import { Dropped, Refused } from "./source.js";

/**
 * @typedef {import("./source.js").Answer} Answer
 * @typedef {import("./source.js").Source} Source
 * @typedef {import("./source.js").Status} Status
 * @typedef {import("./source.js").Tensors} Tensors
 * @typedef {object} Asked
 * @property {string | ArrayBuffer} message
 * @property {string | undefined} latest
 * @property {boolean} once
 * @property {boolean} sent
 * @property {(answer: Answer) => void} resolve
 * @property {(error: Error) => void} reject
 * @typedef {{ message: string, onAnswer: (answer: Answer) => void, onEnd: (error: Error | null) => void }} Followed
 */

const FIRST_WAIT = 250;
const LONGEST_WAIT = 4000;

/** @implements {Source} */
export class LiveSource {
  /** @param {string} url of the socket */
  constructor(url) {
    this._url = url.replace(/[?#].*$/, "");
    this._next = 1;
    this._wait = FIRST_WAIT;
    /** @type {Status} */
    this._status = "connecting";
    /** @type {Set<(status: Status) => void>} */
    this._listeners = new Set();
    /** @type {Map<number, Asked>} */
    this._asked = new Map();
    /** @type {Map<number, Followed>} */
    this._followed = new Map();
    /** @type {WebSocket | null} */
    this._socket = null;
    this._connect();
  }

  /**
   * @param {string} name
   * @param {object} [parameters]
   * @param {{ arrays?: Tensors, latest?: string, once?: boolean }} [options]
   * @returns {Promise<Answer>}
   */
  request(name, parameters = {}, { arrays, latest, once = false } = {}) {
    const id = this._next++;
    const head = { id, request: name, parameters, latest };
    const message = arrays ? encode(head, arrays) : JSON.stringify(head);
    return new Promise((resolve, reject) => {
      const sent = this._status === "open";
      if (latest !== undefined) this._drop(latest);
      if (sent) this._socket?.send(message);
      this._asked.set(id, { message, latest, once, sent, resolve, reject });
    });
  }

  /**
   * @param {string} name
   * @param {object} parameters
   * @param {(answer: Answer) => void} onAnswer
   * @param {(error: Error | null) => void} [onEnd]
   * @returns {() => void}
   */
  stream(name, parameters, onAnswer, onEnd = () => {}) {
    const id = this._next++;
    const message = JSON.stringify({ id, request: name, parameters });
    this._followed.set(id, { message, onAnswer, onEnd });
    if (this._status === "open") this._socket?.send(message);
    return () => {
      if (this._followed.delete(id) && this._status === "open") {
        this._socket?.send(JSON.stringify({ cancel: id }));
      }
    };
  }

  /**
   * @param {(status: Status) => void} listener
   * @returns {() => void}
   */
  onStatus(listener) {
    this._listeners.add(listener);
    listener(this._status);
    return () => this._listeners.delete(listener);
  }

  /**
   * Drops what a newer request overtakes before it was sent; later the studio does.
   *
   * @param {string} latest
   */
  _drop(latest) {
    for (const [id, asked] of this._asked) {
      if (asked.sent || asked.latest !== latest) continue;
      this._asked.delete(id);
      asked.reject(new Dropped("a newer request took its place"));
    }
  }

  _connect() {
    const socket = new WebSocket(this._url);
    let opened = false;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      this._wait = FIRST_WAIT;
      opened = true;
      // What was asked while there was no connection, or was lost with it, is asked anew; after
      // what those ask who hear of the connection, for a new studio may need to be told it first.
      const [asked, followed] = [[...this._asked], [...this._followed]];
      this._tell("open");
      for (const [id, one] of asked) {
        if (!this._asked.has(id)) continue;
        one.sent = true;
        socket.send(one.message);
      }
      for (const [id, { message }] of followed) if (this._followed.has(id)) socket.send(message);
    });
    socket.addEventListener("message", (event) => this._hear(event.data));
    socket.addEventListener("close", () => {
      this._tell(this._status === "refused" ? "refused" : "lost");
      if (!opened) void this._ask();
      this._giveUp();
      setTimeout(() => this._connect(), this._wait);
      this._wait = Math.min(2 * this._wait, LONGEST_WAIT);
    });
    this._socket = socket;
  }

  /** What is asked once only may have been done, though its answer was lost. */
  _giveUp() {
    for (const [id, asked] of this._asked) {
      const done = asked.once && asked.sent;
      asked.sent = false;
      if (!done) continue;
      this._asked.delete(id);
      asked.reject(new Refused("the connection was lost: look whether this was done, or try again"));
    }
  }

  /** Finds out whether a studio that lets no socket in is gone, or does not know this page. */
  async _ask() {
    const answer = await fetch(location.pathname, { method: "HEAD" }).catch(() => null);
    if (this._status === "open") return;
    this._tell(answer?.status === 401 || answer?.status === 403 ? "refused" : "lost");
  }

  /** @param {string | ArrayBuffer} data */
  _hear(data) {
    const { head, arrays } =
      typeof data === "string" ? { head: JSON.parse(data), arrays: {} } : decode(data);
    const answer = { values: head.answer, arrays };
    const followed = this._followed.get(head.id);
    if (followed) {
      if (head.more) followed.onAnswer(answer);
      else {
        this._followed.delete(head.id);
        followed.onEnd(head.error === undefined ? null : new Refused(head.error));
      }
      return;
    }
    const asked = this._asked.get(head.id);
    if (!asked) return;
    this._asked.delete(head.id);
    if (head.error !== undefined) asked.reject(new Refused(head.error));
    else if (head.dropped) asked.reject(new Dropped("a newer request took its place"));
    else asked.resolve(answer);
  }

  /** @param {Status} status */
  _tell(status) {
    if (status === this._status) return;
    this._status = status;
    for (const listener of [...this._listeners]) listener(status);
  }
}

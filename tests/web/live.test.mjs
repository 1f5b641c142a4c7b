/** The source of a running studio: asked over one socket, which is lost and found again. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { decode, encode } from "../../src/striate/studio/web/source/frame.js";
import { LiveSource } from "../../src/striate/studio/web/source/live.js";
import { Dropped, Refused } from "../../src/striate/studio/web/source/source.js";

/** @type {FakeSocket[]} */
let sockets = [];
/** What the page's address is answered: a status, or null where nobody answers. */
let page = null;

class FakeSocket extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
    this.sent = [];
    sockets.push(this);
  }

  send(message) {
    this.sent.push(typeof message === "string" ? JSON.parse(message) : decode(message));
  }

  open() {
    this.dispatchEvent(new Event("open"));
  }

  close() {
    this.dispatchEvent(new Event("close"));
  }

  say(head) {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(head) }));
  }

  sayBytes(bytes) {
    this.dispatchEvent(new MessageEvent("message", { data: bytes }));
  }
}

globalThis.WebSocket = FakeSocket;
globalThis.location = { pathname: "/" };
globalThis.fetch = async () => {
  if (page === null) throw new TypeError("nobody answers");
  return { status: page };
};
mock.timers.enable({ apis: ["setTimeout"] });

beforeEach(() => {
  sockets = [];
  page = null;
});

const settled = () => new Promise((resolve) => setImmediate(resolve));

function opened() {
  const source = new LiveSource("ws://127.0.0.1:8765/socket?token=secret#view=look");
  sockets[0].open();
  return source;
}

test("the socket's address has no token and no state", () => {
  opened();
  assert.equal(sockets[0].url, "ws://127.0.0.1:8765/socket");
  assert.equal(sockets[0].binaryType, "arraybuffer");
});

test("answers find their requests in whatever order they come", async () => {
  const source = opened();
  const first = source.request("a", { x: 1 });
  const second = source.request("b");
  const [one, two] = sockets[0].sent;
  assert.deepEqual([one.request, one.parameters, two.request], ["a", { x: 1 }, "b"]);
  sockets[0].say({ id: two.id, answer: "second" });
  sockets[0].say({ id: one.id, answer: "first" });
  assert.deepEqual([(await first).values, (await second).values], ["first", "second"]);
});

test("arrays are sent and come", async () => {
  const source = opened();
  const image = { type: "float32", shape: [2], data: new Float32Array([1, 2]) };
  const answer = source.request("a", {}, { arrays: { image }, latest: "pen" });
  const { head, arrays } = sockets[0].sent[0];
  assert.equal(head.latest, "pen");
  assert.deepEqual(arrays, { image });
  sockets[0].sayBytes(encode({ id: head.id, answer: { top: 3 } }, { maps: image }));
  const { values, arrays: maps } = await answer;
  assert.deepEqual([values, maps], [{ top: 3 }, { maps: image }]);
});

test("a refusal says why, and one that was overtaken is told apart", async () => {
  const source = opened();
  const [first, second] = [source.request("a"), source.request("a")];
  sockets[0].say({ id: 1, error: "this cannot be" });
  sockets[0].say({ id: 2, dropped: true });
  await assert.rejects(first, (error) => error instanceof Refused && error.message === "this cannot be");
  await assert.rejects(second, Dropped);
});

test("what is asked before the socket opens is sent then", async () => {
  const source = new LiveSource("ws://x/socket");
  const answer = source.request("a");
  assert.deepEqual(sockets[0].sent, []);
  sockets[0].open();
  assert.equal(sockets[0].sent.length, 1);
  sockets[0].say({ id: 1, answer: 5 });
  assert.equal((await answer).values, 5);
});

test("a lost socket is opened again, and what had no answer is asked again", async () => {
  const source = opened();
  const statuses = [];
  source.onStatus((status) => statuses.push(status));
  const [done, waits] = [source.request("done"), source.request("waits")];
  const frames = [];
  source.stream("follow", { run: "a" }, ({ values }) => frames.push(values));
  sockets[0].say({ id: 1, answer: "done" });
  sockets[0].say({ id: 3, more: true, answer: 1 });
  await done;
  sockets[0].close();
  const later = source.request("later");
  mock.timers.tick(250);
  sockets[1].open();
  assert.deepEqual(sockets[1].sent.map((one) => [one.id, one.request]), [
    [2, "waits"],
    [4, "later"],
    [3, "follow"],
  ]);
  sockets[1].say({ id: 2, answer: "late" });
  sockets[1].say({ id: 4, answer: "later still" });
  sockets[1].say({ id: 3, more: true, answer: 2 });
  assert.deepEqual([(await waits).values, (await later).values], ["late", "later still"]);
  assert.deepEqual(frames, [1, 2]);
  assert.deepEqual(statuses, ["open", "lost", "open"]);
});

test("what is asked on hearing of the connection goes first, and once", async () => {
  const source = opened();
  const lost = source.request("trace", {}, { latest: "pen" });
  const asked = [];
  source.onStatus((status) => {
    if (status !== "open" || asked.length === 0) return asked.push(null);
    void source.request("open");
    void source.request("runs", {}, { latest: "runs" });
    source.stream("follow", {}, () => {});
  });
  const overtaken = source.request("runs", {}, { latest: "runs" });
  sockets[0].close();
  mock.timers.tick(250);
  sockets[1].open();
  const names = sockets[1].sent.map((one) => `${one.id} ${one.request}`);
  assert.deepEqual(names, ["3 open", "4 runs", "5 follow", "1 trace"]);
  await assert.rejects(overtaken, Dropped);
  sockets[1].say({ id: 1, answer: "traced" });
  assert.equal((await lost).values, "traced");
});

test("what may be done once only is not asked again", async () => {
  const source = opened();
  const sent = source.request("start", {}, { once: true });
  sockets[0].close();
  await assert.rejects(sent, Refused);
  const unsent = source.request("start", {}, { once: true });
  mock.timers.tick(250);
  sockets[1].close(); // it never opened, so nothing was sent
  mock.timers.tick(500);
  sockets[2].open();
  assert.equal(sockets[2].sent.length, 1);
  sockets[2].say({ id: sockets[2].sent[0].id, answer: "started" });
  assert.equal((await unsent).values, "started");
});

test("while it is lost, newer requests take the place of older ones", async () => {
  const source = opened();
  sockets[0].close();
  const strokes = [1, 2, 3].map((x) => source.request("trace", { x }, { latest: "pen" }));
  const other = source.request("trace", { x: 4 }, { latest: "hover" });
  await assert.rejects(strokes[0], Dropped);
  await assert.rejects(strokes[1], Dropped);
  mock.timers.tick(250);
  sockets[1].open();
  assert.deepEqual(sockets[1].sent.map((one) => one.parameters.x), [3, 4]);
  for (const { id } of sockets[1].sent) sockets[1].say({ id, answer: id });
  await Promise.all([strokes[2], other]);
});

test("it waits longer each time, and not for ever", () => {
  opened();
  sockets[0].close();
  for (const wait of [250, 500, 1000, 2000, 4000, 4000, 4000]) {
    const before = sockets.length;
    mock.timers.tick(wait - 1);
    assert.equal(sockets.length, before);
    mock.timers.tick(1);
    assert.equal(sockets.length, before + 1);
    sockets.at(-1).close();
  }
  mock.timers.tick(4000);
  sockets.at(-1).open();
  sockets.at(-1).close();
  const before = sockets.length;
  mock.timers.tick(250);
  assert.equal(sockets.length, before + 1);
});

test("a studio that does not know the page is told from one that is gone", async () => {
  const source = opened();
  const statuses = [];
  source.onStatus((status) => statuses.push(status));
  sockets[0].close();
  for (const answer of [null, 401, 401, null, 403]) {
    page = answer;
    mock.timers.tick(4000);
    sockets.at(-1).close();
    await settled();
  }
  mock.timers.tick(4000);
  sockets.at(-1).open();
  assert.deepEqual(statuses, ["open", "lost", "refused", "lost", "refused", "open"]);
});

test("a stream ends when it is over, when it fails, or when it is cancelled", () => {
  const source = opened();
  const heard = [];
  const follow = () =>
    source.stream("follow", {}, ({ values }) => heard.push(values), (error) => heard.push(error?.message ?? "over"));
  follow();
  follow();
  const cancel = follow();
  sockets[0].say({ id: 1, more: true, answer: 1 });
  sockets[0].say({ id: 1, more: false });
  sockets[0].say({ id: 1, more: true, answer: "too late" });
  sockets[0].say({ id: 2, error: "there is no such run" });
  sockets[0].say({ id: 3, more: true, answer: 3 });
  cancel();
  cancel();
  sockets[0].say({ id: 3, more: true, answer: "after the end" });
  assert.deepEqual(heard, [1, "over", "there is no such run", 3]);
  assert.deepEqual(sockets[0].sent.at(-1), { cancel: 3 });
  assert.equal(sockets[0].sent.length, 4);
});

test("a stream that was cancelled while the socket was lost is not asked for again", () => {
  const source = opened();
  const cancel = source.stream("follow", {}, () => {});
  sockets[0].close();
  cancel();
  mock.timers.tick(250);
  sockets[1].open();
  assert.deepEqual(sockets[1].sent, []);
});

test("an answer to nothing does no harm", () => {
  opened();
  sockets[0].say({ id: null, error: "a message must be JSON" });
  sockets[0].say({ id: 99, answer: 1 });
});

test("a listener of the status is told at once, and ended", () => {
  const source = new LiveSource("ws://x/socket");
  const statuses = [];
  const end = source.onStatus((status) => statuses.push(status));
  sockets[0].open();
  end();
  sockets[0].close();
  assert.deepEqual(statuses, ["connecting", "open"]);
});

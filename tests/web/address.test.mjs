/** The state in the address. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Address } from "../../src/striate/studio/web/address.js";

/** A window with a history, and nothing else. */
class FakeWindow extends EventTarget {
  constructor(hash = "") {
    super();
    this.past = [hash];
    const self = this;
    this.location = {
      get hash() {
        return self.past.at(-1);
      },
    };
    this.history = {
      pushState: (state, title, hash) => this.past.push(hash),
      replaceState: (state, title, hash) => {
        this.past[this.past.length - 1] = hash;
      },
    };
  }

  back() {
    this.past.pop();
    this.dispatchEvent(new Event("hashchange"));
  }
}

test("what is set is there", () => {
  const address = new Address(new FakeWindow());
  assert.equal(address.get("view"), null);
  address.set({ view: "train", step: 12, empty: "", none: null });
  assert.equal(address.get("view"), "train");
  assert.equal(address.get("step"), "12");
  assert.equal(address.get("empty"), null);
  address.set({ view: null });
  assert.equal(address.get("view"), null);
  assert.equal(address.get("step"), "12");
});

test("any text comes back as it was", () => {
  const window = new FakeWindow();
  for (const text of ["a&b=c#d", "100 %", "größer 😀", "<script>", "+", " ", "\n", "conv 6 5x5"]) {
    new Address(window).set({ text });
    assert.equal(new Address(window).get("text"), text);
    assert.match(window.location.hash, /^#[\x21-\x7e]*$/);
  }
});

test("only a push makes a step in the history", () => {
  const window = new FakeWindow("#view=look");
  const address = new Address(window);
  address.set({ view: "look" }, { push: true }); // as it is already
  assert.equal(window.past.length, 1);
  address.set({ layer: "conv1" });
  assert.deepEqual(window.past, ["#view=look&layer=conv1"]);
  address.set({ view: "train" }, { push: true });
  assert.equal(window.past.length, 2);
});

test("listeners hear of other states, and of no rewriting", () => {
  const window = new FakeWindow("#view=look");
  const address = new Address(window);
  let heard = 0;
  const end = address.subscribe(() => heard++);
  address.set({ layer: "conv1" });
  assert.equal(heard, 0);
  address.set({ view: "train" }, { push: true });
  assert.equal(heard, 1);
  window.back();
  assert.equal(heard, 2);
  assert.equal(address.get("view"), "look");
  end();
  address.set({ view: "train" }, { push: true });
  assert.equal(heard, 2);
});

test("a listener may end itself or others while it is told", () => {
  const address = new Address(new FakeWindow());
  const heard = [];
  const endFirst = address.subscribe(() => {
    heard.push("first");
    endFirst();
  });
  address.subscribe(() => heard.push("second"));
  address.set({ a: 1 }, { push: true });
  address.set({ a: 2 }, { push: true });
  assert.deepEqual(heard, ["first", "second", "second"]);
});

test("an address that somebody typed does no harm", () => {
  for (const hash of ["#", "#=", "#&&&", "#%", "#%ff", "#view", "#view=look&view=train", "#__proto__=1"]) {
    const address = new Address(new FakeWindow(hash));
    address.get("view");
    address.set({ a: 1 });
    assert.equal(address.get("a"), "1");
  }
});

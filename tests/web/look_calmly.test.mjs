import assert from "node:assert/strict";
import { test } from "node:test";

import { calmly } from "../../src/striate/studio/web/look/calmly.js";

test("the first text is said at once, of those that follow the newest", async () => {
  const [one, other] = [{}, {}];
  const said = [];
  for (let number = 0; number < 5; number++) {
    calmly(one, () => said.push(`one ${number}`));
    calmly(other, () => said.push(`other ${number}`));
  }
  assert.deepEqual(said, ["one 0", "other 0"]);
  while (said.length < 4) await new Promise((next) => setTimeout(next, 5));
  assert.deepEqual(said.slice(2), ["one 4", "other 4"]);
  await new Promise((next) => setTimeout(next, 150));
  assert.equal(said.length, 4);
  calmly(one, () => said.push("again"));
  assert.equal(said.at(-1), "again");
});

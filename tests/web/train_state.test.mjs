/** The train view's state: the address, designs packed into it, settings as they are typed. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { packed, unpacked } from "../../src/striate/studio/web/train/draft.js";
import { placeIn } from "../../src/striate/studio/web/train/place.js";
import { chosenInWords } from "../../src/striate/studio/web/train/settings_of.js";
import { begun, readValue } from "../../src/striate/studio/web/train/settings.js";

const placeOf = (text) => placeIn(new URLSearchParams(text));

test("the address says which page is shown", () => {
  assert.equal(placeOf("view=train").page, "design");
  assert.equal(placeOf("run=digits").page, "run");
  const compared = placeOf("run=digits&compare=a,b,a,,c");
  assert.deepEqual([compared.page, compared.compared], ["compare", ["a", "b", "c"]]);
});

test("what an address cannot mean is left out", () => {
  const place = placeOf("run=x&panel=__proto__&moment=-3&example=1e9&along=miles&scale=log");
  assert.deepEqual(
    [place.panel, place.moment, place.example, place.along, place.logarithmic],
    ["layers", null, null, "examples", true],
  );
  assert.deepEqual([placeOf("moment=0").moment, placeOf("example=17").example], [0, 17]);
  assert.equal(placeOf("compare=a,b,c,d,e,f,g,h").compared.length, 6);
});

const form = {
  network: "# Füße\ninput 1x8x8\nflatten\nlinear 10\n".repeat(20),
  dataset: "digits",
  epochs: 2.5,
  batch: 32,
  seed: 0,
  loss: { kind: "cross_entropy" },
  optimiser: { kind: "adam", betas: [0.9, 0.99] },
  schedule: { kind: "constant" },
  augmentation: [{ kind: "shift", pixels: 2 }],
  recipe: null,
};

test("a design comes out of the address as it went in, and shorter", async () => {
  const text = await packed(form);
  assert.match(text, /^[\w-]+$/);
  assert.ok(text.length < JSON.stringify(form).length);
  assert.deepEqual(await unpacked(text), form);
});

test("what holds no design is none", async () => {
  const whole = await packed(form);
  const broken = [whole.slice(0, 40), "!!!", "", await packed({ ...form, optimiser: 3 }), await packed(null)];
  for (const text of broken) assert.equal(await unpacked(text), null);
  assert.equal(await unpacked(await packed({ ...form, network: "x".repeat(2 << 20) })), null, "a bomb");
});

const setting = (more) => ({
  name: "lr", type: "number", default: null, least: null, most: null, above: 0, below: null, choices: null, says: "", ...more,
});

test("numbers are taken within their range, as many as may be", () => {
  assert.equal(readValue(setting(), " 1e-3 "), 0.001);
  assert.equal(readValue(setting(), "0"), undefined);
  assert.equal(readValue(setting(), "abc"), undefined);
  assert.equal(readValue(setting(), "Infinity"), undefined);
  assert.equal(readValue(setting(), ""), undefined, "it must be given");
  assert.equal(readValue(setting({ default: 0.1 }), ""), null, "it has a default");
  assert.equal(readValue(setting({ type: "whole" }), "2.5"), undefined);
  assert.deepEqual(readValue(setting({ type: "numbers", below: 1 }), "0.9, 0.99"), [0.9, 0.99]);
  assert.equal(readValue(setting({ type: "numbers", below: 1 }), "0.9, 1"), undefined);
  assert.deepEqual(readValue(setting({ type: "whole", list: true }), "2 4"), [2, 4]);
  assert.equal(readValue(setting({ type: "whole", list: true }), "2"), 2);
});

test("a kind begins with its defaults, and with something where it has none", () => {
  const kind = { kind: "sgd", title: "", settings: [setting(), setting({ name: "momentum", default: 0 })] };
  assert.deepEqual(begun(kind), { kind: "sgd", lr: 0.1, momentum: 0 });
});

test("settings in words", () => {
  assert.equal(
    chosenInWords({ kind: "mean_square", lr: 0.1, nesterov: true, per_axis: false, betas: [0.9, 0.99], others: { kind: "x" } }),
    "mean square, learning rate 0.1, Nesterov's momentum, no per axis, β₁, β₂ 0.9, 0.99",
  );
});

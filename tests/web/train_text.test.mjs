/** The train view's text: fixes from suggestions, indentation, underlines, sentences. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { fixOf, inputFix } from "../../src/striate/studio/web/train/fixes.js";
import { brokenLine, indented } from "../../src/striate/studio/web/train/indent.js";
import { spansOf } from "../../src/striate/studio/web/train/underlines.js";
import { duration, percent, roundPercent } from "../../src/striate/studio/web/train/words.js";

const mistake = (line, column, width, suggestion) => ({ line, column, width, message: "", suggestion });

test("a padding that fits is added before the remark, or takes the place of another", () => {
  const suggestion = "`pad 2` would give 1x1, the smallest input that works is 1x9x9";
  const text = "input 1x8x8\nconv 4 9x9  # wide\nconv 4 9x9 pad 1 stride 2\n";
  assert.deepEqual(fixOf(text, mistake(2, 8, 3, suggestion)), {
    label: "pad 2",
    text: "input 1x8x8\nconv 4 9x9 pad 2  # wide\nconv 4 9x9 pad 1 stride 2\n",
  });
  assert.equal(
    fixOf(text, mistake(3, 8, 3, "`pad 0,1` fits"))?.text,
    "input 1x8x8\nconv 4 9x9  # wide\nconv 4 9x9 stride 2 pad 0,1\n",
  );
});

test("a word takes the place of the one that nobody knows", () => {
  const text = "input 1x8x8\nconvv 4 3x3 strid 2";
  assert.equal(fixOf(text, mistake(2, 1, 5, "did you mean `conv`?"))?.text, "input 1x8x8\nconv 4 3x3 strid 2");
  assert.equal(fixOf(text, mistake(2, 13, 5, "did you mean `stride`?"))?.text, "input 1x8x8\nconvv 4 3x3 stride 2");
  assert.equal(fixOf("conv 4 (3,3)", mistake(1, 8, 5, "write `3x3`"))?.text, "conv 4 3x3");
});

test("a layer is put before, with the indentation of the line", () => {
  const text = "input 1x8x8\nparallel\n  branch\n    linear 3";
  assert.equal(
    fixOf(text, mistake(4, 5, 6, "put `flatten` before it, which gives 64 values"))?.text,
    "input 1x8x8\nparallel\n  branch\n    flatten\n    linear 3",
  );
});

test("the windows of a block get `pad same`, those after it do not", () => {
  const text = "residual\n  conv 8 3x3\n  relu\n  conv 8 3x3 pad 0\nconv 8 3x3";
  const suggestion = "give the windows of the body `pad same`, or write a `shortcut` block";
  assert.equal(
    fixOf(text, mistake(1, 1, 8, suggestion))?.text,
    "residual\n  conv 8 3x3 pad same\n  relu\n  conv 8 3x3 pad same\nconv 8 3x3",
  );
});

test("indentation, the input line, and repeats are mended", () => {
  const text = "input 28x28\n conv 3 3x3\nrepeat 900\n  relu";
  assert.equal(fixOf(text, mistake(2, 1, 1, "indent by 0 or 3"))?.text, text.replace(" conv", "conv"));
  assert.equal(fixOf(text, mistake(2, 2, 4, "indent this line like line 1"))?.text, text.replace(" conv", "conv"));
  assert.equal(
    fixOf(text, mistake(1, 7, 5, "for one channel of 28x28 write `input 1x28x28`"))?.text,
    text.replace("28x28", "1x28x28"),
  );
  assert.equal(
    fixOf(text, mistake(3, 8, 3, "`repeat 64` is the most that fits here"))?.text,
    text.replace("900", "64"),
  );
  assert.equal(
    inputFix(text, "its input is 28x28, but: begin the network with `input 3x32x32`")?.text,
    text.replace("28x28", "3x32x32"),
  );
});

test("what is nothing to do at one place has no fix", () => {
  for (const suggestion of [null, "keep one of them", "known are conv, relu", "as in `conv 64 3x3`"]) {
    assert.equal(fixOf("conv 1", mistake(1, 1, 4, suggestion)), null);
  }
  assert.equal(fixOf("conv 1", mistake(7, 1, 4, "did you mean `conv`?")), null);
});

test("Tab fills to the next step, and moves selected lines in and out", () => {
  assert.deepEqual(indented({ text: "ab", from: 1, to: 1 }, false), { text: "a b", from: 2, to: 2 });
  const two = { text: "a\nb\nc", from: 0, to: 3 };
  assert.deepEqual(indented(two, false), { text: "  a\n  b\nc", from: 2, to: 7 });
  assert.deepEqual(indented({ text: "  a\n  b\nc", from: 2, to: 7 }, true), two);
  assert.deepEqual(indented({ text: "a", from: 0, to: 0 }, true), { text: "a", from: 0, to: 0 });
});

test("Enter keeps the indentation and adds a step after the head of a block", () => {
  assert.equal(brokenLine({ text: "  relu", from: 6, to: 6 }).text, "  relu\n  ");
  assert.deepEqual(brokenLine({ text: "residual", from: 8, to: 8 }), { text: "residual\n  ", from: 11, to: 11 });
});

test("underlines stay within their lines and do not overlap", () => {
  const report = {
    rows: [{ notes: [{ line: 1, column: 1, width: 4, severity: "note" }] }],
    diagnostics: [
      { line: 1, column: 6, width: 99, severity: "error" },
      { line: 1, column: 8, width: 1, severity: "error" },
      { line: 2, column: 1, width: 1, severity: "error" },
    ],
  };
  const spans = spansOf(["conv 6 40x40", ""], report, null);
  assert.deepEqual(spans.get(1), [
    { from: 0, to: 4, severity: "note" },
    { from: 5, to: 12, severity: "error" },
  ]);
  assert.deepEqual(spans.get(2), [{ from: 0, to: 1, severity: "error" }]);
});

test("times and shares as people read them", () => {
  const times = [null, 0.04, 9.96, 59.4, 61, 3600, 7260, 90000];
  assert.deepEqual(times.map(duration), ["–", "0 s", "10 s", "59 s", "1 min 1 s", "1 h", "2 h 1 min", "1 d 1 h"]);
  assert.deepEqual([null, 0, 0.0004, 0.983, 1].map(percent), ["–", "0.0%", "0.04%", "98.3%", "100.0%"]);
  assert.deepEqual([0.4, 0.975].map(roundPercent), ["40%", "97.5%"]);
});

// @ts-check
/**
 * Indentation in a text field: what Tab, Shift-Tab and Enter make of a text and its selection.
 *
 * @typedef {{ text: string, from: number, to: number }} Edited the text and what is selected in it
 */

const STEP = "  ";

/**
 * @param {Edited} edited
 * @param {boolean} outwards
 * @returns {Edited} with the selected lines moved by one step; with nothing selected, Tab fills to
 *   the next step at the caret
 */
export function indented({ text, from, to }, outwards) {
  const begin = lineStart(text, from);
  if (from === to && !outwards) {
    const fill = STEP.slice((from - begin) % STEP.length);
    return { text: text.slice(0, from) + fill + text.slice(to), from: from + fill.length, to: to + fill.length };
  }
  const ended = lineEnd(text, to > from && text[to - 1] === "\n" ? to - 1 : to);
  const lines = text.slice(begin, ended).split("\n");
  const moved = lines.map((line) => (outwards ? line.replace(/^ {1,2}/, "") : line && STEP + line));
  const first = moved[0].length - lines[0].length;
  const all = moved.join("\n");
  return {
    text: text.slice(0, begin) + all + text.slice(ended),
    from: Math.max(begin, from + first),
    to: Math.max(begin, to + all.length - (ended - begin)),
  };
}

const BLOCK = /^\s*(residual|parallel|branch|shortcut|repeat)\b/;

/**
 * @param {Edited} edited
 * @returns {Edited} with a new line that is indented like this one, one step more after the head
 *   of a block
 */
export function brokenLine({ text, from, to }) {
  const line = text.slice(lineStart(text, from), from);
  const indent = /^ */.exec(line)?.[0] ?? "";
  const added = `\n${indent}${BLOCK.test(line) ? STEP : ""}`;
  const place = from + added.length;
  return { text: text.slice(0, from) + added + text.slice(to), from: place, to: place };
}

/**
 * @param {string} text
 * @param {number} place
 */
function lineStart(text, place) {
  return text.lastIndexOf("\n", place - 1) + 1;
}

/**
 * @param {string} text
 * @param {number} place
 */
function lineEnd(text, place) {
  const end = text.indexOf("\n", place);
  return end < 0 ? text.length : end;
}

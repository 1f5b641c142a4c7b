// @ts-check
/** One-click fixes: the suggestion of a diagnostic as a change of the text. */

/**
 * @typedef {{ line: number, column: number, width: number, message: string, suggestion: string | null }} Mistake
 * @typedef {{ label: string, text: string }} Fix what the button says, and the whole text after it
 */

const WITH_WINDOW = /^\s*(conv|depthwise|separable|maxpool|avgpool|lppool|mixedpool|stochasticpool|gaussianpool)\b/;

/**
 * @param {string} text
 * @param {Mistake} mistake
 * @returns {Fix | null} null where the suggestion is nothing to do at one place of the text
 */
export function fixOf(text, mistake) {
  const suggestion = mistake.suggestion ?? "";
  const lines = text.split("\n");
  const line = lines[mistake.line - 1];
  if (line === undefined) return null;

  /** @type {(label: string, changed: string[]) => Fix} */
  const fix = (label, changed) => ({ label, text: changed.join("\n") });
  /** @type {(label: string, changed: string) => Fix} */
  const inLine = (label, changed) => fix(label, lines.with(mistake.line - 1, changed));

  const padding = /^`pad (\S+)` (?:fits|would give)/.exec(suggestion);
  if (padding) return inLine(`pad ${padding[1]}`, withPadding(line, padding[1]));

  const input = /write `(input [^`]+)`/.exec(suggestion);
  if (input) {
    const first = lines.findIndex((one) => /^\s*input\b/.test(one));
    return first < 0 ? null : fix(input[1], lines.with(first, input[1]));
  }
  const before = /^put `(\w+)` before it/.exec(suggestion);
  if (before) {
    const added = (/^\s*/.exec(line)?.[0] ?? "") + before[1];
    return fix(`${before[1]} before it`, lines.toSpliced(mistake.line - 1, 0, added));
  }
  if (/`pad same`/.test(suggestion) && /body|branch/.test(suggestion)) {
    return fix("pad same in all of it", bodyPadded(lines, mistake.line - 1));
  }
  const most = /^`(repeat \d+)` is the most/.exec(suggestion);
  if (most) return inLine(most[1], line.replace(/repeat\s+\S+/, most[1]));

  const indent = /^indent by (\d+)/.exec(suggestion);
  if (indent) return inLine(`indent by ${indent[1]}`, " ".repeat(Number(indent[1])) + line.trimStart());
  const like = /^indent this line like line (\d+)/.exec(suggestion);
  if (like) {
    const model = /^\s*/.exec(lines[Number(like[1]) - 1] ?? "")?.[0] ?? "";
    return inLine(`indent like line ${like[1]}`, model + line.trimStart());
  }
  const word = /^(?:did you mean|write) `([^`]+)`\??$/.exec(suggestion);
  if (word) return inLine(word[1], replaced(line, mistake, word[1]));
  return null;
}

/**
 * @param {string} text
 * @param {string} message that names the `input` line which the dataset needs
 * @returns {Fix | null}
 */
export function inputFix(text, message) {
  return fixOf(text, {
    line: 1,
    column: 1,
    width: 1,
    message,
    suggestion: message.replace("begin the network with", "write"),
  });
}

/**
 * @param {string} line
 * @param {Mistake} mistake
 * @param {string} word takes the place of what the mistake is about
 */
function replaced(line, { column, width }, word) {
  return line.slice(0, column - 1) + word + line.slice(column - 1 + width);
}

/**
 * @param {string} line
 * @param {string} padding
 * @returns {string} the line with this padding in place of any other, before its remark
 */
function withPadding(line, padding) {
  const [, code, remark] = /** @type {RegExpExecArray} */ (/^([^#]*?)(\s*(?:#.*)?)$/.exec(line));
  const bare = code.replace(/\s+pad\s+\S+/, "");
  return `${bare} pad ${padding}${remark}`;
}

/**
 * @param {string[]} lines
 * @param {number} head the line that the block begins with
 */
function bodyPadded(lines, head) {
  const depth = (/** @type {string} */ line) => line.length - line.trimStart().length;
  const changed = [...lines];
  for (let index = head + 1; index < lines.length; index++) {
    if (lines[index].trim() && depth(lines[index]) <= depth(lines[head])) break;
    if (WITH_WINDOW.test(lines[index])) changed[index] = withPadding(lines[index], "same");
  }
  return changed;
}

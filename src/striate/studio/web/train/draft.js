// @ts-check
/** The design of a run that was not started yet, packed so that it can stand in an address. */

/** @typedef {import("./types.js").Form} Form */

/**
 * @param {Form} form
 * @returns {Promise<string>} deflated JSON in base64url
 */
export async function packed(form) {
  const bytes = await through(
    new Blob([JSON.stringify(form)]).stream(),
    new CompressionStream("deflate-raw"),
  );
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const LONGEST = 1 << 20;

/**
 * @param {string} text
 * @returns {Promise<Form | null>} null for a text that holds no form
 */
export async function unpacked(text) {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) =>
      letter.charCodeAt(0),
    );
    const json = await through(new Blob([bytes]).stream(), new DecompressionStream("deflate-raw"));
    const form = JSON.parse(new TextDecoder().decode(json));
    return isForm(form) ? form : null;
  } catch {
    return null;
  }
}

/**
 * @param {any} form
 * @returns {form is Form}
 */
function isForm(form) {
  const chosen = (/** @type {any} */ one) => typeof one?.kind === "string";
  return (
    typeof form?.network === "string" &&
    typeof form.dataset === "string" &&
    [form.epochs, form.batch, form.seed].every((one) => typeof one === "number") &&
    [form.loss, form.optimiser, form.schedule].every(chosen) &&
    Array.isArray(form.augmentation) &&
    form.augmentation.every(chosen) &&
    (form.recipe === null || typeof form.recipe === "string")
  );
}

/**
 * @param {ReadableStream<Uint8Array>} stream
 * @param {CompressionStream | DecompressionStream} change
 * @returns {Promise<Uint8Array>}
 */
async function through(stream, change) {
  const reader = stream.pipeThrough(/** @type {any} */ (change)).getReader();
  /** @type {Uint8Array[]} */
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    if (length > LONGEST) throw new RangeError("too long");
  }
  const all = new Uint8Array(length);
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}

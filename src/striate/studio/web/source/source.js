// @ts-check
/**
 * Where a page's data comes from: a live studio, or a published file. Views know only this.
 *
 * @typedef {Float32Array | Uint8Array | Int32Array} Numbers
 * @typedef {{ type: "float32" | "uint8" | "int32", shape: number[], data: Numbers }} Tensor
 * @typedef {Record<string, Tensor>} Tensors
 * @typedef {{ values: any, arrays: Tensors }} Answer
 * @typedef {"connecting" | "open" | "lost" | "refused"} Status a source that
 *   is lost or refuses the page is asked again and again
 *
 * @typedef {object} Source
 * @property {(name: string, parameters?: object, options?: { arrays?: Tensors, latest?: string, once?: boolean }) => Promise<Answer>} request
 *   asks for one answer. Rejects with a Refused when the source says what is wrong, and with Dropped
 *   when a newer request with the same word `latest` took its place. What got no answer before the
 *   connection was lost is asked again, unless it may be done `once` only.
 * @property {(name: string, parameters: object, onAnswer: (answer: Answer) => void, onEnd?: (error: Error | null) => void) => () => void} stream
 *   asks for answers as they come, also after the connection was lost and found again; what it
 *   returns ends it.
 * @property {(listener: (status: Status) => void) => () => void} onStatus
 *   tells the status now and whenever it changes.
 */

/** What the source says is wrong, in words for the user. */
export class Refused extends Error {}

/** A newer request took the place of this one. */
export class Dropped extends Error {}

/** Reads frames (hexadecimal, a line each) and writes them again: decoded and encoded by the page. */

import { createInterface } from "node:readline";

import { decode, encode } from "../../src/striate/studio/web/source/frame.js";

for await (const line of createInterface({ input: process.stdin })) {
  const bytes = Buffer.from(line, "hex");
  const { head, arrays } = decode(new Uint8Array(bytes).buffer);
  console.log(Buffer.from(encode(head, arrays)).toString("hex"));
}

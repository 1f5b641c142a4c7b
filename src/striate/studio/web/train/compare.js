// @ts-check
import { element } from "../element.js";
export class Compare {
  constructor(host, place) { this.key = "compare"; this.root = element("div"); }
  know() {}
  moved() {}
  close() {}
}

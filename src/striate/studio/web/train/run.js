// @ts-check
import { element } from "../element.js";
export class RunPage {
  constructor(host, place, events) { this.key = `run ${place.run}`; this.root = element("div", {}, [this.key]); }
  moved() {}
  close() {}
}

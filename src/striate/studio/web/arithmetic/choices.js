// @ts-check
/** What a part lets choose, folded away where there is little room. */

import { element, replaceChildren } from "../element.js";

export class Choices {
  constructor() {
    this._body = element("div", { class: "control-body" });
    this.element = element("details", { class: "panel controls" }, [
      element("summary", {}, ["Choices"]),
      this._body,
    ]);
  }

  /** @param {(HTMLElement | null)[]} controls to show; the field in use stays in use */
  show(controls) {
    const all = () => [...this._body.querySelectorAll("input, select, button")];
    const focused = document.activeElement ? all().indexOf(document.activeElement) : -1;
    replaceChildren(this._body, controls);
    const found = all()[focused];
    if (found instanceof HTMLElement) found.focus();
  }
}

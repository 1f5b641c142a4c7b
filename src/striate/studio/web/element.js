// @ts-check
/** Elements from code: text is always text, never markup. */

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes] `onclick` and the like are listeners, `class`,
 *   `aria-label` ... attributes; true stands for an attribute without value, false and undefined
 *   for none
 * @param {Child[]} [children]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, attributes = {}, children = []) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      made.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) {
      made.setAttribute(name, String(value));
    }
  }
  append(made, children);
  return made;
}

/**
 * Says a text where something else stood: one that stands already would be laid out again for nothing.
 *
 * @param {Element} within
 * @param {string} text
 */
export function say(within, text) {
  if (within.textContent !== text) within.textContent = text;
}

/**
 * @param {Element} parent
 * @param {Child[]} children
 */
export function append(parent, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : String(child));
  }
}

/**
 * @param {Element} parent
 * @param {Child[]} children
 */
export function replaceChildren(parent, children) {
  parent.replaceChildren();
  append(parent, children);
}

// @ts-check
/** Files of one's own as the input: chosen, dropped or pasted. */

import { element } from "../element.js";

/** @typedef {{ id: string, name: string }} Uploaded */

const ACCEPTED = ".png,.jpg,.jpeg,.gif,.webp,.bmp,.tif,.tiff,.npy,.csv,.txt,.mat,.wav,image/*";

/**
 * @param {File} file
 * @returns {Promise<Uploaded>}
 */
export async function upload(file) {
  const answer = await fetch(`look/upload?name=${encodeURIComponent(file.name || "pasted")}`, {
    method: "POST",
    body: file,
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new Error(said.error ?? said.detail ?? `The file was refused (${answer.status}).`);
  }
  return said;
}

/**
 * A button to choose a file; files dropped on `area` and pasted anywhere on the page count too.
 *
 * @param {HTMLElement} area
 * @param {(file: File) => void} onFile
 * @returns {{ root: HTMLElement, close: () => void }}
 */
export function makeUpload(area, onFile) {
  const choose = element("input", {
    type: "file",
    class: "hidden",
    tabindex: -1,
    "aria-label": "Picture or signal of your own",
    accept: ACCEPTED,
    onchange: () => {
      const [file] = choose.files ?? [];
      if (file) onFile(file);
      choose.value = "";
    },
  });
  const button = element("button", { type: "button", onclick: () => choose.click() }, [
    "Open a file …",
  ]);
  /** @param {DragEvent} event */
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    area.classList.add("dropping");
  };
  const leave = () => area.classList.remove("dropping");
  /** @param {DragEvent} event */
  const drop = (event) => {
    leave();
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    onFile(file);
  };
  /** @param {ClipboardEvent} event */
  const paste = (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    onFile(file);
  };
  area.addEventListener("dragover", over);
  area.addEventListener("dragleave", leave);
  area.addEventListener("drop", drop);
  document.addEventListener("paste", paste);
  return {
    root: element("div", { class: "upload" }, [
      button,
      choose,
      element("span", { class: "faint" }, ["or drop or paste one"]),
    ]),
    close: () => document.removeEventListener("paste", paste),
  };
}

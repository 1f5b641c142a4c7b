// @ts-check
/** Taking in a run that was saved elsewhere. */

import { element } from "../element.js";

/**
 * @param {import("../main.js").Host} host
 * @param {(run: string) => void} onRun
 * @returns {HTMLElement}
 */
export function uploadButton(host, onRun) {
  const says = element("p", { class: "upload-says", role: "status" });
  const field = element("input", {
    type: "file",
    accept: ".zip,application/zip",
    hidden: true,
    "aria-label": "A run as a zip file",
    onchange: async () => {
      const file = field.files?.[0];
      field.value = "";
      if (!file) return;
      says.className = "upload-says faint";
      says.textContent = `Taking in ${file.name} …`;
      button.disabled = true;
      const taken = await sent(file);
      button.disabled = false;
      if ("error" in taken) {
        says.className = "upload-says problem";
        says.textContent = taken.error;
        return;
      }
      says.textContent = "";
      host.announce(`The run ${taken.run} was taken in.`);
      onRun(taken.run);
    },
  });
  const button = element("button", { type: "button", class: "upload", onclick: () => field.click() }, [
    "Load a saved run …",
  ]);
  return element("div", { class: "upload-run" }, [button, field, says]);
}

/**
 * @param {File} file
 * @returns {Promise<{ run: string } | { error: string }>}
 */
async function sent(file) {
  const name = file.name.replace(/\.zip$/i, "");
  try {
    const answer = await fetch(`train/upload?name=${encodeURIComponent(name)}`, { method: "POST", body: file });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text);
    return { error: errorIn(text) };
  } catch {
    return { error: "The studio could not be reached." };
  }
}

/** @param {string} text */
function errorIn(text) {
  try {
    const { error, detail } = JSON.parse(text);
    return String(error ?? detail);
  } catch {
    return text.slice(0, 400);
  }
}

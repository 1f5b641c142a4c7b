// @ts-check
/** The names of settings and states, and times, as people read them. */

/** @type {Record<string, string>} */
const NAMES = {
  lr: "learning rate",
  batch: "batch size",
  eps: "ε",
  rho: "ρ",
  alpha: "α",
  betas: "β₁, β₂",
  nesterov: "Nesterov's momentum",
  bias_lr_factor: "× learning rate of biases",
  output_lr_factor: "× learning rate of the output",
  warm_up: "warm-up (share)",
};

/**
 * @param {string} name of a setting or kind, as a recipe writes it
 * @returns {string}
 */
export function named(name) {
  return NAMES[name] ?? name.replaceAll("_", " ");
}

/** @type {Record<import("./types.js").State, string>} */
export const STATES = {
  starting: "starting",
  training: "training",
  paused: "paused",
  stopped: "stopped",
  finished: "finished",
  failed: "failed",
  killed: "killed",
  damaged: "damaged",
};

/**
 * @param {number | null | undefined} seconds
 * @returns {string} 48 s, 3 min 20 s, 2 h 5 min, 3 d 4 h
 */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  for (const [size, name, less, part] of /** @type {[number, string, number, string][]} */ ([
    [86400, "d", 3600, "h"],
    [3600, "h", 60, "min"],
    [60, "min", 1, "s"],
  ])) {
    if (whole < size) continue;
    const rest = Math.floor((whole % size) / less);
    return `${Math.floor(whole / size)} ${name}${rest ? ` ${rest} ${part}` : ""}`;
  }
  return `${whole} s`;
}

/**
 * @param {number | null | undefined} share
 * @returns {string} 98.3%
 */
export function percent(share) {
  if (share === null || share === undefined || !Number.isFinite(share)) return "–";
  return `${(100 * share).toFixed(share > 0 && share < 0.001 ? 2 : 1)}%`;
}

/**
 * @param {number} share
 * @returns {string} 40%, 97.5%: no more digits than it has
 */
export function roundPercent(share) {
  return `${Number((100 * share).toFixed(3))}%`;
}

// @ts-check
/** The choices of the poolings: the map's size, one window for all, and each one's own number. */

import { element } from "../element.js";
import { checkField, group, numberField } from "./fields.js";
import { MOST, resized } from "./kernel_state.js";

/**
 * @param {import("./pooling_state.js").PoolingState} state is changed in place
 * @param {(change: { rebuild?: boolean, kept?: boolean }) => void} changed `kept` where the lecture's
 *   example is still that
 * @returns {HTMLElement[]}
 */
export function poolingControls(state, changed) {
  /**
   * @param {string} label
   * @param {import("./pooling_state.js").Pair} pair
   * @param {number} axis
   * @param {number} min
   * @param {number} max
   */
  const whole = (label, pair, axis, min, max) =>
    numberField(label, pair[axis], { min, max }, (value) => {
      pair[axis] = value;
      changed({});
    });
  /** @param {number} rows @param {number} columns */
  const resize = (rows, columns) => {
    state.input = resized(state.input, rows, columns);
    changed({ rebuild: true });
  };
  const limits = { min: 1, max: MOST.places };
  return [
    group("Map", [
      numberField("rows", state.input.length, limits, (n) => resize(n, state.input[0].length)),
      numberField("columns", state.input[0].length, limits, (n) => resize(state.input.length, n)),
    ]),
    group("Window", [
      whole("rows", state.kernel, 0, 1, 16),
      whole("columns", state.kernel, 1, 1, 16),
    ]),
    group("Stride", [
      whole("down", state.stride, 0, 1, 16),
      whole("across", state.stride, 1, 1, 16),
    ]),
    group("Padding", [
      whole("top", state.sides[0], 0, 0, 12),
      whole("bottom", state.sides[0], 1, 0, 12),
      whole("left", state.sides[1], 0, 0, 12),
      whole("right", state.sides[1], 1, 0, 12),
    ]),
    group("Their own", [
      numberField("p of Lp", state.p, { min: 0.1, max: 100, step: "any" }, (p) => {
        state.p = p;
        changed({ kept: true });
      }),
      numberField("a of mixed", state.a, { min: 0, max: 1, step: "any" }, (a) => {
        state.a = a;
        changed({ kept: true });
      }),
      sigmaField(state, changed),
    ]),
    element("div", { class: "chance" }, [
      checkField("with chance, as in training", state.seed !== null, (chance) => {
        state.seed = chance ? 1 : null;
        changed({ kept: true, rebuild: true });
      }),
      element(
        "button",
        {
          type: "button",
          disabled: state.seed === null,
          onclick: () => {
            state.seed = (state.seed ?? 0) + 1;
            changed({ kept: true });
          },
        },
        ["Draw again"],
      ),
    ]),
  ];
}

/**
 * @param {import("./pooling_state.js").PoolingState} state
 * @param {(change: { kept?: boolean }) => void} changed
 * @returns {HTMLElement}
 */
function sigmaField(state, changed) {
  const shown = state.sigma ?? Math.max(...state.kernel) / 4;
  return numberField(
    "σ of Gaussian",
    shown,
    { min: 0.05, max: 100, step: "any", title: "a quarter of the window unless given" },
    (sigma) => {
      state.sigma = sigma;
      changed({ kept: true });
    },
  );
}

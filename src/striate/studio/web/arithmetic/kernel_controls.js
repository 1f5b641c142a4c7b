// @ts-check
/** The choices of the moving kernel: sizes, stride, padding, dilation, boundary, operation. */

import { element } from "../element.js";
import { checkField, group, numberField, segments, selectField } from "./fields.js";
import { MOST, resized } from "./kernel_state.js";

/**
 * @typedef {import("./kernel_state.js").KernelState} KernelState
 */

const BOUNDARIES = /** @type {[string, string][]} */ ([
  ["zeros", "zeros"],
  ["constant", "a constant"],
  ["replicate", "the edge, repeated"],
  ["reflect", "mirror on the edge"],
  ["symmetric", "mirror beside the edge"],
  ["circular", "the other side"],
]);

/**
 * @param {KernelState} state is changed in place
 * @param {(change: { rebuild?: boolean, kept?: boolean }) => void} changed `rebuild` where other
 *   fields or grids are needed, `kept` where the lecture's example is still that
 * @param {(form: import("./kernel_state.js").Form) => void} onForm
 * @returns {HTMLElement[]}
 */
export function kernelControls(state, changed, onForm) {
  const flat = state.form === "signal";
  /**
   * @param {string} label
   * @param {"stride" | "dilation"} name
   */
  const steps = (label, name) =>
    group(
      label,
      (flat ? [1] : [0, 1]).map((axis) =>
        numberField(
          flat ? "samples" : axis === 0 ? "down" : "across",
          state[name][axis],
          { min: 1, max: 16 },
          (value) => {
            state[name][axis] = value;
            changed({});
          },
        ),
      ),
    );
  return [
    segments(
      "Input",
      state.form,
      [
        ["signal", "Signal"],
        ["image", "Image"],
        ["channels", "Channels"],
      ],
      (form) => onForm(/** @type {any} */ (form)),
    ),
    segments(
      "Operation",
      state.operation,
      [
        ["correlation", "Correlation"],
        ["convolution", "Convolution"],
        ["both", "Both"],
      ],
      (operation) => {
        state.operation = /** @type {KernelState["operation"]} */ (operation);
        changed({ rebuild: true, kept: true });
      },
    ),
    sizes(state, flat, changed),
    steps("Stride", "stride"),
    paddings(state, flat, changed),
    boundary(state, changed),
    steps("Dilation", "dilation"),
    checkField("ReLU after the sum", state.relu, (relu) => {
      state.relu = relu;
      changed({ rebuild: true });
    }),
  ];
}

/**
 * @param {KernelState} state
 * @param {boolean} flat
 * @param {(change: { rebuild?: boolean }) => void} changed
 * @returns {HTMLElement}
 */
function sizes(state, flat, changed) {
  /**
   * @param {string} label
   * @param {number} value
   * @param {number} max
   * @param {(value: number) => void} set
   */
  const size = (label, value, max, set) =>
    numberField(label, value, { min: 1, max }, (given) => {
      set(given);
      state.preset = null;
      changed({ rebuild: true });
    });
  const [plane] = state.input;
  const [taps] = state.kernel[0];
  /** @param {number} rows @param {number} columns */
  const resizeInput = (rows, columns) => {
    state.input = state.input.map((one) => resized(one, rows, columns));
  };
  /** @param {number} rows @param {number} columns */
  const resizeKernel = (rows, columns) => {
    state.kernel = state.kernel.map((f) => f.map((one) => resized(one, rows, columns)));
  };
  const rows = () => state.input[0].length;
  const columns = () => state.input[0][0].length;
  const high = () => state.kernel[0][0].length;
  const wide = () => state.kernel[0][0][0].length;
  const { places, taps: most, channels, filters } = MOST;
  return element("div", { class: "size-groups" }, [
    group(flat ? "Signal" : "Image", [
      flat ? null : size("rows", plane.length, places, (n) => resizeInput(n, columns())),
      size(flat ? "samples" : "columns", plane[0].length, places, (n) => resizeInput(rows(), n)),
      state.form === "channels"
        ? size("channels", state.input.length, channels, (n) => withChannels(state, n))
        : null,
    ]),
    group("Kernel", [
      flat ? null : size("rows", taps.length, most, (n) => resizeKernel(n, wide())),
      size(flat ? "taps" : "columns", taps[0].length, most, (n) => resizeKernel(high(), n)),
      size("filters", state.kernel.length, filters, (n) => withFilters(state, n)),
    ]),
  ]);
}

/**
 * @param {KernelState} state
 * @param {number} count
 */
function withChannels(state, count) {
  const [plane] = state.input;
  const [taps] = state.kernel[0];
  const empty = () => resized([], plane.length, plane[0].length);
  const none = () => resized([], taps.length, taps[0].length);
  state.input = Array.from({ length: count }, (_, c) => state.input[c] ?? empty());
  state.kernel = state.kernel.map((filter) =>
    Array.from({ length: count }, (_, c) => filter[c] ?? none()),
  );
}

/**
 * @param {KernelState} state
 * @param {number} count
 */
function withFilters(state, count) {
  state.kernel = Array.from({ length: count }, (_, f) =>
    structuredClone(state.kernel[f] ?? state.kernel[0]),
  );
  state.bias = Array.from({ length: count }, (_, f) => state.bias[f] ?? 0);
  state.filter = Math.min(state.filter, count - 1);
}

/**
 * @param {KernelState} state
 * @param {boolean} flat
 * @param {(change: { rebuild?: boolean }) => void} changed
 * @returns {HTMLElement}
 */
function paddings(state, flat, changed) {
  const choice = selectField(
    "how much",
    state.padding,
    [
      ["valid", "none (valid)"],
      ["same", "same size (same)"],
      ["full", "every overlap (full)"],
      ["sides", "by numbers"],
    ],
    (padding) => {
      state.padding = /** @type {KernelState["padding"]} */ (padding);
      changed({ rebuild: true });
    },
  );
  /**
   * @param {string} label
   * @param {number} axis
   * @param {number} side
   */
  const side = (label, axis, side) =>
    numberField(label, state.sides[axis][side], { min: 0, max: 12 }, (value) => {
      state.sides[axis][side] = value;
      changed({});
    });
  const across = flat ? ["before", "after"] : ["left", "right"];
  const numbers =
    state.padding === "sides"
      ? [
          ...(flat ? [] : [side("top", 0, 0), side("bottom", 0, 1)]),
          side(across[0], 1, 0),
          side(across[1], 1, 1),
        ]
      : [];
  return group("Padding", [choice, ...numbers]);
}

/**
 * @param {KernelState} state
 * @param {(change: { rebuild?: boolean }) => void} changed
 * @returns {HTMLElement}
 */
function boundary(state, changed) {
  return group("Beyond the edge stands", [
    selectField("boundary", state.boundary, BOUNDARIES, (chosen) => {
      state.boundary = chosen;
      changed({ rebuild: true });
    }),
    state.boundary === "constant"
      ? numberField("value", state.value, { min: -1e6, max: 1e6, step: "any" }, (value) => {
          state.value = value;
          changed({});
        })
      : null,
  ]);
}

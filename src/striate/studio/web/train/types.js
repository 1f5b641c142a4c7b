// @ts-check
/**
 * What the studio answers about training.
 *
 * @typedef {{ line: number, column: number, width: number, severity: "error" | "note", message: string, formula: string | null, suggestion: string | null }} Diagnostic
 * @typedef {{ parameters: number, multiply_adds: number, activation_bytes: number }} Cost
 * @typedef {{ line: number, column: number, depth: number, text: string, kind: string, module: string, output: number[] | null, outputs: number[][], receptive_field: number[], cost: Cost, notes: Diagnostic[] }} Row
 * @typedef {{ ok: boolean, input_shape: number[] | null, output_shape: number[] | null, total: Cost, rows: Row[], diagnostics: Diagnostic[] }} Report
 * @typedef {{ ok: boolean, report: Report, misfit: { message: string, line: number } | null }} Checked
 *
 * @typedef {number | string | boolean | number[] | null} Value
 * @typedef {{ name: string, type: "number" | "whole" | "yes_no" | "choice" | "numbers" | "text", list?: boolean, default: Value, least: number | null, most: number | null, above: number | null, below: number | null, choices: (string | number)[] | null, says: string }} Setting
 * @typedef {{ kind: string, title: string, settings: Setting[] }} Kind
 * @typedef {{ kind: string } & Record<string, any>} Chosen
 * @typedef {{ network: string, dataset: string, epochs: number, batch: number, seed: number, loss: Chosen, optimiser: Chosen, schedule: Chosen, augmentation: Chosen[], recipe: string | null }} Form
 * @typedef {{ name: string, title: string, input_shape: number[], classes: string[], available: boolean, why_not: string, note: string, signal: boolean }} Dataset
 * @typedef {{ name: string, title: string, available: boolean, form: Form }} Preset
 * @typedef {{ name: string, title: string, input_shape: number[] }} NamedNetwork
 * @typedef {{ datasets: Dataset[], losses: Kind[], optimisers: Kind[], schedules: Kind[], augmentations: Kind[], recipes: Preset[], networks?: NamedNetwork[], adjustable: string[], limits: { epochs: number[], batch: number[], seed: number[], runs_at_once: number, network_characters: number } }} Choices
 *
 * @typedef {"starting" | "training" | "paused" | "stopped" | "finished" | "failed" | "killed" | "damaged"} State
 * @typedef {{ name: string, recipe: string | null, title: string, dataset: string, state: State, message: string, step: number, steps: number | null, epoch: number, epochs: number, loss: number | null, train_accuracy: number | null, test_accuracy: number | null, parameters: number | null, seconds: number, changed: number }} RunEntry
 * @typedef {{ step: number, examples?: number, epoch: number, train_loss: number | null, train_accuracy: number | null, test_loss: number | null, test_accuracy: number | null }} EpochDone
 * @typedef {{ step: number, examples?: number, event: string, setting: string | null, value: number | null, text: string }} Mark
 * @typedef {{ run: string, state: State, message: string, step: number, steps: number | null, epoch: number, epochs: number, seconds: number, seconds_left: number | null, examples_seen: number, examples_per_second: number | null, forward_ms: number | null, backward_ms: number | null, loss: number | null, accuracy: number | null, settings: Record<string, number | null>, device: string, compute: string, processes: number, parameters: number | null, examples: number, network: string, dataset: string, recipe: string | null, form: Form, epochs_done: EpochDone[], marks: Mark[], result: Record<string, number> | null }} Progress
 *
 * @typedef {{ shape: number[], low: number, high: number, mean: number, deviation: number, zeros: number, finite: boolean, histogram: number[], array: string | null, stride: number }} Part
 * @typedef {{ name: string, kind: string, line: number, text: string, output: number[], activations: Part | null, gradients: Part | null, weights: Part | null, weight_gradients: Part | null, bias: Part | null, bias_gradients: Part | null }} Layer
 * @typedef {{ index: number, target: number, right: boolean, top: [number, number][] }} Guess
 * @typedef {{ run: string, step: number, epoch: number, seconds: number, cost_ms: number, example: { of: "test" | "train", index: number, target: number, top: [number, number][] }, classes: string[], layers: Layer[], validation: { examples: number, loss: number, accuracy: number } | null, guesses: Guess[] }} Inside
 * @typedef {{ values: Inside, arrays: import("../source/source.js").Tensors }} Snapshot
 */

export {};

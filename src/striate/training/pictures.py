"""A run in one picture: the network as text, how it learned, what it says of test examples."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from striate.data import Dataset
from striate.data.pictures import draw_example, save
from striate.notation import check
from striate.training.evaluation import Evaluation
from striate.training.run_folder import RunFolder
from striate.training.trained import Trained

_BLUE, _ORANGE, _GREY = "#0072b2", "#d55e00", "#666666"  # told apart by any eye (Okabe and Ito)
_MOST_LINES = 44


def draw_run(
    run: RunFolder, trained: Trained, dataset: Dataset, result: Evaluation, path: Path
) -> None:
    """Write the picture of a finished run, as PNG, SVG or PDF.

    Raises DataError when the file cannot be written.
    """
    figure = Figure(figsize=(12, 6.6), facecolor="white")
    panels = figure.subfigures(1, 3, squeeze=False, width_ratios=(1.15, 1, 1.15))
    text, middle, right = panels[0]
    _draw_text(text, trained.recipe.network)
    _draw_curves(middle, run.metrics(), result)
    _draw_guesses(right, trained, dataset, result)
    title = trained.recipe.title or trained.description.title
    figure.suptitle(f"{title}:  {result.accuracy:.2%} of test examples right", fontsize=13)
    save(figure, path)


def _draw_text(panel: SubFigure, network: str) -> None:
    """Write the network's lines with the size that each gives."""
    axes = panel.subplots()
    axes.set_axis_off()
    panel.subplots_adjust(left=0.08, right=0.97, top=0.87, bottom=0.04)
    axes.set_title(
        "the network, and the size after each line", fontsize=10, color=_GREY, loc="left"
    )
    rows = check(network).rows
    shown = rows if len(rows) <= _MOST_LINES else rows[: _MOST_LINES - 1]
    step = 1 / max(len(shown) + (len(rows) > len(shown)), 18)
    size = min(10.0, 7.2 * 72 * step * 0.62)
    for place, row in enumerate(shown):
        height = 1 - (place + 0.7) * step
        style: dict[str, Any] = {"fontsize": size, "family": "monospace", "va": "center"}
        axes.text(0, height, "  " * row.depth + row.text, **style)
        if row.output:
            by = "x".join(map(str, row.output))
            axes.text(1, height, by, ha="right", color=_BLUE, **style)
    if len(rows) > len(shown):
        axes.text(0, step / 2, f"... and {len(rows) - len(shown)} more lines", fontsize=size)


def _draw_curves(panel: SubFigure, metrics: list[dict[str, Any]], result: Evaluation) -> None:
    upper, lower = panel.subplots(2, 1, sharex=True)
    panel.subplots_adjust(left=0.2, right=0.96, top=0.87, bottom=0.09, hspace=0.12)
    steps = [event for event in metrics if event["event"] == "step"]
    epochs = np.array([event["epoch"] for event in steps])
    upper.set_title("how it learned", fontsize=10, color=_GREY, loc="left")
    _draw_smoothed(upper, epochs, np.array([event["loss"] for event in steps]))
    upper.set_ylabel("training loss")
    errors = 100 * (1 - np.array([event["accuracy"] for event in steps]))
    _draw_smoothed(lower, epochs, errors)
    tested = [
        event
        for event in metrics
        if event["event"] == "epoch" and event["test_accuracy"] is not None
    ]
    places = [*(event["epoch"] for event in tested), epochs[-1] if len(epochs) else 0]
    wrong = [*(1 - event["test_accuracy"] for event in tested), 1 - result.accuracy]
    style: dict[str, Any] = {"color": _ORANGE, "marker": "o", "markersize": 4, "label": "test"}
    lower.plot(places, 100 * np.array(wrong), clip_on=False, zorder=3, **style)
    lower.set_ylabel("wrong answers (%)")
    lower.set_xlabel("epochs")
    lower.legend(loc="upper right", frameon=False, fontsize=9)
    upper.set_yscale("log", nonpositive="mask")
    # Below one wrong answer of the test the scale is linear, so that none at all has its place.
    one = 100 / max(len(result.targets), 1)
    lower.set_yscale("symlog", linthresh=one, linscale=0.5)
    lower.set_ylim(bottom=0)
    ticks = [10.0**power * step for power in range(-4, 3) for step in (1, 3)]
    lower.set_yticks([0, *(tick for tick in ticks if one <= tick <= 100)])
    for axes in (upper, lower):
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.grid(color="#dddddd", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    upper.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))


def _draw_smoothed(axes: Axes, places: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> None:
    """Draw a noisy curve pale and its running mean on top."""
    axes.plot(places, values, color=_BLUE, alpha=0.2, linewidth=0.8)
    width = max(len(values) // 40, 1)
    if len(values) > width:
        kernel = np.ones(width) / width
        smooth = np.convolve(values, kernel, mode="valid")
        axes.plot(places[width - 1 :], smooth, color=_BLUE, label="training")


def _draw_guesses(panel: SubFigure, trained: Trained, dataset: Dataset, result: Evaluation) -> None:
    """Show wrong guesses first, up to half of the sheet, then right ones."""
    rows, columns = (6, 1) if trained.description.signal else (6, 5)
    cells = panel.subplots(rows, columns, squeeze=False).ravel()
    panel.subplots_adjust(left=0.04, right=0.98, top=0.84, bottom=0.02, wspace=0.15, hspace=0.45)
    wrong_ones = np.flatnonzero(result.predictions != result.targets.numpy())
    right_ones = np.flatnonzero(result.predictions == result.targets.numpy())
    heading = "first those it got wrong" if len(wrong_ones) else "none of them wrong"
    panel.text(0.04, 0.883, f"test examples, {heading}", fontsize=10, color=_GREY)
    wrong_ones = wrong_ones[: len(cells) // 2]
    chosen = [*wrong_ones, *right_ones[: len(cells) - len(wrong_ones)]]
    names = trained.description.classes
    for cell in cells:
        cell.set_axis_off()
    for cell, index in zip(cells, chosen, strict=False):
        draw_example(cell, dataset.test.inputs[index], trained.description)
        guess, truth = names[result.predictions[index]], names[int(result.targets[index])]
        wrong = guess != truth
        cell.set_title(
            f"{guess}? it is {truth}" if wrong else guess,
            fontsize=7.5,
            color=_ORANGE if wrong else "black",
            pad=2,
        )

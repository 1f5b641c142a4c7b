"""`striate predict` and `striate evaluate`: using a trained network."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from striate.cli.console import Form, Format, output, print_json

if TYPE_CHECKING:
    from striate.training import RunFolder

_Run = Annotated[
    Path | None, typer.Option(help="Folder of the run; the one that finished last by default.")
]
_Runs = Annotated[Path, typer.Option(help="Folder that holds the runs.")]


def predict(
    files: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Images (or signals).")],
    run: _Run = None,
    runs: _Runs = Path("runs"),
    top: Annotated[int, typer.Option(min=1, help="Number of guesses to show.")] = 3,
    form: Form = Format.TABLE,
) -> None:
    """Say what is on images, with a trained network and its own preprocessing."""
    import numpy as np  # noqa: PLC0415

    from striate.data import read_example  # noqa: PLC0415
    from striate.training import Trained  # noqa: PLC0415

    trained = Trained.load(_choose(run, runs))
    batch = np.stack([read_example(file, trained.description) for file in files])
    answers = []
    for file, probabilities in zip(files, trained.probabilities(batch), strict=True):
        values, classes = probabilities.topk(min(top, len(probabilities)))
        guesses = [
            {"class": trained.description.classes[index], "probability": value}
            for value, index in zip(values.tolist(), classes.tolist(), strict=True)
        ]
        answers.append({"file": str(file), "guesses": guesses})
    if form is Format.JSON:
        print_json(answers)
        return
    for answer in answers:
        shown = "   ".join(
            f"{guess['class']} {guess['probability']:.1%}" for guess in _guesses(answer)
        )
        output.print(f"{answer['file']}: {shown}", highlight=False)


def evaluate(
    run: Annotated[
        Path | None,
        typer.Argument(help="Folder of the run; the one that finished last by default."),
    ] = None,
    runs: _Runs = Path("runs"),
    data: Annotated[Path | None, typer.Option(help="Folder with the data's files.")] = None,
    form: Form = Format.TABLE,
) -> None:
    """Test a trained network: accuracy, each class's precision and recall, the confusions."""
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support  # noqa: PLC0415

    from striate.cli.progress import load_dataset  # noqa: PLC0415
    from striate.training import Trained  # noqa: PLC0415

    folder = _choose(run, runs)
    trained = Trained.load(folder)
    recorded = trained.recipe.data.folder
    place = data or (None if recorded is None else Path(recorded))
    result = trained.evaluate(load_dataset(trained.recipe.data.name, place))
    names = list(trained.description.classes)
    labels = list(range(len(names)))
    targets = result.targets.numpy()
    columns = precision_recall_fscore_support(
        targets, result.predictions, labels=labels, zero_division=0.0
    )
    rows = [
        {
            "class": name,
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "examples": int(examples),
        }
        for name, precision, recall, f1, examples in zip(names, *columns, strict=True)
    ]
    matrix = confusion_matrix(targets, result.predictions, labels=labels).tolist()
    summary = {
        "run": str(folder.path),
        "test_accuracy": result.accuracy,
        "test_loss": result.loss,
        "macro_f1": result.macro_f1,
        "classes": rows,
        "confusion": matrix,
    }
    if form is Format.JSON:
        print_json(summary)
    else:
        _print_evaluation(summary)


def _choose(run: Path | None, runs: Path) -> "RunFolder":
    from striate.training import RunFolder, latest  # noqa: PLC0415

    return latest(runs) if run is None else RunFolder.open(run)


def _guesses(answer: dict[str, Any]) -> list[dict[str, Any]]:
    guesses: list[dict[str, Any]] = answer["guesses"]
    return guesses


def _print_evaluation(summary: dict[str, Any]) -> None:
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=f"{summary['run']}: each class, and what its examples were taken for")
    for heading in ("class", "precision", "recall", "F1", "examples"):
        table.add_column(heading, justify="left" if heading == "class" else "right")
    names = [row["class"] for row in summary["classes"]]
    few = len(names) <= 12
    for name in names if few else ():
        table.add_column(name, justify="right", style="dim")
    for row, counts in zip(summary["classes"], summary["confusion"], strict=True):
        confused = [str(count) if count else "·" for count in counts] if few else []
        table.add_row(
            row["class"],
            *(f"{row[key]:.3f}" for key in ("precision", "recall", "f1")),
            str(row["examples"]),
            *confused,
        )
    output.print(table)
    output.print(
        f"test accuracy {summary['test_accuracy']:.2%}   macro F1 {summary['macro_f1']:.3f}   "
        f"loss {summary['test_loss']:.4f}",
        highlight=False,
    )

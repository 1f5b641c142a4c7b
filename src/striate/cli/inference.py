"""`striate predict` and `striate evaluate`: using a trained network."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from striate.cli.console import Form, Format, output, print_json
from striate.errors import RunError

if TYPE_CHECKING:
    from torch import Tensor

    from striate.training import RunFolder

    _Answers = tuple[tuple[str, ...], Tensor]

_MOST_CLASSES_TO_COMPARE = 12

_Run = Annotated[
    Path | None, typer.Option(help="Folder of the run; the one that finished last by default.")
]
_Runs = Annotated[Path, typer.Option(help="Folder that holds the runs.")]


def predict(
    files: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Images (or signals).")],
    run: _Run = None,
    runs: _Runs = Path("runs"),
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A network with published weights in place of a run: resnet50, "
            "resnet50/torchvision-v1. They are downloaded into your cache once.",
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Number of guesses to show.")] = 3,
    invert: Annotated[
        bool | None,
        typer.Option(
            help="Turn dark on bright into bright on dark; by default where a drawing needs it."
        ),
    ] = None,
    form: Form = Format.TABLE,
) -> None:
    """Say what is on images, with a trained network and its own preprocessing."""
    if model is None:
        classes, probabilities = _by_run(_choose(run, runs), files, invert)
    elif run is not None or invert is not None:
        given = "--run" if run is not None else "--invert or --no-invert"
        raise RunError(f"--model takes published weights, so {given} means nothing with it")
    else:
        classes, probabilities = _by_published(model, files)
    answers: list[dict[str, Any]] = []
    for file, shares in zip(files, probabilities, strict=True):
        values, places = shares.topk(min(top, len(shares)))
        guesses = [
            {"class": classes[place], "probability": value}
            for value, place in zip(values.tolist(), places.tolist(), strict=True)
        ]
        answers.append({"file": str(file), "guesses": guesses})
    if form is Format.JSON:
        print_json(answers)
        return
    for answer in answers:
        shown = "   ".join(
            f"{guess['class']} {guess['probability']:.1%}" for guess in answer["guesses"]
        )
        output.print(f"{answer['file']}: {shown}", highlight=False)


def _by_run(run: "RunFolder", files: list[Path], invert: bool | None) -> "_Answers":
    """The classes, and their probabilities for each file, by the network of a run."""
    import numpy as np  # noqa: PLC0415

    from striate.data import AsDataset  # noqa: PLC0415
    from striate.training import Trained  # noqa: PLC0415

    trained = Trained.load(run)
    form = AsDataset(trained.description, invert)
    batch = np.stack([form.stored(file) for file in files])
    return trained.description.classes, trained.probabilities(batch)


def _by_published(name: str, files: list[Path]) -> "_Answers":
    """The classes, and their probabilities for each file, by a network with published weights."""
    import torch  # noqa: PLC0415

    from striate.cli.downloads import shown_downloads  # noqa: PLC0415
    from striate.models.weights import find_source, pretrained  # noqa: PLC0415

    source = find_source(name)
    inputs = [source.preprocessing(file) for file in files]  # before anything is downloaded
    with shown_downloads() as progress:
        network = pretrained(source.model, source, progress=progress).network
    with torch.no_grad():
        outputs = [network(one[None])[0].softmax(0) for one in inputs]
    return source.preprocessing.classes, torch.stack(outputs)


def evaluate(
    run: Annotated[
        Path | None,
        typer.Argument(help="Folder of the run; the one that finished last by default."),
    ] = None,
    runs: _Runs = Path("runs"),
    data: Annotated[Path | None, typer.Option(help="Folder with the data's files.")] = None,
    picture: Annotated[
        Path | None,
        typer.Option(help="Draw the run: network, learning curves, guesses (PNG, SVG)."),
    ] = None,
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
    dataset = load_dataset(trained.recipe.data.name, place)
    result = trained.evaluate(dataset)
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
    if picture is not None:
        from striate.training.pictures import draw_run  # noqa: PLC0415

        draw_run(folder, trained, dataset, result, picture)
        if form is not Format.JSON:
            output.print(f"wrote {picture}", highlight=False)


def _choose(run: Path | None, runs: Path) -> "RunFolder":
    from striate.training import RunFolder, latest  # noqa: PLC0415

    return latest(runs) if run is None else RunFolder.find(run, runs)


def _print_evaluation(summary: dict[str, Any]) -> None:
    names = [row["class"] for row in summary["classes"]]
    table = Table(title=f"{summary['run']}: each class")
    for heading in ("class", "precision", "recall", "F1", "examples"):
        table.add_column(heading, justify="left" if heading == "class" else "right")
    for row in summary["classes"]:
        scores = (f"{row[key]:.3f}" for key in ("precision", "recall", "f1"))
        table.add_row(row["class"], *scores, str(row["examples"]))
    output.print(table)
    if len(names) <= _MOST_CLASSES_TO_COMPARE:
        _print_confusion(names, summary["confusion"])
    output.print(
        f"test accuracy {summary['test_accuracy']:.2%}   macro F1 {summary['macro_f1']:.3f}   "
        f"loss {summary['test_loss']:.4f}",
        highlight=False,
    )


def _print_confusion(names: list[str], matrix: list[list[int]]) -> None:
    """Print how often each class (a row) was taken for each (a column, by its number)."""
    table = Table(title="what the examples of each class were taken for")
    table.add_column("class")
    for number in range(len(names)):
        table.add_column(str(number), justify="right")
    for number, (name, counts) in enumerate(zip(names, matrix, strict=True)):
        label = name if name == str(number) else f"{number} {name}"
        cells = [str(count) if count else "·" for count in counts]
        table.add_row(label, *cells)
    output.print(table)

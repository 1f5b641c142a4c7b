"""`striate data`: what datasets there are, and having them."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from striate.cli.console import Form, Format, output, print_json, size

app = typer.Typer(help="Datasets: list them, download them, look at them.", no_args_is_help=True)


@app.command("list")
def list_(form: Form = Format.TABLE) -> None:
    """List the datasets that Striate knows."""
    from striate.data import describe, names  # noqa: PLC0415

    descriptions = [describe(name) for name in names()]
    if form is Format.JSON:
        print_json([description.as_dict() for description in descriptions])
        return
    table = Table()
    for heading in ("name", "what it is", "input", "classes", "download", "licence"):
        prose = heading in ("what it is", "licence")
        table.add_column(heading, overflow="fold", no_wrap=not prose)
    for description in descriptions:
        table.add_row(
            description.name,
            description.title,
            "x".join(map(str, description.input_shape)),
            str(len(description.classes)),
            size(description.download_bytes) if description.files else "embedded",
            description.licence,
        )
    output.print(table)
    output.print(
        "folder:PATH, in place of a name, is a folder of images with a sub-folder for each class.",
        highlight=False,
    )


@app.command("get")
def get(
    name: Annotated[str, typer.Argument(help="A dataset's name.")],
    data: Annotated[
        Path | None, typer.Option(help="Folder with its files, to check instead.")
    ] = None,
) -> None:
    """Download a dataset into the cache, check it, and decode it once."""
    from striate.cli.progress import load_dataset  # noqa: PLC0415

    dataset = load_dataset(name, data)
    output.print(
        f"{dataset.description.name}: {len(dataset.train):,} examples to learn from and "
        f"{len(dataset.test):,} to test with, checked and ready",
        highlight=False,
    )


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A dataset's name, or folder:PATH.")],
    data: Annotated[Path | None, typer.Option(help="Folder with the data's files.")] = None,
    picture: Annotated[
        Path | None,
        typer.Option(help="Write a picture of a few examples of each class (PNG, SVG)."),
    ] = None,
    form: Form = Format.TABLE,
) -> None:
    """Show a dataset: its classes and how many examples each has, and a picture if asked for."""
    import numpy as np  # noqa: PLC0415

    from striate.cli.progress import load_dataset  # noqa: PLC0415

    dataset = load_dataset(name, data)
    description = dataset.description
    classes = len(description.classes)
    counts: list[dict[str, Any]] = [
        {"class": label, "training": int(train), "test": int(test)}
        for label, train, test in zip(
            description.classes,
            np.bincount(dataset.train.targets, minlength=classes),
            np.bincount(dataset.test.targets, minlength=classes),
            strict=True,
        )
    ]
    if picture is not None:
        from striate.data.pictures import draw_examples  # noqa: PLC0415

        draw_examples(dataset, picture)
    if form is Format.JSON:
        print_json({**description.as_dict(), "counts": counts, "note": dataset.note})
        return
    output.print(description.title, style="bold", highlight=False)
    for line in (dataset.note, description.note, description.citation, description.licence):
        if line:
            output.print(line, highlight=False)
    table = Table(title=f"examples of {'x'.join(map(str, description.input_shape))}")
    for heading in ("class", "training", "test"):
        table.add_column(heading, justify="left" if heading == "class" else "right")
    for row in counts:
        table.add_row(row["class"], f"{row['training']:,}", f"{row['test']:,}")
    output.print(table)
    if picture is not None:
        output.print(f"wrote {picture}", highlight=False)

"""`striate runs`: the runs there are."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from striate.cli.console import Form, Format, complain, duration, output, print_json
from striate.errors import StriateError


def runs(
    folder: Annotated[Path, typer.Option("--runs", help="Folder that holds the runs.")] = Path(
        "runs"
    ),
    form: Form = Format.TABLE,
) -> None:
    """List the runs in a folder: recipe, state, accuracy and time."""
    from striate.training import RunFolder, runs_in, standing_of  # noqa: PLC0415

    def describe(run: RunFolder) -> dict[str, Any]:
        recipe, summary = run.recipe(), run.summary()
        row: dict[str, Any] = {"run": run.name, "recipe": recipe.name, "seed": recipe.seed}
        if summary is None:
            stands = standing_of(run)
            return {**row, "state": f"{stands.state} after step {stands.step}"}
        return {
            **row,
            "state": "finished",
            "test_accuracy": summary.test_accuracy,
            "macro_f1": summary.macro_f1,
            "seconds": summary.seconds,
        }

    rows = []
    for run in runs_in(folder):
        try:
            rows.append(describe(run))
        except StriateError as error:  # one damaged run must not hide the others
            complain("warning", "yellow", str(error))
            rows.append({"run": run.name, "recipe": "", "seed": "", "state": "damaged"})
    if form is Format.JSON:
        print_json(rows)
        return
    if not rows:
        output.print(f"no runs in {folder}; `striate train digits` makes one", highlight=False)
        return
    table = Table()
    for heading in ("run", "recipe", "seed", "state", "test accuracy", "macro F1", "time"):
        figure = heading in ("seed", "test accuracy", "macro F1", "time")
        table.add_column(heading, justify="right" if figure else "left", overflow="fold")
    for row in rows:
        done = row["state"] == "finished"
        table.add_row(
            row["run"],
            row["recipe"],
            str(row["seed"]),
            row["state"],
            f"{row['test_accuracy']:.2%}" if done else "",
            f"{row['macro_f1']:.3f}" if done else "",
            duration(row["seconds"]) if done else "",
        )
    output.print(table)

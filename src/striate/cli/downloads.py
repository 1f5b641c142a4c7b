"""Bars for files on their way: one each on a terminal, a line each elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from striate import data
from striate.cli.console import errors


@contextmanager
def shown_downloads() -> Iterator[data.Progress]:
    """Give what is to be called as bytes arrive, and show them while the block runs."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=errors,
        disable=not errors.is_terminal,
        transient=True,
    )
    tasks: dict[str, TaskID] = {}

    def show(file: str, done: int, total: int | None, /) -> None:
        if file not in tasks:
            tasks[file] = bars.add_task(file, total=total)
            if not errors.is_terminal:
                errors.print(f"downloading {file} ...")
        bars.update(tasks[file], completed=done, total=total)

    with bars:
        yield show

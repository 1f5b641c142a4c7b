"""The runs there are, each with how it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from striate.errors import StriateError
from striate.notation import check
from striate.studio.looking.opening import TEXT_LIMITS
from striate.studio.looking.sources import find_run
from striate.studio.running.starting import Process, Starter, state_of
from striate.studio.settings import Settings
from striate.training import Recipe, RunFolder, runs_in, standing_of

MOST_RUNS = 500


@dataclass(frozen=True)
class _Known:
    """An entry, and the files' times it was made from."""

    stamp: tuple[object, ...]
    entry: dict[str, Any]


class Listing:
    """Lists the runs; those that nothing happens to are not read again."""

    def __init__(self, settings: Settings, starter: Starter) -> None:
        self._settings = settings
        self._starter = starter
        self._known: dict[str, _Known] = {}

    def entries(self) -> list[dict[str, Any]]:
        """Return an entry for each run, the newest first."""
        entries = list(self._entries())
        return sorted(entries, key=lambda entry: entry["changed"], reverse=True)[:MOST_RUNS]

    def _entries(self) -> Iterator[dict[str, Any]]:
        listed = set()
        for found in reversed(runs_in(self._settings.runs)):
            try:
                run = find_run(self._settings.runs, found.name)
            except StriateError:  # a link to elsewhere
                continue
            listed.add(run.name)
            yield self._entry(run, self._starter.process(run.name))
        for process in self._starter.processes():
            if process.name not in listed:
                yield _of_process(process)

    def _entry(self, run: RunFolder, process: Process | None) -> dict[str, Any]:
        stamp = (
            *(_changed(run, name) for name in ("metrics.jsonl", "recipe.toml", "summary.json")),
            process and process.state,
            run.in_training(),
        )
        known = self._known.get(run.name)
        if known is None or known.stamp != stamp:
            known = _Known(stamp, _described(run, process))
            self._known[run.name] = known
        return known.entry


def _described(run: RunFolder, process: Process | None) -> dict[str, Any]:
    changed = max(_changed(run, "metrics.jsonl"), _changed(run, "recipe.toml"))
    try:
        recipe, (state, message) = run.recipe(), state_of(run, process)
        newest, summary = standing_of(run).newest, run.summary()
        epoch = newest.get("epoch") or run.events.newest("epoch") or {}
        started = newest.get("started") or run.events.newest("started") or {}
    except StriateError as error:  # one damaged run must not hide the others
        return _nothing(run.name) | {"state": "damaged", "message": str(error), "changed": changed}
    step = newest.get("step", {})
    entry = _of_recipe(run.name, recipe) | {
        "state": state,
        "message": message,
        "step": step.get("step", 0),
        "steps": started.get("steps"),
        "epoch": step.get("epoch", 0.0),
        "loss": step.get("loss"),
        "train_accuracy": epoch.get("train_accuracy"),
        "test_accuracy": epoch.get("test_accuracy"),
        "seconds": step.get("seconds", 0.0),
        "changed": changed,
    }
    if summary is not None:
        entry |= {
            "step": summary.steps,
            "steps": summary.steps,
            "epoch": summary.epochs,
            "test_accuracy": summary.test_accuracy,
            "seconds": summary.seconds,
        }
    return entry


def _of_process(process: Process) -> dict[str, Any]:
    state = process.state
    changed = process.log.stat().st_mtime if process.log.exists() else 0.0
    message = process.last_words if state == "failed" else ""
    return _of_recipe(process.name, process.recipe) | {
        "state": state,
        "message": message,
        "changed": changed,
    }


def _of_recipe(name: str, recipe: Recipe) -> dict[str, Any]:
    return _nothing(name) | {
        "recipe": recipe.name,
        "title": recipe.title,
        "dataset": recipe.data.name,
        "epochs": recipe.epochs,
        "parameters": check(recipe.network, limits=TEXT_LIMITS).total.parameters,
    }


def _nothing(name: str) -> dict[str, Any]:
    numbers = ("steps", "loss", "train_accuracy", "test_accuracy", "parameters")
    return {
        "name": name,
        **dict.fromkeys(("recipe", "title", "dataset", "message"), ""),
        **dict.fromkeys(numbers),
        **dict.fromkeys(("step", "epoch", "epochs", "seconds", "changed"), 0),
    }


def _changed(run: RunFolder, name: str) -> float:
    try:
        return (run.path / name).stat().st_mtime
    except OSError:
        return 0.0

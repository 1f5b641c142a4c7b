"""What all pages of a studio share about its runs."""

import shutil
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from secrets import token_hex
from threading import Lock

from fastapi import FastAPI

from striate.errors import RunError, StudioError
from striate.studio.looking.datasets import Datasets
from striate.studio.looking.sources import find_run
from striate.studio.running.archive import clear_up
from striate.studio.running.inside import Inside
from striate.studio.running.listing import Listing
from striate.studio.running.progress import Followed, of_process
from striate.studio.running.routes import add_routes
from striate.studio.running.starting import Starter, state_of
from striate.studio.service import Answer
from striate.studio.settings import Settings
from striate.training import RunFolder, Snapshot, may_name_folder, watch

_MOST_FOLLOWED = 16
_FRESH_SECONDS = 0.2
_WATCH_SECONDS = 8.0
_RENEW_SECONDS = 2.0

Stamp = tuple[int, int]


class Running:
    """The shared part of the view that trains."""

    def __init__(self, app: FastAPI, settings: Settings, datasets: Datasets) -> None:
        self.settings = settings
        self.datasets = datasets
        self.starter = Starter(settings, datasets)
        self.inside = Inside(datasets)
        self.listing = Listing(settings, self.starter)
        self._followed: OrderedDict[str, Followed] = OrderedDict()
        self._answers: dict[str, tuple[float, Answer]] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()
        self._snapshots: dict[str, tuple[Stamp, Snapshot]] = {}
        self._watchers: dict[str, dict[int, int | None]] = {}
        self._watched_at: dict[str, float] = {}
        self._numbers = count()
        add_routes(app, settings, datasets)
        clear_up(settings.runs)

    def find(self, name: str) -> RunFolder:
        """Return the run of a name.

        Raises StudioError when there is none.
        """
        return find_run(self.settings.runs, name)

    def progress(self, name: str) -> Answer:
        """Return how a run goes; pages that ask at about the same time share the answer.

        Raises StudioError when there is no such run, RunError when it cannot be read.
        """
        with self._lock:
            one_at_a_time = self._locks.setdefault(name, Lock())
        with one_at_a_time:
            asked, answer = self._answers.get(name, (0.0, None))
            if answer is not None and time.monotonic() - asked < _FRESH_SECONDS:
                return answer
            answer = self._progress(name)
            with self._lock:
                self._answers[name] = (time.monotonic(), answer)
                self._forget_old_answers()
            return answer

    def _progress(self, name: str) -> Answer:
        process = self.starter.process(name) if may_name_folder(name) else None
        try:
            run = self.find(name)
        except StudioError:
            if process is None:
                raise
            return of_process(process)
        followed = self._followed.get(name)
        if followed is None or not followed.still_is(run):
            followed = Followed.begin(run)
        with self._lock:
            self._followed[name] = followed
            self._followed.move_to_end(name)
            while len(self._followed) > _MOST_FOLLOWED:
                self._followed.popitem(last=False)
        followed.refresh()
        return followed.answer(process)

    def _forget_old_answers(self) -> None:
        since = time.monotonic() - 60
        for name in [name for name, (asked, _) in self._answers.items() if asked < since]:
            del self._answers[name]
            self._locks.pop(name, None)

    @contextmanager
    def watching(self, name: str, example: int | None) -> Iterator[int]:
        """Let the training show itself as long as the block lasts; give a number for `renew`.

        Where several watch, the newest decides which example is looked at.
        """
        number = next(self._numbers)
        with self._lock:
            self._watchers.setdefault(name, {})[number] = example
            self._watched_at.pop(name, None)
        try:
            yield number
        finally:
            with self._lock:
                watchers = self._watchers.get(name, {})
                watchers.pop(number, None)
                self._watched_at.pop(name, None)
                if not watchers:
                    self._watchers.pop(name, None)

    def renew(self, run: RunFolder) -> None:
        """Say to the training that it is watched, if that was not said a moment ago."""
        now = time.monotonic()
        with self._lock:
            watchers = self._watchers.get(run.name, {})
            if not watchers or now - self._watched_at.get(run.name, -60.0) < _RENEW_SECONDS:
                return
            self._watched_at[run.name] = now
            example = watchers[max(watchers)]
        try:
            watch(run.watch_path, example, _WATCH_SECONDS)
        except OSError as error:
            raise RunError(f"cannot write to {run.path}: {error.strerror}") from error

    def snapshot(self, run: RunFolder, now: Stamp) -> Snapshot:
        """Return what a training shows; pages that watch the same one share it.

        Raises RunError when it cannot be read.
        """
        with self._lock:
            known = self._snapshots.get(run.name)
        if known is not None and known[0] == now:
            return known[1]
        snapshot = Snapshot.read(run.live_path)
        with self._lock:
            self._snapshots = {
                name: kept for name, kept in self._snapshots.items() if name in self._watchers
            } | {run.name: (now, snapshot)}
        return snapshot

    def delete(self, name: str) -> None:
        """Remove a run for good.

        Raises RunError while it trains, StudioError when there is no such run.
        """
        process = self.starter.process(name)
        try:
            run = self.find(name)
        except StudioError:
            if process is None or process.state == "starting":
                raise
            self.starter.forget(name)
            return
        if state_of(run, process)[0] in ("starting", "training", "paused"):
            raise RunError(f"{name} is being trained; stop it first")
        aside = run.path.with_name(f".deleted-{token_hex(8)}")
        try:
            with run.in_use():  # nobody can begin to train in it from here on
                run.path.rename(aside)
        except OSError as error:
            raise RunError(f"cannot remove {run.path}: {error.strerror}") from error
        shutil.rmtree(aside, ignore_errors=True)
        self.starter.forget(name)
        self.starter.log_of(name).unlink(missing_ok=True)


def stamp(path: Path) -> Stamp | None:
    """Return what changes when a file is replaced; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns

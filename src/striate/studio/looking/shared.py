"""What all pages of a studio share: networks that were opened, datasets, and uploaded files."""

from collections import OrderedDict
from contextlib import suppress
from threading import Lock

from fastapi import FastAPI

from striate.errors import StriateError
from striate.studio.looking.datasets import Datasets
from striate.studio.looking.opening import Opened, Shape, open_source
from striate.studio.looking.sources import RUN, find_run, first_source
from striate.studio.looking.uploads import Uploads, add_route
from striate.studio.settings import Settings

_MOST_NETWORKS = 6
_MOST_BYTES = 2**30

_Key = tuple[str, Shape | None, float]


class Looking:
    """The shared part of the view that looks inside networks."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self.settings = settings
        self.datasets = Datasets(settings.data)
        self.uploads = Uploads()
        add_route(app, self.uploads)
        self._networks: OrderedDict[_Key, Opened] = OrderedDict()
        self._lock = Lock()
        self._opening = Lock()  # one at a time: what captures networks changes global settings

    def open(self, source: str, shape: Shape | None) -> Opened:
        """An open network; pages that ask for the same one share it.

        Raises what `open_source` does.
        """
        key = (source, shape, self._changed(source))
        known = self._known(key)
        if known is not None:
            return known
        with self._opening:
            return self._known(key) or self._add(key, open_source(self.settings, source, shape))

    def warm_up(self) -> None:
        """Open what a page shows first, before any page asks; what fails then fails again there."""
        with suppress(StriateError):
            self.open(first_source(self.settings), None)

    def _changed(self, source: str) -> float:
        """When the weights of a run were written: a run of the same name may be another one."""
        if not source.startswith(RUN):
            return 0.0
        run = find_run(self.settings.runs, source.removeprefix(RUN))
        return run.weights_path.stat().st_mtime if run.weights_path.exists() else 0.0

    def _known(self, key: _Key) -> Opened | None:
        with self._lock:
            if key in self._networks:
                self._networks.move_to_end(key)
            return self._networks.get(key)

    def _add(self, key: _Key, opened: Opened) -> Opened:
        with self._lock:
            self._networks[key] = opened
            while len(self._networks) > _MOST_NETWORKS or (
                len(self._networks) > 1 and sum(map(_bytes, self._networks.values())) > _MOST_BYTES
            ):
                self._networks.popitem(last=False)
        return opened


def _bytes(opened: Opened) -> int:
    module = opened.network.module
    return sum(tensor.nbytes for tensor in (*module.parameters(), *module.buffers()))

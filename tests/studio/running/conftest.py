"""A page that trains: its requests over the socket, a finished run, a cache of its own."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pytest
import torch
from starlette.testclient import TestClient, WebSocketTestSession
from tests.recipes import PLAIN

from striate.data import load
from striate.studio import Settings
from striate.studio.frames import decode
from striate.training import Record, RunFolder, Training, parse_recipe

Arrays = dict[str, npt.NDArray[Any]]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def thrifty(monkeypatch: pytest.MonkeyPatch, cache: Path) -> Iterator[None]:
    """One thread here and in the trainings that are started."""
    monkeypatch.setenv("STRIATE_CACHE", str(cache))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONWARNINGS", "")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def finished(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run, to be copied."""
    dataset = load("digits", cache=cache)
    recipe = parse_recipe(PLAIN, "the plain recipe", name="small", epochs=1)
    run = RunFolder.create(tmp_path_factory.mktemp("runs") / "small", recipe, dataset.description)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("striate.training.moments._SHARE", 1e9)  # on a busy machine too
        list(Record(run).keep(Training(recipe, dataset, device=torch.device("cpu"))))
    return run.path


@pytest.fixture
def small(finished: Path, settings: Settings) -> RunFolder:
    """The finished run in the studio's folder of runs, as `small`."""
    path = settings.runs / "small"
    shutil.copytree(finished, path)
    return RunFolder(path)


class Page:
    """A page's socket."""

    def __init__(self, socket: WebSocketTestSession) -> None:
        self._socket = socket
        self._number = 0

    def ask(self, request: str, /, **parameters: Any) -> dict[str, Any]:
        """Return the values of an answer, or its error under "error"."""
        values, _ = self.look(request, **parameters)
        return values

    def look(self, request: str, /, **parameters: Any) -> tuple[dict[str, Any], Arrays]:
        """Return the values and the arrays of an answer."""
        return next(self.stream(request, **parameters))

    def stream(self, request: str, /, **parameters: Any) -> Iterator[tuple[dict[str, Any], Arrays]]:
        """Yield the answers of a stream, as long as they are asked for."""
        self._number += 1
        number = self._number
        self._socket.send_text(
            json.dumps({"id": number, "request": request, "parameters": parameters})
        )
        more = True
        try:
            while more:
                message = self._socket.receive()
                text = message.get("text")
                head, arrays = decode(message["bytes"]) if text is None else (json.loads(text), {})
                if head["id"] != number:
                    continue
                more = head.get("more", False)
                yield head.get("answer", head), arrays
        finally:
            if more:
                self._socket.send_text(json.dumps({"cancel": number}))

    def until(
        self, condition: Callable[[dict[str, Any]], Any], request: str, /, **parameters: Any
    ) -> tuple[dict[str, Any], Arrays]:
        """Return the first answer of a stream that a condition holds for."""
        stream = self.stream(request, **parameters)
        try:
            for values, arrays in stream:
                assert "error" not in values, values
                if condition(values):
                    return values, arrays
        finally:
            stream.close()  # type: ignore[attr-defined]
        raise AssertionError("the stream ended")


@pytest.fixture
def page(client: TestClient, settings: Settings) -> Iterator[Page]:
    with client.websocket_connect(f"ws://{settings.authority}/socket") as socket:
        yield Page(socket)

"""Files that a page loads and saves: a run's network, its weights, all of it."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, StreamingResponse

from striate.errors import StriateError, StudioError
from striate.studio.looking.datasets import Datasets
from striate.studio.looking.sources import find_run
from striate.studio.running.archive import pack, take_in
from striate.studio.settings import Settings
from striate.training import RunFolder, moments_of, weights_at

_IN_MEMORY = 16 << 20
_CHUNK = 1 << 18


def add_routes(app: FastAPI, settings: Settings, datasets: Datasets) -> None:
    """Let the application give and take the files of runs."""
    unpacking: list[CapacityLimiter] = []  # made on the running loop, and there is one loop

    @app.get("/train/{name}/network.txt")
    def network(name: str) -> Response:
        try:
            text = find_run(settings.runs, name).recipe().network
        except StriateError as error:
            return _refused(404, error)
        return PlainTextResponse(text, headers=_saved_as(f"{name}.txt"))

    @app.get("/train/{name}/weights.safetensors")
    def weights(name: str, step: int | None = None) -> Response:
        try:
            path = _weights(find_run(settings.runs, name), step)
        except StriateError as error:
            return _refused(404, error)
        return FileResponse(
            path, media_type="application/octet-stream", headers=_saved_as(f"{name}.safetensors")
        )

    @app.get("/train/{name}/run.zip")
    def whole(name: str) -> Response:
        # It outlives this function, and is closed when all of it has been sent.
        file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        try:
            pack(find_run(settings.runs, name), file, settings.largest_body)
        except StriateError as error:
            file.close()
            return _refused(404, error)
        return StreamingResponse(
            _sent(file), media_type="application/zip", headers=_saved_as(f"{name}.zip")
        )

    @app.post("/train/upload")
    async def upload(request: Request, name: str = "") -> Response:
        if not unpacking:
            unpacking.append(CapacityLimiter(1))
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            async for part in request.stream():  # no longer than any body may be
                await to_thread.run_sync(file.write, part)
            file.seek(0)
            try:
                run = await to_thread.run_sync(
                    take_in, file, name, settings.runs, datasets, limiter=unpacking[0]
                )
            except StriateError as error:
                return _refused(400, error)
        return JSONResponse({"run": run})


def _weights(run: RunFolder, step: int | None) -> Path:
    """Return the file with a run's weights after a step; the newest there are for None.

    Raises StudioError when there are none.
    """
    summary = run.summary()
    final = summary is not None and run.weights_path.is_file()
    if step is None and final:
        return run.weights_path
    if step is None:
        kept = moments_of(run)
        if not kept:
            raise StudioError(f"{run.name} has no weights yet")
        step = kept[-1]
    path = weights_at(run, step)
    if not path.is_file():
        raise StudioError(f"no weights of {run.name} were kept at step {step}")
    return path


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _saved_as(name: str) -> dict[str, str]:
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", name)
    return {"Content-Disposition": f'attachment; filename="{plain}"'}


def _refused(status: int, error: StriateError) -> Response:
    return JSONResponse({"error": str(error)}, status)

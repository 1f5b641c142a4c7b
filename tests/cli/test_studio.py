"""`striate studio` as a user meets it: in a process of its own, ended as users end it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ports import free_port

from .conftest import Run


@pytest.fixture
def port() -> int:
    """A port that nobody listens on."""
    return free_port()


class Started:
    """A studio that was started, and what it has said."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "striate", "studio", "--no-browser", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, "STRIATE_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"},
        )
        assert self.process.stdout is not None
        self.first = self.process.stdout.readline()
        self.address = self.first.split()[-1] if self.first else ""

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        """Send it a signal; its exit code, and what it said after its first line."""
        self.process.send_signal(number)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        with self.process:
            output, errors = self.process.stdout.read(), self.process.stderr.read()
        return self.process.returncode, output, errors


def answers(address: str) -> bool:
    """Whether a page answers, once it does."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    for _ in range(600):
        try:
            with opener.open(address, timeout=20) as answer:
                return b"<title>Striate</title>" in answer.read()
        except urllib.error.HTTPError:
            return False
        except OSError:
            time.sleep(0.1)
    return False


@pytest.fixture
def started(tmp_path: Path, port: int) -> Iterator[Started]:
    """A running studio, in an empty folder."""
    running = Started(tmp_path, "--port", str(port))
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.communicate()


def test_it_prints_its_address_and_ends_quietly(
    started: Started, port: int, tmp_path: Path
) -> None:
    assert started.first == f"The studio is at {started.address}\n"
    assert started.address.startswith(f"http://127.0.0.1:{port}/?token=")
    assert answers(started.address)
    assert not answers(f"http://127.0.0.1:{port}/")
    # While a connection is open and says nothing.
    with socket.create_connection(("127.0.0.1", port)):
        code, output, errors = started.end(signal.SIGINT)
    assert (code, output, errors) == (0, "Ctrl-C ends it; trainings go on.\n", "")
    assert (tmp_path / "runs").is_dir()
    # The next one is opened by the same address: a page that is open finds back to it.
    again = Started(tmp_path, "--port", str(port))
    assert again.address == started.address
    code, _, errors = again.end(signal.SIGTERM)
    assert (code, errors) == (-signal.SIGTERM, "")


def test_two_at_once(started: Started, tmp_path: Path, striate: Run) -> None:
    other = Started(tmp_path, "--port", str(free_port()))
    assert answers(started.address)
    assert answers(other.address)
    code, _, errors = other.end(signal.SIGINT)
    assert (code, errors) == (0, "")
    taken = started.address.split(":")[2].split("/")[0]
    runs = tmp_path / "runs"
    refused = striate("studio", "--no-browser", "--port", taken, "--runs", runs)
    assert refused.code == 2
    assert f"cannot listen on 127.0.0.1, port {taken}: it is in use" in refused.errors
    assert "--port takes another one" in refused.errors


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, for commands of this process."""
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_others_are_let_in_on_purpose_only(
    striate: Run, host: str, cache: Path, tmp_path: Path
) -> None:
    refused = striate("studio", "--no-browser", "--host", host, "--runs", tmp_path / "runs")
    assert refused.code == 2
    assert "lets other machines reach this studio" in refused.errors
    assert "unencrypted" in refused.errors
    assert "--allow-others" in refused.errors
    assert not cache.exists()
    assert not (tmp_path / "runs").exists()


def test_it_ends_without_a_traceback_before_it_serves(started: Started) -> None:
    # The code is not always 0: amid the import of torch, torch itself aborts.
    _, _, errors = started.end(signal.SIGINT)
    assert "Traceback" not in errors


def test_the_address_for_others_is_printed(tmp_path: Path, port: int) -> None:
    started = Started(tmp_path, "--port", str(port), "--host", "0.0.0.0", "--allow-others")
    assert started.address.startswith(f"http://127.0.0.1:{port}/?token=")
    token = started.address.partition("=")[2]
    assert answers(started.address)
    code, output, errors = started.end(signal.SIGINT)
    assert (code, errors) == (0, "")
    assert f"perhaps as http://{socket.gethostname()}:{port}/?token={token}" in output
    assert "not encrypted" in output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "192.0.2.1", "--allow-others"], "this machine has no such address"),
        (["--host", "no.such.host.invalid", "--allow-others"], "knows no such host"),
        (["--port", "0"], "--port"),
        (["--port", "65536"], "--port"),
        (["--port", "http"], "--port"),
        (["--port", "-1"], "--port"),
    ],
)
def test_where_it_cannot_listen(
    striate: Run, options: list[str], said: str, cache: Path, tmp_path: Path
) -> None:
    refused = striate("studio", "--no-browser", "--runs", tmp_path / "runs", *options)
    assert refused.code == 2
    assert said in refused.errors
    assert "Traceback" not in refused.errors


def test_a_folder_of_runs_that_is_a_file(striate: Run, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    refused = striate("studio", "--no-browser", "--runs", tmp_path / "runs")
    assert refused.code == 2
    assert "it is a file. --runs takes another folder" in refused.errors


def test_a_token_that_cannot_be_kept(striate: Run, cache: Path, tmp_path: Path) -> None:
    cache.write_text("a file where the folder should be")
    refused = striate("studio", "--no-browser", "--runs", tmp_path / "runs")
    assert refused.code == 2
    assert "cannot keep the studio's token" in refused.errors


@pytest.mark.parametrize("module", ["striate.cli.studio", "striate.cli.app"])
def test_the_command_line_loads_no_server(module: str) -> None:
    """Every other command would wait for it."""
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert module in loaded
    assert not loaded & {"fastapi", "starlette", "uvicorn", "striate.studio", "torch", "numpy"}

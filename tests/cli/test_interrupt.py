"""Ctrl-C while the program is still being loaded ends it without a word."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from striate.cli.interrupt import INTERRUPTED, ending_at_once

LOADING = """
import os, signal, sys
from importlib.abc import MetaPathFinder

class Interrupting(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
sys.argv = ["striate", "studio", "--no-browser", "--runs", "runs"]
from striate.cli import main
main()
"""


@pytest.mark.skipif(os.name != "posix", reason="a signal to oneself is POSIX's")
@pytest.mark.parametrize(
    "module", ["typer", "striate.cli.why", "numpy", "fastapi", "torch", "torch.nn", "uvicorn"]
)
def test_it_ends_at_once_whatever_is_loaded(tmp_path: Path, module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADING.format(module=module)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "STRIATE_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (INTERRUPTED, "", "")
    assert list(tmp_path.iterdir()) == []


def test_afterwards_it_is_an_exception_again() -> None:
    with ending_at_once():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ending_at_once():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)

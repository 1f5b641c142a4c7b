"""The program as a whole: help without torch, errors without tracebacks."""

import subprocess
import sys

import pytest

from striate import __version__
from striate.errors import StriateError

from .conftest import Run


def test_help_needs_no_torch() -> None:
    program = (
        "import sys; sys.argv = ['striate', '--help']\n"
        "from striate.cli import main\n"
        "try: main()\n"
        "except SystemExit as exit_: assert not exit_.code\n"
        "heavy = {'torch', 'numpy', 'matplotlib', 'sklearn', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for command in ("train", "predict", "evaluate", "check", "runs", "data"):
        assert command in done.stdout


def test_the_module_is_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "striate", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"striate {__version__}\n"


def test_an_error_is_one_paragraph_and_code_2(striate: Run) -> None:
    answer = striate("train", "mnits")
    assert answer.code == 2
    assert answer.output == ""
    assert answer.errors.startswith("error: there is no recipe 'mnits' (did you mean 'mnist'?)")
    assert "Traceback" not in answer.errors


def test_debug_shows_where_an_error_comes_from(striate: Run) -> None:
    with pytest.raises(StriateError, match="mnits"):
        striate("--debug", "train", "mnits")


def test_an_unknown_command_is_a_usage_error(striate: Run) -> None:
    answer = striate("trian")
    assert answer.code == 2
    assert "trian" in answer.errors


def test_brackets_in_a_message_are_not_taken_for_style(striate: Run) -> None:
    answer = striate("train", "[bold]x[/]")
    assert answer.code == 2
    assert "[bold]x[/]" in answer.errors

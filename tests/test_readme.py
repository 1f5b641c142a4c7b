"""The README tells the truth: its programs run, its commands exist, its numbers are measured."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from striate.cli.app import app
from striate.notation import check
from striate.training import load_recipe, recipe_names

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
PROGRAMS = [text for language, text in BLOCKS if language == "python"]
COMMANDS = [
    line.partition(" #")[0].strip()
    for language, text in BLOCKS
    for line in text.splitlines()
    if language != "python" and line.startswith("striate ")
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_run(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_understood(command: str) -> None:
    group = typer.main.get_command(app)
    words = shlex.split(command)
    context = group.make_context(words[0], words[1:])
    while isinstance(group, typer.core.TyperGroup):
        rest = [*context._protected_args, *context.args]
        name, found, arguments = group.resolve_command(context, rest)
        assert found is not None
        group, context = found, found.make_context(name, arguments, parent=context)


def test_the_network_shown_is_lenet() -> None:
    (text,) = [text for _, text in BLOCKS if text.startswith("# LeNet-5")]
    report = check(text)
    assert report.ok
    assert report.total.parameters == 61706


@pytest.mark.parametrize("name", [name for name in recipe_names() if load_recipe(name).result])
def test_results_shown_are_those_of_the_recipes(name: str) -> None:
    result = load_recipe(name).result
    assert result is not None
    assert f"| `{name}` |" in README
    row = next(line for line in README.splitlines() if line.startswith(f"| `{name}` |"))
    assert f"{result.test_accuracy:.2%}" in row

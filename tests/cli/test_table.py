"""`striate table`, from the command line."""

import csv
import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import Answer, Run
from tests.networks import LENET

from striate.notation import check
from striate.training import load_recipe

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.fixture
def lenet(tmp_path: Path) -> Path:
    file = tmp_path / "lenet.txt"
    file.write_text(LENET)
    return file


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def refused(answer: Answer, *words: str) -> None:
    """The answer is an error of one paragraph that says these words."""
    assert (answer.code, answer.output) == (2, "")
    assert answer.errors.startswith("error: ")
    assert "Traceback" not in answer.errors
    assert "should have said better" not in answer.errors
    assert "\n\n" not in answer.errors
    for word in words:
        assert word in answer.errors


def test_the_printed_table(striate: Run, lenet: Path, wide: None) -> None:
    answer = striate("table", lenet)
    assert answer.code == 0, answer.errors
    printed = "".join(line.rstrip() + "\n" for line in answer.output.splitlines())
    assert printed == (GOLDEN / "table_lenet.txt").read_text("utf-8")


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_a_narrow_terminal(
    columns: int, striate: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns are left out rather than cut; what is printed stays whole."""
    text = "input 3x32x32\nresidual\n  residual\n    conv 8 3x3 pad same\n    batchnorm\n"
    file = tmp_path / "deep.txt"
    file.write_text(text)
    monkeypatch.setenv("COLUMNS", str(columns))
    answer = striate("table", file)
    assert answer.code == 0, answer.errors
    grid = [line for line in answer.output.splitlines() if line[:1] in "┏┃┡│├└"]
    assert len(grid) >= 10
    assert len({len(line) for line in grid}) == 1
    assert len(grid[0]) <= columns
    assert "…" not in answer.output
    layers = "".join(line[2:].partition("│")[0].strip() for line in grid if line[0] == "│")
    for layer in ("input", "residual1.body.residual1.body.conv1", "residual1.add"):
        assert layer in layers
    assert ("window" in grid[1]) == (columns == 200)


def test_csv(striate: Run, lenet: Path) -> None:
    answer = striate("table", lenet, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(answer.output)))
    assert sum(int(row["parameters"]) for row in rows) == 61706
    assert sum(int(row["multiply-adds"]) for row in rows) == 416520
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1, abs=1e-5)
    assert rows[3] == {
        "layer": "pool1",
        "kind": "pooling",
        "window": "2x2 stride 2",
        "output": "6x14x14",
        "sees": "6x6",
        "jump": "2x2",
        "parameters": "0",
        "multiply-adds": "0",
        "activations": "4704",
        "share": "0.000000",
    }


def test_markdown(striate: Run, lenet: Path) -> None:
    lines = striate("table", lenet, "--format", "markdown").output.splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert {len(row) for row in cells} == {10}
    assert set(cells[1]) == {"---", "---:"}
    assert cells[3][0] == "conv1"
    assert cells[3][-4:] == ["156", "117,600", "18.4 KiB", "28.2%"]
    assert cells[-1][0] == "total"
    assert "61,706" in cells[-1]


def test_json(striate: Run, lenet: Path) -> None:
    found = json.loads(striate("table", lenet, "--format", "json").output)
    assert found["network"] == "lenet.txt"
    assert found["totals"]["parameters"] == 61706
    assert found["totals"]["multiply_adds"] == 416520
    assert len(found["layers"]) == 13


def test_recipes_runs_and_named_networks(striate: Run, recipe: Path, runs: Path) -> None:
    def parameters(source: str | Path) -> int:
        answer = striate("table", source, "--format", "json")
        assert answer.code == 0, answer.errors
        found: int = json.loads(answer.output)["totals"]["parameters"]
        return found

    assert parameters("lenet5") == 61706
    for small in (recipe, runs / "small"):
        assert parameters(small) == 8 * 9 + 8 + 10 * 8 * 9 + 10
    description = load_recipe("digits").network
    assert parameters("digits") == check(description).total.parameters


def test_another_input(striate: Run, tmp_path: Path) -> None:
    file = tmp_path / "any.txt"
    file.write_text("input 1x32x32\nconv 6 5x5\navgpool global\n")
    answer = striate("table", file, "--input", "1x10X12", "--format", "json")
    assert answer.code == 0, answer.errors
    found = json.loads(answer.output)
    assert [row["output"] for row in found["layers"]] == [[1, 10, 12], [6, 6, 8], [6, 1, 1]]


def test_notes_are_printed_below(striate: Run, tmp_path: Path) -> None:
    file = tmp_path / "odd.txt"
    file.write_text("input 1x9x9\nmaxpool 2x2\nflatten\nlinear 3\n")
    lines = striate("table", file).output.splitlines()
    assert lines[-2] == (
        "pool1: drops the last 1 of 9 rows and 1 of 9 columns of input: the stride does not fit"
    )
    assert lines[-1].startswith("all: from linear1 on, ")


def test_what_is_no_network(striate: Run, tmp_path: Path) -> None:
    refused(striate("table", "resnet-18"), "resnet18")
    refused(striate("table", tmp_path / "absent.txt"), "absent.txt")
    refused(striate("table", tmp_path), "not a run folder")
    refused(striate("table", "timm:no_such_network"), "no_such_network")
    file = tmp_path / "wrong.txt"
    file.write_text("input 1x8x8\nconv 5 30x30\n")
    refused(striate("table", file), "30x30")


@pytest.mark.parametrize("shape", ["3", "axb", "1x0x8", "1x-8x8", "1,8,8", ""])
def test_what_is_no_shape(shape: str, striate: Run, lenet: Path) -> None:
    refused(striate("table", lenet, "--input", shape), "give channels and sizes", "3x224x224")


def test_an_input_that_does_not_fit_names_the_networks_own(
    striate: Run, lenet: Path, runs: Path
) -> None:
    refused(striate("table", lenet, "--input", "3x32x32"), "takes 1x32x32")
    refused(striate("table", lenet, "--input", "1x4x4"), "takes 1x32x32")
    refused(striate("table", runs / "small", "--input", "1x16x16"), "takes 1x8x8")

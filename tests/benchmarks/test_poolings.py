"""The study of poolings exchanges nothing else, goes on where it stopped, and is in the docs."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest
from benchmarks.poolings import POOLINGS, REPORTED, Run, draw, runs_in, study, table, with_pooling
from PIL import Image

from striate.data import load
from striate.notation import check
from striate.training import Recipe, load_recipe

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "poolings.md").read_text("utf-8")
DIGITS = """
input 1x8x8
conv 4 3x3 pad same bias no
batchnorm
relu
maxpool 3x3 stride 2
flatten
linear 10
"""


@pytest.fixture
def recipe() -> Recipe:
    """The study's recipe, for a few steps on the embedded digits."""
    changes = {"data.name": "digits", "network": DIGITS, "epochs": 0.2, "batch": 60}
    return load_recipe("poolings", **changes, **{"precision.pieces": 60})


@pytest.mark.parametrize("pooling", POOLINGS)
def test_every_network_has_the_same_sizes_and_cost(pooling: str) -> None:
    network = load_recipe("poolings").network
    before, after = check(network), check(with_pooling(network, POOLINGS[pooling]))
    assert after.ok
    assert [row.outputs for row in after.rows] == [row.outputs for row in before.rows]
    assert after.total.multiply_adds == before.total.multiply_adds
    learned = 3 if pooling == "mixed, learned" else 0
    assert after.total.parameters == before.total.parameters + learned


def test_only_the_lines_of_poolings_change() -> None:
    network = load_recipe("poolings").network
    changed = with_pooling(network, "fractionalpool size {size} overlapping")
    pairs = zip(network.splitlines(), changed.splitlines(), strict=True)
    assert [(old, new) for old, new in pairs if old != new] == [
        ("maxpool 3x3 stride 2", f"fractionalpool size {size} overlapping")
        for size in ("15x15", "7x7", "3x3")
    ]


def test_it_goes_on_where_it_stopped(recipe: Recipe, tmp_path: Path) -> None:
    results, digits = tmp_path / "results.jsonl", load("digits")
    first = next(study(recipe, digits, [0], results))
    rest = list(study(recipe, digits, [0], results))
    assert [run.pooling for run in (first, *rest)] == list(POOLINGS)
    assert runs_in(results) == [first, *rest]
    assert list(study(recipe, digits, [0], results)) == []
    for run in rest:
        assert 0 < run.test_error < 1
        assert run.seconds_an_epoch > 0


def test_the_table_has_means_and_spreads(tmp_path: Path) -> None:
    runs = [Run("max", seed, 2.0, error, 0.1, 4.0 + seed) for seed, error in enumerate([0.2, 0.3])]
    (tmp_path / "results.jsonl").write_text("".join(json.dumps(asdict(run)) + "\n" for run in runs))
    rows = table(runs_in(tmp_path / "results.jsonl")).splitlines()
    assert [row.count("not measured yet") for row in rows[3:]] == [2] * 6
    assert rows[2:3] == [
        "| max | 25.00% ± 7.07% | 10.00% ± 0.00% | 4 | 2 | 19.40% (Zeiler and Fergus, table 1) |"
    ]
    draw(runs, tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as picture:
        assert picture.size == (840, 168)


def test_the_page_shows_the_poolings_of_the_study() -> None:
    measured = r"\d+\.\d\d% (?:± \d+\.\d\d%|\(one run\))|not measured yet"
    rows = re.findall(rf"^\| ([^|]+) \| ({measured}) \|", PAGE, flags=re.MULTILINE)
    assert [name for name, _ in rows] == list(POOLINGS) == list(REPORTED)
    assert all(reported in PAGE for reported in REPORTED.values())
    result = load_recipe("poolings").result
    assert result is not None
    assert rows[0][1] == f"{1 - result.test_accuracy:.2%} ± {result.spread:.2%}"
    assert "python benchmarks/poolings.py" in PAGE

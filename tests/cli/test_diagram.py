"""`striate diagram`, from the command line."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.cli.conftest import Run

TEXT = "input 1x8x8\nconv 2 3x3\nrelu\nflatten\nlinear 3\n"


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "a <small> one.txt"
    file.write_text(TEXT)
    return file


def titles(file: Path) -> list[str]:
    root = ElementTree.fromstring(file.read_bytes())
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}title")]


def test_the_file_is_named_after_the_network(striate: Run, network: Path) -> None:
    answer = striate("diagram", network)
    assert answer.code == 0, answer.errors
    assert answer.output == "wrote a <small> one.svg\n"
    assert titles(Path("a <small> one.svg"))[0] == "a <small> one.txt"


def test_a_file_of_its_own_and_another_input(striate: Run, network: Path) -> None:
    file = Path("pictures") / "net.SVG"
    network.write_text("input 1x8x8\nconv 2 3x3\navgpool global\n")
    answer = striate("diagram", network, "--out", file, "--input", "1x20x30")
    assert answer.code == 0, answer.errors
    assert titles(file)[1:3] == [
        "input: input, 1x20x30, sees 1x1",
        "conv1: conv2d, 3x3, 2x18x28, sees 3x3, 20 parameters, 9,072 multiply-adds",
    ]


def test_only_whole_files_are_written(striate: Run, network: Path) -> None:
    file = Path("net.svg")
    file.write_text("as it was")
    assert striate("diagram", network, "--out", file, "--input", "3x8x8").code == 2
    assert file.read_text() == "as it was"
    assert striate("diagram", network, "--out", file).code == 0
    assert len(titles(file)) == 1 + 4  # the picture; input, convolution, flatten, linear
    assert sorted(path.name for path in Path().iterdir()) == [network.name, "net.svg"]


@pytest.mark.parametrize("name", ["net.png", "net", "net.svg.pdf"])
def test_another_kind_of_file_is_refused(name: str, striate: Run, network: Path) -> None:
    answer = striate("diagram", network, "--out", name)
    assert (answer.code, answer.output) == (2, "")
    assert f"name {name} with the ending .svg" in answer.errors
    assert not Path(name).exists()


def test_a_folder_that_cannot_be_written(striate: Run, network: Path) -> None:
    answer = striate("diagram", network, "--out", network / "net.svg")
    assert answer.code == 2
    assert "should have said better" not in answer.errors
    assert "a <small> one.txt" in answer.errors

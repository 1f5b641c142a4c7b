import pytest

from striate.names import nearest

KNOWN = ("conv1", "conv2", "Mixed_5b", "mnist")


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("mnits", ["mnist"]),
        ("MNIST", ["mnist"]),
        ("mixed_5b", ["Mixed_5b"]),
        ("conv", ["conv2"]),
        ("zebra", []),
        ("", []),
        ("mnist" * 10**6, []),
    ],
)
def test_the_nearest_whatever_its_case(word: str, near: list[str]) -> None:
    assert nearest(word, KNOWN) == near


def test_several() -> None:
    assert set(nearest("conv3", KNOWN, most=3)) == {"conv1", "conv2"}


def test_how_near_is_near() -> None:
    assert nearest("mist", ["mnist"], least=0.88) == ["mnist"]  # 2*4/(4 + 5)
    assert nearest("mist", ["mnist"], least=0.89) == []

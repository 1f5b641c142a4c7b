"""Pictures are there when they are asked for, and cost nothing before."""

import subprocess
import sys

from striate.network import pictures


def test_matplotlib_comes_with_the_first_picture() -> None:
    code = (
        "import sys, striate.network.pictures as pictures\n"
        "assert 'matplotlib' not in sys.modules\n"
        "pictures.draw_maps\n"
        "assert 'matplotlib' in sys.modules\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_there() -> None:
    assert all(hasattr(pictures, name) for name in pictures.__all__)
    assert not hasattr(pictures, "draw_nothing")

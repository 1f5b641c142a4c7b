"""The fixed codes that the radial basis units of LeNet-5 compare their input with."""

import random

# Twelve rows of seven, as the bitmaps of figure 3 of the paper, after which they are drawn.
_ROWS, _COLUMNS = 12, 7
_DIGITS = """
.......  .......  .......  .......  .......  .......  .......  .......  .......  .......
..###..  ...##..  .#####.  .#####.  ....##.  #######  ..####.  #######  .#####.  .#####.
.##.##.  ..###..  ##...##  ##...##  ...###.  ##.....  .##....  ##...##  ##...##  ##...##
##...##  .####..  ##...##  .....##  ..####.  ##.....  ##.....  .....##  ##...##  ##...##
##...##  ...##..  .....##  .....##  .##.##.  ##.....  ##.....  ....##.  ##...##  ##...##
##...##  ...##..  ....##.  ..####.  ##..##.  ######.  ######.  ....##.  .#####.  .######
##...##  ...##..  ...##..  .....##  ##..##.  .....##  ##...##  ...##..  ##...##  .....##
##...##  ...##..  ..##...  .....##  #######  .....##  ##...##  ...##..  ##...##  .....##
.##.##.  ...##..  .##....  ##...##  ....##.  ##...##  ##...##  ..##...  ##...##  ....##.
..###..  .######  #######  .#####.  ....##.  .#####.  .#####.  ..##...  .#####.  .####..
.......  .......  .......  .......  .......  .......  .......  .......  .......  .......
.......  .......  .......  .......  .......  .......  .......  .......  .......  .......
"""


def radial_basis_codes(classes: int) -> list[list[float]]:
    """A code of 84 numbers, each 1 or -1, for each class.

    For ten classes they are pictures of the digits, 12 rows of 7; for another number they are
    drawn at random, always the same: the paper names both ways.
    Source: LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document
    recognition, 1998, section II-B and figure 3.
    """
    if classes == 10:
        rows = [line.split() for line in _DIGITS.strip().splitlines()]
        return [
            [1.0 if mark == "#" else -1.0 for row in rows for mark in row[digit]]
            for digit in range(10)
        ]
    chance = random.Random(0)
    return [[chance.choice((-1.0, 1.0)) for _ in range(_ROWS * _COLUMNS)] for _ in range(classes)]

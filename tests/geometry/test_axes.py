import re

import numpy as np
import pytest

from striate.errors import GeometryError
from striate.geometry import per_axis


def test_a_number_is_repeated_and_a_sequence_kept() -> None:
    assert per_axis(3, 2, "kernel") == (3, 3)
    assert per_axis([3, 5], 2, "kernel") == (3, 5)
    assert per_axis((3, 5, 7), 3, "kernel") == (3, 5, 7)


def test_whole_numbers_of_other_libraries_become_ints() -> None:
    entries = per_axis(np.int64(3), 2, "kernel")  # type: ignore[arg-type]
    assert entries == (3, 3)
    assert type(entries[0]) is int


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((3, 3), "kernel (=(3, 3)) has 2 entries and the layer has 3 axes"),
        (2.0, "kernel (=2.0) must be a whole number"),
        (True, "kernel (=True) must be a whole number"),
        (None, "kernel (=None) must be a whole number"),
        (np.ones(2), "must be a whole number"),
        ((3, 0, 3), "kernel (=0) must be at least 1"),
        (2**63, "kernel must be at most 9223372036854775807"),
    ],
)
def test_the_error_names_the_argument_and_its_value(value: int, message: str) -> None:
    with pytest.raises(GeometryError, match=re.escape(message)):
        per_axis(value, 3, "kernel", least=1)

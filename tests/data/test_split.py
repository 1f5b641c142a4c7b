"""The fixed part of the examples that is held out."""

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from striate.data.split import held_out


def test_a_written_out_case() -> None:
    keys = [f"image {number}" for number in range(10)]
    chosen = held_out(keys, [0] * 10)
    digests = {hashlib.sha256(key.encode()).hexdigest(): key for key in keys}
    first_two = {digests[digest] for digest in sorted(digests)[:2]}
    assert {key for key, out in zip(keys, chosen, strict=True) if out} == first_two


@given(
    st.lists(st.tuples(st.text(max_size=5), st.integers(0, 3)), unique_by=lambda pair: pair[0]),
    st.randoms(use_true_random=False),
)
def test_stratified_and_free_of_order(pairs: list[tuple[str, int]], random: object) -> None:
    chosen = held_out([key for key, _ in pairs], [target for _, target in pairs])
    targets = np.array([target for _, target in pairs], int)
    for target in range(4):
        count, out = int((targets == target).sum()), int(chosen[targets == target].sum())
        assert out == (0 if count < 2 else max(1, round(count / 5)))
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = held_out([key for key, _ in shuffled], [target for _, target in shuffled])
    assert {pair for pair, out in zip(shuffled, again, strict=True) if out} == {
        pair for pair, out in zip(pairs, chosen, strict=True) if out
    }

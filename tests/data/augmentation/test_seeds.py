import subprocess
import sys

import torch

from striate.data.augmentation.seeds import stable_coins, stable_generator, stable_seed


def test_the_numbers_never_change() -> None:
    """Published runs can be repeated only as long as these stay what they are."""
    # printf "(0, 1, 'flip')" | b2sum --length 64
    assert stable_seed(0, 1, "flip") == int.from_bytes(bytes.fromhex("7ed35f307fd66145"), "little")


def splitmix64(seed: int, count: int) -> list[int]:
    """Its first outputs, in Python's whole numbers."""
    mask, outputs = 2**64 - 1, []
    for n in range(1, count + 1):
        z = (seed + n * 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        outputs.append(z ^ (z >> 31))
    return outputs


def test_coins_are_the_top_bits_of_splitmix64() -> None:
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert splitmix64(1234567, 3) == published
    coins = stable_coins(torch.arange(1, 41), (7, "flip"))
    expected = [output >> 63 == 1 for output in splitmix64(stable_seed(7, "flip"), 40)]
    assert coins.tolist() == expected


def test_parts_are_told_apart() -> None:
    seeds = {stable_seed(*parts) for parts in [(1, 23), (12, 3), (123,), ("1", 23), (23, 1), (-1,)]}
    assert len(seeds) == 6
    assert all(0 <= seed < 2**64 for seed in seeds)


def test_same_in_another_process() -> None:
    code = "from striate.data.augmentation.seeds import stable_seed; print(stable_seed(3, 'shift'))"
    output = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert int(output) == stable_seed(3, "shift")


def test_generators_repeat() -> None:
    first, second, other = (stable_generator(*parts) for parts in [(1, 2), (1, 2), (1, 3)])
    draws = torch.rand(8, generator=first)
    assert torch.equal(draws, torch.rand(8, generator=second))
    assert not torch.equal(draws, torch.rand(8, generator=other))


def test_coins_are_fair_and_belong_to_their_index() -> None:
    indices = torch.randperm(20_000)
    coins = stable_coins(indices, (0,))
    assert abs(coins.float().mean() - 0.5) < 5 * 0.5 / 20_000**0.5
    assert torch.equal(coins[indices.argsort()], stable_coins(torch.arange(20_000), (0,)))
    agree = (coins == stable_coins(indices, (1,))).float().mean()
    assert abs(agree - 0.5) < 5 * 0.5 / 20_000**0.5


def test_coins_of_neighbours_are_independent() -> None:
    coins = stable_coins(torch.arange(20_001), (0,))
    agree = (coins[1:] == coins[:-1]).float().mean()
    assert abs(agree - 0.5) < 5 * 0.5 / 20_000**0.5

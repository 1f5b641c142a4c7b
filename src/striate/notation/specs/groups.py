"""Groups of channels: whether they divide, and what would."""

from math import gcd

from striate.notation.kind import Site

_LARGEST_LOOKED_AT = 1_000
_MOST_SHOWN = 12


def common_groups(groups: int, in_channels: int, out_channels: int, site: Site) -> int:
    """The groups when they divide both numbers of channels; else reports it and goes on with 1."""
    if in_channels % groups == 0 and out_channels % groups == 0:
        return groups
    common = gcd(in_channels, out_channels)
    channels = f"{in_channels} input and {out_channels} output channels"
    if in_channels == out_channels:
        channels = f"{in_channels} channels"
    site.error(
        f"{groups} groups do not divide {channels}",
        at="groups",
        suggestion=f"groups must divide {common}: {divisors_text(common)}",
    )
    return 1


def divisors_text(n: int) -> str:
    """The divisors of n, the first of them when there are many: `1, 2, 3, 5, 6, 10, 15, 30`."""
    found = [d for d in range(1, min(n, _LARGEST_LOOKED_AT) + 1) if n % d == 0]
    complete = n <= _LARGEST_LOOKED_AT and len(found) <= _MOST_SHOWN
    return ", ".join(str(d) for d in found[:_MOST_SHOWN]) + ("" if complete else " ...")

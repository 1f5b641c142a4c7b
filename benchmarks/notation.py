"""How fast network text is checked, which the editor does between two keys.

python benchmarks/notation.py
"""

import statistics
import time

from rich.console import Console
from rich.table import Table

from striate.notation import check

BLOCK = "residual\n  conv 64 3 pad same\n  batchnorm\n  relu\n  conv 64 3 pad same\nrelu\n"


def seconds_to_check(text: str, times: int = 20) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        assert check(text).ok
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    table = Table("lines", "milliseconds")
    for blocks in (8, 33, 133):
        text = "input 3x64x64\nconv 64 3 pad same\n" + blocks * BLOCK
        table.add_row(str(len(text.splitlines())), f"{1000 * seconds_to_check(text):.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()

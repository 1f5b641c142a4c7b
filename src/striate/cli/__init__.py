"""The command line: one file a command group. torch is imported inside commands only."""

from striate.cli.interrupt import ending_at_once

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    with ending_at_once():
        from striate.cli.app import main as run  # noqa: PLC0415
    run()

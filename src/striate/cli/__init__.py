"""The command line: one file a command group. torch is imported inside commands only."""

from striate.cli.app import main

__all__ = ["main"]

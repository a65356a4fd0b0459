"""Lint our JavaScript (oxlint) and check its types (tsc), with the node that playwright brings.

    .venv/bin/python scripts/check_javascript.py

The two tools are pinned in scripts/javascript/package-lock.json and installed once, by npm, into .cache/javascript;
after that no network is needed. Where npm is missing this is said in a sentence; in CI, or with
UNRAVELLING_DEMAND_JAVASCRIPT=1, that is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTINGS, INSTALLED = ROOT / "scripts" / "javascript", ROOT / ".cache" / "javascript"
SOURCES = "src/unravelling"


class NoTools(RuntimeError):
    """The tools cannot be had here; the message says what to do."""


def main() -> int:
    """Returns the exit code: 0 only if both tools are content."""
    try:
        tools = install() / "node_modules"
    except NoTools as why:
        print(why)
        return 1 if demanded() else 0
    lint = [tools / "oxlint" / "bin" / "oxlint", "--config", SETTINGS / "oxlint.json", "--deny-warnings", SOURCES]
    types = [tools / "typescript" / "bin" / "tsc", "--project", SETTINGS / "tsconfig.json"]
    codes = [subprocess.run([node(), *map(str, tool)], cwd=ROOT).returncode for tool in (lint, types)]
    return 1 if any(codes) else 0


def node() -> str:
    """The program with which the pinned playwright runs its own JavaScript: there wherever the tests are."""
    from playwright._impl._driver import compute_driver_executable

    return str(compute_driver_executable()[0])


def demanded() -> bool:
    """Whether a check that cannot be made is a failure."""
    return bool(os.environ.get("CI")) or os.environ.get("UNRAVELLING_DEMAND_JAVASCRIPT") == "1"


def install() -> Path:
    """The folder with the pinned tools, installed if the lock file is not the one they were installed from."""
    lock = (SETTINGS / "package-lock.json").read_bytes()
    stamp = INSTALLED / "installed-lock.json"
    if stamp.exists() and stamp.read_bytes() == lock:
        return INSTALLED
    npm = shutil.which("npm")
    if npm is None:
        raise NoTools(
            "The JavaScript was not checked: npm is not here to install the tools. Install it (with Node.js)."
        )
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SETTINGS / name, INSTALLED)
    quiet = ["--no-fund", "--no-audit", "--ignore-scripts", "--loglevel=error"]
    if subprocess.run([npm, "ci", *quiet], cwd=INSTALLED, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode:
        raise NoTools("The JavaScript was not checked: npm could not install the tools; its message stands above.")
    stamp.write_bytes(lock)
    return INSTALLED


if __name__ == "__main__":
    sys.exit(main())

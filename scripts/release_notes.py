"""What GitHub shows of a release: its section of CHANGELOG.md. First, that the tag is that of the version everywhere.

    python scripts/release_notes.py v0.2.0

Standard library only: the workflow runs it before anything is installed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(tag: str, root: Path = ROOT) -> int:
    """Print the notes and return 0, or return 1 after a sentence for each place that says otherwise."""
    project = tomllib.loads(_text(root, "pyproject.toml"))
    section = re.search(
        rf"^## \[{re.escape(tag[1:])}\].*?\n(.*?)(?=^## \[|^\[|\Z)", _text(root, "CHANGELOG.md"), re.M | re.S
    )
    named = {
        "pyproject.toml": f"v{project['project']['version']}",
        "pyproject.toml, tool.unravelling": project["tool"]["unravelling"].get("tag"),
        "unravelling.__version__": _version(root, "src/unravelling/__init__.py", r'^__version__ = "(.*)"'),
        "CITATION.cff": _version(root, "CITATION.cff", r"^version: (.*)"),
        "CHANGELOG.md": tag if section else None,
    }
    others = {place: found for place, found in named.items() if found != tag}
    for place, found in others.items():
        print(f"The tag is {tag}, and {place} says {found}: make releases with scripts/release.py.", file=sys.stderr)
    if section and not others:
        print(section[1].strip())
    return 1 if others else 0


def _version(root: Path, name: str, pattern: str) -> str | None:
    found = re.search(pattern, _text(root, name), re.MULTILINE)
    return f"v{found[1]}" if found else None


def _text(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Make a release: its version everywhere, its changes named, its notebooks built with its tag; then main goes on.

    python scripts/release.py X.Y.Z [--dry-run]

`--dry-run` shows what would change and writes nothing. All work is done in a worktree of its own, beside this clone;
the branch and the tag are set at the end, both or neither. Nothing is pushed: RELEASING.md says what comes before and
after. The package is that of this clone, so the script runs with its environment (`.venv/bin/python`).
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unravelling.building.settings import PLACEHOLDER, Settings, read_settings

ROOT = Path(__file__).resolve().parent.parent
GRADE = ".github/workflows/grade.yml"
ADDRESSED = (
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
    ".github/ISSUE_TEMPLATE/config.yml",
    GRADE,
)  # where the address stands
UNRELEASED = re.compile(r"^## \[Unreleased\]\n(.*?)(?=^## \[|^\[Unreleased\]:)", re.MULTILINE | re.DOTALL)


class Refused(RuntimeError):
    """Why there is no release, in a sentence that says what to do."""


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Returns the exit code: 0, or 1 after a sentence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", help="such as 0.2.0")
    parser.add_argument("--dry-run", action="store_true", help="show the changes and write nothing")
    chosen = parser.parse_args(arguments)
    try:
        refuse(root, chosen.version)
        missing = what_is_missing(root)
        if missing and not chosen.dry_run:
            raise Refused(missing[0])
        (show if chosen.dry_run else release)(root, chosen.version)
    except Refused as why:
        print(why, file=sys.stderr)
        return 1
    print("\n".join(f"Before this can be done: {each}" for each in missing), end="\n" if missing else "")
    return 0


def refuse(root: Path, version: str) -> None:
    """Raises Refused for whatever would make it no release, or one that cannot be told from another."""
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version):
        raise Refused(f"{version} is no version: write three numbers, such as 0.2.0.")
    tags = git(root, "tag", "--list", "v*").split()
    if f"v{version}" in tags:
        raise Refused(f"The tag v{version} exists: a version is released once, so take a later one.")
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    named = [*tags, *re.findall(r"^## \[(\d[^]]*)\]", changes, re.MULTILINE)]
    standing = read_settings(root).version
    last = max([numbers(each) for each in named] + ([] if "dev" in standing or named else [before(standing)]))
    if numbers(version) <= last:
        raise Refused(f"{version} is not later than {'.'.join(map(str, last))}: take a later version.")
    if git(root, "status", "--porcelain"):
        raise Refused("There are changes that are not committed: commit them or put them away, then try again.")
    found = UNRELEASED.search(changes)
    if not found or not re.search(r"^- ", found[1], re.MULTILINE):
        raise Refused("CHANGELOG.md names no change under [Unreleased]: write down what is new, then try again.")


def what_is_missing(root: Path) -> list[str]:
    """What a release needs beside a good version, as sentences; a dry run can do without."""
    settings, sentences = read_settings(root), []
    if settings.repository == PLACEHOLDER:
        sentences.append(
            "Nothing says where the course is published: set `repository` in pyproject.toml, or add a remote `origin` "
            "at GitHub."
        )
    branch = git(root, "rev-parse", "--abbrev-ref", "HEAD")
    if branch != settings.branch:
        sentences.append(
            f"A release is made on {settings.branch}, and this is {branch}: run `git switch {settings.branch}`."
        )
    return sentences


def release(root: Path, version: str) -> None:
    """The commit with its tag, and the one with which the branch goes on."""
    with worktree(root) as tree:
        prepare_release(tree, version)
        released = commit(tree, f"Release {version}")
        go_on(tree, version)
        latest = commit(tree, f"{read_settings(tree).branch} goes on after {version}")
    git(root, "merge", "--ff-only", "--quiet", latest)
    git(root, "tag", "--annotate", f"v{version}", released, "--message", f"Unravelling LLMs {version}")
    branch = read_settings(root).branch
    print(f"Released {version} as {released[:10]}. Look at it, then: git push origin {branch} v{version}")


def show(root: Path, version: str) -> None:
    """Print the changes of the release: texts as a diff, notebooks by name."""
    with worktree(root) as tree:
        prepare_release(tree, version)
        print(git(tree, "diff", "--", ".", ":!*.ipynb"))
        notebooks = git(tree, "diff", "--name-only", "--", "*.ipynb").splitlines()
    print(f"\n{len(notebooks)} notebooks whose badge opens v{version}, and whose first cell installs it:")
    print("\n".join(f"  {name}" for name in notebooks))
    print(
        f"\nThis would be committed and tagged v{version}, and main go on as {following(version)}; nothing is written."
    )


def prepare_release(tree: Path, version: str) -> None:
    """Make of the sources in `tree` those of a release, and build them."""
    settings, today = read_settings(tree), datetime.datetime.now(datetime.UTC).date().isoformat()
    for name in ADDRESSED:
        if (tree / name).exists():
            edit(tree / name, {re.escape(PLACEHOLDER): settings.repository})
    edit(tree / "README.md", {r"(?<=&& cd )REPO$": settings.repository.rpartition("/")[2]})
    set_version(tree, version)
    edit(
        tree / "CITATION.cff",
        {r"^version: .*": f"version: {version}", r"^date-released: .*": f'date-released: "{today}"'},
    )
    below = f"https://github.com/{settings.repository}"
    links = (
        f"[Unreleased]: {below}/compare/v{version}...{settings.branch}\n[{version}]: {below}/releases/tag/v{version}"
    )
    heading = f"## [Unreleased]\n\n## [{version}] - {today}"
    edit(tree / "CHANGELOG.md", {r"^## \[Unreleased\]": heading, r"^\[Unreleased\]: .*": links})
    opened(tree, settings, f"v{version}")


def go_on(tree: Path, version: str) -> None:
    """After the release: badges open the branch again, and the version is that of what comes next."""
    settings = read_settings(tree)
    set_version(tree, following(version))
    opened(tree, settings, None)


def opened(tree: Path, settings: Settings, tag: str | None) -> None:
    """Let badges, notebooks and the workflow for classes open `tag`, or the branch where it is None."""
    name, line = tag or settings.branch, f'\ntag = "{tag}"' if tag else ""
    edit(tree / "pyproject.toml", {r'^branch = "(.*)"(\ntag = ".*")?$': rf'branch = "\1"{line}'})
    edit(tree / "README.md", {rf"(/blob/){re.escape(settings.opened)}(?=/)": rf"\g<1>{name}"})
    edit(tree / GRADE, {r"(COURSE_VERSION:) .*": rf"\1 {name}"})
    build(tree)


def build(tree: Path) -> None:
    """The notebooks from the sources in `tree`, by the builder that lies there."""
    command, environment = (
        [sys.executable, "-m", "unravelling", "build"],
        {**os.environ, "PYTHONPATH": str(tree / "src")},
    )
    built = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    if built.returncode:
        raise Refused(f"The notebooks could not be built:\n{built.stderr.strip()}")


def set_version(tree: Path, version: str) -> None:
    """Where the package says what it is. CITATION.cff names the last release, also while main goes on."""
    edit(tree / "pyproject.toml", {r'^version = ".*"': f'version = "{version}"'})
    edit(tree / "src" / "unravelling" / "__init__.py", {r'^__version__ = ".*"': f'__version__ = "{version}"'})


def edit(file: Path, changes: dict[str, str]) -> None:
    """Replace what each pattern finds. Raises Refused where one that begins a line is not found exactly once."""
    text = file.read_text(encoding="utf-8")
    for pattern, new in changes.items():
        text, number = re.subn(pattern, new, text, flags=re.MULTILINE)
        if pattern.startswith("^") and number != 1:
            raise Refused(f"{file.name} must have one line like {pattern}, and has {number}: mend it, then try again.")
    file.write_bytes(text.encode())  # bytes: Windows would otherwise change the line ends


def numbers(version: str) -> tuple[int, ...]:
    """(0, 2, 0) of v0.2.0."""
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def before(version: str) -> tuple[int, ...]:
    """Just below a version that stands but was never released: it may still be."""
    return (*numbers(version)[:2], numbers(version)[2] - 1)


def following(version: str) -> str:
    """What main is called after a release: on the way to the next in which names may change."""
    major, minor, _ = numbers(version)
    return f"{major}.{minor + 1}.0.dev0"


@contextmanager
def worktree(root: Path) -> Iterator[Path]:
    """The last commit, checked out beside the clone, and gone again afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder).resolve() / "release"
        git(root, "worktree", "add", "--quiet", "--detach", str(tree), "HEAD")
        try:
            yield tree
        finally:
            git(root, "worktree", "remove", "--force", str(tree))


def commit(tree: Path, subject: str) -> str:
    """The hash of a commit of all changes. Hooks are left out: they belong to the environment of the clone."""
    git(tree, "commit", "--quiet", "--all", "--no-verify", "--message", subject)
    return git(tree, "rev-parse", "HEAD")


def git(folder: Path, *arguments: str) -> str:
    """What git prints. Raises Refused with what it complains of."""
    ran = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8")
    if ran.returncode:
        raise Refused(f"git {arguments[0]} failed: {ran.stderr.strip()}")
    return ran.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

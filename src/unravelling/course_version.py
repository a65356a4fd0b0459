"""Whether the installed course fits the notebook that runs: the setup cell names the version that built it."""

from __future__ import annotations

import re

from unravelling import __version__

TOO_OLD = (
    "This notebook was made with version {notebook} of the course and runs with {installed}, which may lack what it "
    "asks for: update the course (in its folder `git pull`, then `make lab`; in Colab the menu Runtime, Disconnect and "
    "delete runtime, then this cell again)."
)
TOO_NEW = (
    "This notebook was made with version {notebook} of the course and runs with {installed}: if something in it fails, "
    "open the notebook that comes with {installed} and copy your answers over, or install version {notebook}."
)


def expect_version(notebook: str) -> None:
    """Print a sentence if the installed course is too old or too new for a notebook of version `notebook`."""
    said = misfit(notebook, __version__)
    if said:
        print(said)


def misfit(notebook: str, installed: str) -> str | None:
    """What to do if the two versions do not fit each other, else None.

    A version fits the notebooks of its own series that are not newer: 0.2.3 those of 0.2.0 to 0.2.3, and from 1.0.0 on,
    when names may no longer change between minor versions, 1.4.0 those of 1.0.0 to 1.4.0. 0.3.0.dev0, as `main` is
    called on the way to 0.3.0, counts as 0.3.0.
    """
    asked, there = _numbers(notebook), _numbers(installed)
    if there < asked:
        return TOO_OLD.format(notebook=notebook, installed=installed)
    if _series(there) > _series(asked):
        return TOO_NEW.format(notebook=notebook, installed=installed)
    return None


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", version)
    if found is None:
        raise ValueError(f"A version begins with numbers, such as 0.2.0; this is {version!r}.")
    return tuple(map(int, found[0].split(".")))


def _series(numbers: tuple[int, ...]) -> tuple[int, ...]:
    return numbers[:1] if numbers[0] else numbers[:2]

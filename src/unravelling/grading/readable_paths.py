"""What a kernel behind walls may read: the system, Python and its libraries, and of this package what holds no answer.

Landlock adds up what it is told: who may read a folder may read all that lies below it. So what is hidden must be left
out of every folder that is named, also of /usr, where a course that was installed without a venv lies.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
HIDDEN = ("checks", "grading", "learning")  # folders of the package with answers, or with nothing for a learner
SHOWN = ("checks/__init__.py", "checks/instruments", "grading/__init__.py", "grading/in_kernel")
# Where programs and libraries of the system lie.
SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/ssl", "/etc/passwd", "/etc/mime.types")


@lru_cache(maxsize=1)
def readable() -> list[str]:
    """What a kernel may read: programs, Python, its libraries and this package, but for what holds answers."""
    found = {each for folder in _roots() for each in around(folder, hidden())}
    found |= {PACKAGE / each for each in SHOWN}
    return sorted(str(each) for each in found if found.isdisjoint(each.parents))


@lru_cache(maxsize=1)
def hidden() -> set[Path]:
    """The folders with answers: some of this package, and of the course what lies in the clone that one grades from.

    Of a clone all is hidden but what is on the way to Python and to this package: beside the solutions it holds what
    they are made from, the tests, git's memory of all of it, and often what was handed in.
    """
    found = {PACKAGE / each for each in HIDDEN}
    on_the_way = {each for root in _roots() for each in (root, *root.parents)}
    for folder in {PACKAGE, Path.cwd(), *PACKAGE.parents, *Path.cwd().parents}:
        if os.path.isdir(folder / "course") and os.path.isfile(folder / "pyproject.toml"):
            found |= {each for each in folder.iterdir() if not each.is_symlink()} - on_the_way
    return found


def _roots() -> set[Path]:
    """The folders and files in which everything lies that a kernel may read."""
    python = {sys.prefix, f"{sys.prefix}/pyvenv.cfg", sys.base_prefix, *sysconfig.get_paths().values()}
    libraries = {*site.getsitepackages(), site.getusersitepackages()}
    # not sys.path: it may hold the folder of the course, and with it the solutions
    return {PACKAGE, *(Path(each).resolve() for each in {*SYSTEM, *python, *libraries} if os.path.exists(each))}


def around(folder: Path, hidden: set[Path]) -> list[Path]:
    """The folder, or, where something hidden lies below it, all of its entries that hide nothing.

    A link among them is left out, since Landlock would open what it leads to (a venv's lib64 leads to lib): that is
    found under its own name, or lies outside. So is what this process may not list; no kernel has more rights.
    """
    if folder.is_symlink() or any(folder == each or each in folder.parents for each in hidden):
        return []
    if not any(folder in each.parents for each in hidden):
        return [folder]
    try:
        return [each for entry in folder.iterdir() for each in around(entry, hidden)]
    except PermissionError:
        return []

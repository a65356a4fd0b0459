"""What a kernel behind walls may read: Python and its libraries, and of this package what holds no answer."""

from __future__ import annotations

import site
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
HIDDEN = ("checks", "grading", "learning")  # folders of the package with answers, or with nothing for a learner
SHOWN = (
    *(f"checks/{name}.py" for name in ("__init__", "probing", "tensors", "forbidding")),
    *("grading/__init__.py", "grading/inside"),
)


@lru_cache(maxsize=1)
def readable() -> list[str]:
    """What a kernel may read: Python, its libraries and this package, but for what holds answers."""
    libraries = {sys.prefix, *sysconfig.get_paths().values(), *site.getsitepackages(), site.getusersitepackages()}
    hidden = {PACKAGE / each for each in HIDDEN}
    found: list[Path] = []
    for each in libraries:  # not sys.path: it may hold the folder of the course, and with it the solutions
        found += around(Path(each).resolve(), hidden) if Path(each).exists() else []
    found += around(PACKAGE, hidden)
    found += [PACKAGE / each for each in SHOWN]
    return sorted({str(each) for each in found})


def around(folder: Path, hidden: set[Path]) -> list[Path]:
    """The folder, or, where something hidden lies below it, all of its entries that hide nothing.

    A link that leads to something hidden, or to what holds it, is left out (a venv's lib64 is one, to lib): a wall is
    about the file, whatever the way to it, and what the link leads to is found under its own name.
    """
    target = folder.resolve()
    if any(target == each or each in target.parents for each in hidden):
        return []
    if not any(target in each.parents for each in hidden):
        return [folder]
    if folder.is_symlink():
        return []
    return [each for entry in folder.iterdir() for each in around(entry, hidden)]

"""Write the notebooks that the sources make, and nothing that a learner has made."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from unravelling.building.exercise_cells import Declarations, from_the_registry
from unravelling.building.notebooks_from_source import FOLDERS, Built, hand_written_hash, notebooks_from, to_text
from unravelling.building.settings import ARCHIVE, PLACEHOLDER, Settings, read_settings
from unravelling.building.sources import MODULE_FOLDER, BuildError, read_sources, unregistered
from unravelling.whole_file import write_whole


def build(
    root: Path | str,
    check: bool = False,
    *,
    only: str | None = None,
    force: bool = False,
    declarations: Declarations = from_the_registry,
    settings: Settings | None = None,
) -> list[str]:
    """Build all notebooks under ``root``; return the paths that changed, relative to it.

    check: write nothing, only return what would change (an empty list means sources and notebooks agree).
    only: a module, "04" or "04_attention". force: overwrite notebooks that somebody edited by hand.
    declarations: module number -> its declared exercises. settings: instead of those of ``root``.

    Raises BuildError when a source breaks a rule, and when a notebook that would be overwritten or removed holds work
    that git does not have. In both cases nothing is written.
    """
    root = Path(root)
    given, settings = settings, settings or read_settings(root)
    problems = unregistered(root)
    built: list[Built] = []
    for source in read_sources(root, only):
        try:
            built += notebooks_from(source, settings, declarations)
        except BuildError as error:
            problems += error.problems
    if only and not built and not problems:
        problems.append(f"There is no module '{only}' under authoring/: name one by its number (04) or folder.")
    if problems:
        raise BuildError(problems)

    changes: dict[str, str] = {}
    for one in built:
        text = to_text(with_what_was_stored(one.notebook, read_notebook(root / one.path)))
        if not (root / one.path).exists() or (root / one.path).read_bytes() != text.encode():
            changes[one.path] = text
    orphans = [] if only else _orphans(root, {one.path for one in built})
    edited = [path for path in changes if (root / path).exists() and not may_be_overwritten(root, path)]
    if check:
        changed = {*changes, *orphans}
        if changed and not given and read_settings(root, ask_git=False).repository == PLACEHOLDER:
            # As long as none is set, whose address they carry makes no notebook old: it is that of the remote of the
            # clone that built them, and this one may have another or none.
            for repository in _addresses_in(root, changed) - {settings.repository}:
                theirs = replace(settings, repository=repository)
                changed &= set(build(root, True, only=only, declarations=declarations, settings=theirs))
        return sorted(changed)
    if edited and not force:
        raise BuildError([_refusal(path) for path in edited])
    for path, text in changes.items():
        write_whole(root / path, text)
    for path in orphans:
        (root / path).unlink()
    return sorted([*changes, *orphans])


def _addresses_in(root: Path, paths: Iterable[str]) -> set[str]:
    texts = [(root / path).read_text(encoding="utf-8") for path in paths if (root / path).exists()]
    return {address for text in texts for address in ARCHIVE.findall(text)}


def _refusal(path: str) -> str:
    return (
        f"{path} was edited by hand and git does not have that version, so it is left as it is and nothing is built. "
        "Commit it, move it away, or build with --force to overwrite it."
    )


def with_what_was_stored(fresh: NotebookNode, stored: NotebookNode | None) -> NotebookNode:
    """``fresh`` with the outputs of those cells whose id and text did not change, and the hash of what was built."""
    ours = fresh.metadata["unravelling"]
    ours["built"] = hand_written_hash(fresh)
    if stored is None or ours["kind"] == "exercises":
        return fresh
    before = {_kept_by(cell): cell for cell in stored.cells if cell.cell_type == "code"}
    for cell in fresh.cells:
        old = before.get(_kept_by(cell)) if cell.cell_type == "code" else None
        # Outputs without an execution count fail under nbval: both or neither.
        if old is not None and old.get("execution_count"):
            cell["outputs"] = old.outputs
            cell["execution_count"] = old.execution_count
    made_with = stored.metadata.get("unravelling", {}).get("made_with")
    if made_with:
        ours["made_with"] = made_with
    return fresh


def _kept_by(cell: NotebookNode) -> tuple[str | None, str]:
    """What makes a cell the same as before: its id and text; of the setup cell, which shows nothing, the id alone."""
    return cell.get("id"), "" if "setup" in cell.metadata.get("tags", []) else cell.source


def read_notebook(path: Path) -> NotebookNode | None:
    """The notebook in a file, or None where there is none or none that can be read (half a file, merge markers)."""
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        return None
    except Exception:
        return None


def may_be_overwritten(root: Path, path: str) -> bool:
    """Whether nothing is lost: the file is as a build wrote it, run or not, or git has this very version.

    A build stores in the notebook the hash of the cells it wrote. An author's own build is uncommitted too, but its
    hash fits; a learner who changed a cell has a hash that does not.
    """
    notebook = read_notebook(root / path)
    if notebook is not None:
        stored = notebook.metadata.get("unravelling", {}).get("built")
        if stored == hand_written_hash(notebook):
            return True
    return _git_has(root, path)


def _git_has(root: Path, path: str) -> bool:
    """Whether the file is tracked and equal to the version of the last commit."""
    try:
        tracked = subprocess.run(["git", "cat-file", "-e", f"HEAD:./{path}"], cwd=root, capture_output=True)
        same = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", path], cwd=root, capture_output=True)
    except OSError:
        return False  # no git here: then it has nothing
    return tracked.returncode == 0 and same.returncode == 0


def _orphans(root: Path, wanted: set[str]) -> list[str]:
    """Notebooks that a build once wrote, untouched since, whose source is gone or renamed."""
    orphans = []
    for folder in {folder for folders in FOLDERS.values() for folder in folders}:
        for file in (root / folder).glob("*.ipynb"):
            path = f"{folder}/{file.name}"
            notebook = read_notebook(file) if path not in wanted and MODULE_FOLDER.fullmatch(file.stem) else None
            ours = notebook.metadata.get("unravelling", {}) if notebook is not None else {}
            if "built" in ours and may_be_overwritten(root, path):
                orphans.append(path)
    return orphans

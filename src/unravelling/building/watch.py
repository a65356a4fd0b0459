"""Rebuild while an author writes."""

from __future__ import annotations

import time
from pathlib import Path

from unravelling.building.exercise_cells import Declarations, from_the_registry
from unravelling.building.sources import SOURCE_OF, BuildError
from unravelling.building.write_notebooks import build


def watch(
    root: Path | str,
    every: float = 1.0,
    rounds: int | None = None,
    declarations: Declarations = from_the_registry,
) -> None:
    """Look at the sources ``every`` second and rebuild the modules whose text changed; Ctrl-C ends it.

    rounds: end after so many looks (for tests); None looks for ever. A source with a mistake is named, the notebooks
    of the last good build stay, and the watch goes on.
    """
    root = Path(root)
    seen = _times(root)
    try:
        print("Watching authoring/ (Ctrl-C ends it).", flush=True)
        while rounds is None or rounds > 0:
            time.sleep(every)
            now = _times(root)
            changed = {path for path in now.keys() | seen.keys() if now.get(path) != seen.get(path)}
            seen = now
            for module in sorted({path.parent.name for path in changed if path in now}):
                _rebuild(root, module, declarations)
            rounds = None if rounds is None else rounds - 1
    except KeyboardInterrupt:
        print("Stopped watching.", flush=True)


def _times(root: Path) -> dict[Path, float]:
    times = {}
    for file in SOURCE_OF.values():
        for path in (root / "authoring").glob(f"*/{file}"):
            try:
                times[path] = path.stat().st_mtime
            except FileNotFoundError:  # an editor that saves by renaming removes the file for a moment
                continue
    return times


def _rebuild(root: Path, module: str, declarations: Declarations) -> None:
    stamp = time.strftime("%H:%M:%S")
    try:
        changed = build(root, only=module, declarations=declarations)
    except BuildError as error:
        print(f"{stamp} {module} cannot be built:\n{error}", flush=True)
    else:
        print(f"{stamp} {module}: {', '.join(changed) if changed else 'nothing changed'}", flush=True)

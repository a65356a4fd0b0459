"""Rebuild while an author writes."""

from __future__ import annotations

import importlib
import sys
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
    """Look at texts and declarations ``every`` second and rebuild the modules in which one changed; Ctrl-C ends it.

    rounds: end after so many looks (for tests); None looks for ever. A source with a mistake is named, the notebooks
    of the last good build stay, and the watch goes on.
    """
    root = Path(root)
    seen = _times(root)
    try:
        print("Watching authoring/ and the declarations (Ctrl-C ends it).", flush=True)
        while rounds is None or rounds > 0:
            time.sleep(every)
            now = _times(root)
            changed = [each for each, saved in now.items() if saved != seen.get(each)]
            if any(path.suffix == ".py" for _, path in changed):
                _forget_declarations()
            for module in sorted({module for module, _ in changed}):
                _rebuild(root, module, declarations)
            seen = now
            rounds = None if rounds is None else rounds - 1
    except KeyboardInterrupt:
        print("Stopped watching.", flush=True)


def _times(root: Path) -> dict[tuple[str, Path], float]:
    """When each text and each declaration of each module was saved."""
    times = {}
    for folder in (root / "authoring").glob("*/"):
        declared = (root / "src/unravelling/checks" / folder.name[len("04_") :]).rglob("*.py")
        for path in (*(folder / file for file in SOURCE_OF.values()), *declared):
            try:
                times[folder.name, path] = path.stat().st_mtime
            except FileNotFoundError:  # also for a moment, where an editor saves by renaming
                continue
    return times


def _forget_declarations() -> None:
    """Let the build import the declarations anew, but not torch, which takes seconds."""
    importlib.invalidate_caches()
    for name in [name for name in sys.modules if name.startswith("unravelling.checks")]:
        del sys.modules[name]


def _rebuild(root: Path, module: str, declarations: Declarations) -> None:
    stamp = time.strftime("%H:%M:%S")
    try:
        changed = build(root, only=module, declarations=declarations)
    except BuildError as error:
        print(f"{stamp} {module} cannot be built:\n{error}", flush=True)
    else:
        print(f"{stamp} {module}: {', '.join(changed) if changed else 'nothing changed'}", flush=True)

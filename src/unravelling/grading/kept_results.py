"""What a run keeps beside its reports, to go on where it was interrupted: the seed, a line for each result, a lock."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TextIO

from unravelling.whole_file import write_whole

from .results import NotebookResult

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # mypy knows no module that may be None

_FOLDER = ".graded"  # in the folder of reports


class FolderInUse(RuntimeError):
    """Another run writes into the same folder of reports; the message says what to do."""


class OtherSeed(ValueError):
    """A run is to be resumed with inputs of another seed; the message says what to do."""


class KeptResults:
    """What is kept in the folder of reports `out`; without one, nothing is. resume: go on with what was kept before."""

    def __init__(self, out: Path | None, resume: bool) -> None:
        self.out, self.resume = out, resume
        self._log: TextIO | None = None

    @cached_property
    def before(self) -> dict[str, NotebookResult]:
        """Results of an interrupted run, by student and module; the last line may have been cut off."""
        if self.out is None or not self.resume:
            return {}
        file = self.out / _FOLDER / "results.jsonl"
        found = {}
        for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
            try:
                one = NotebookResult.of_line(line)
            except (ValueError, TypeError, KeyError):
                continue
            if not one.problem:  # what could not be graded is tried again
                found[one.key] = one
        return found

    def begin(self, ordered: int | None) -> int:
        """Begin the log with what was kept before, and return the seed of this run. Raises OtherSeed."""
        if self.out is not None:
            file = self.out / _FOLDER / "results.jsonl"
            write_whole(file, "".join(each.line() + "\n" for each in self.before.values()))  # no line that was cut off
            self._log = file.open("a", encoding="utf-8")
        return self._seed(ordered)  # stored now: a log never meets another run's seed

    def _seed(self, ordered: int | None) -> int:
        """The secret from which inputs are drawn: that of the run that is resumed, as ordered, or a fresh one.

        Raises OtherSeed where the first two differ.
        """
        file = None if self.out is None else self.out / _FOLDER / "seed"
        if file is not None and self.resume and file.exists():
            seed = int(file.read_text())
            if ordered not in (None, seed):
                raise OtherSeed(
                    f"The run in {self.out} has another seed than {ordered}: leave --seed out to go on with its "
                    "own, or leave --resume out to grade all again."
                )
            return seed
        seed = secrets.randbits(48) if ordered is None else ordered
        if file is not None:
            write_whole(file, str(seed))
            os.chmod(file, 0o600)
        return seed

    def add(self, result: NotebookResult) -> None:
        """Keep a result, if it was not kept just so before."""
        before = self.before.get(result.key)
        if self._log is not None and (before is None or before.line() != result.line()):
            self._log.write(result.line() + "\n")
            self._log.flush()
            os.fsync(self._log.fileno())

    def close(self) -> None:
        """No result comes any more."""
        if self._log is not None:
            self._log.close()


@contextlib.contextmanager
def alone(out: Path | None) -> Iterator[None]:
    """Keep a folder of reports for this run, if its file system has locks. It is free again whenever the run ends.

    Raises FolderInUse.
    """
    if out is None or fcntl is None:
        yield
        return
    file = out / _FOLDER / "lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # by process: with flock, forks would hold it after us
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                raise FolderInUse(
                    f"Another run is grading into {out}: wait until it has ended, or choose another folder with --out."
                ) from error
            if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP):
                raise
        yield

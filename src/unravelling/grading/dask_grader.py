"""The same work on a Dask cluster that exists already: batches of notebooks, each graded whole on one of its workers.

Workers need this course installed, with the same sources. A batch whose worker is lost is graded again on another; its
results are taken once, when the batch is done. Where a batch fails again and again, each of its notebooks is tried by
itself, and the one that it fails for gets that as its problem.
"""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import unravelling

from . import dask_worker
from .job import Bounds, Job
from .results import NotebookResult

BATCH = 25  # notebooks at most: a worker's set-up takes some seconds for each batch
CONNECT = 15  # seconds
WORKERS = 60  # seconds until the first worker must be there
NO_WALLS = 2  # exit code of dask_worker


class NoCluster(RuntimeError):
    """The cluster cannot be used; the message says why."""


class DaskGrader:
    """As LocalGrader, on a cluster: `with DaskGrader(address, trust, bounds) as grader: grader.grade(jobs)`.

    batch: how many notebooks go to a worker at once at most. expected: how many there will be in all, if that is known;
    then no worker gets more than its share.
    """

    def __init__(
        self,
        address: str,
        trust: bool = False,
        bounds: Bounds | None = None,
        batch: int = BATCH,
        expected: int | None = None,
    ) -> None:
        self.address, self.trust, self.bounds = address, trust, bounds or Bounds()
        self.batch, self.expected = batch, expected
        self.walls: dict[str, str] = {}

    def __enter__(self) -> DaskGrader:
        try:
            from distributed import Client
        except ImportError as error:
            raise NoCluster("A Dask cluster needs the package distributed: pip install 'unravelling[dask]'.") from error
        try:
            self.client = Client(self.address, timeout=CONNECT)
        except (OSError, ValueError) as error:
            raise NoCluster(f"There is no Dask scheduler at {self.address}: {error}") from error
        try:
            self._demand_workers()
        except BaseException:
            self.client.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def _demand_workers(self) -> None:
        """Raise NoCluster where there are none, or none with this course."""
        try:
            self.client.wait_for_workers(1, timeout=WORKERS)
        except TimeoutError as error:
            raise NoCluster(f"The scheduler at {self.address} has had no worker for {WORKERS} seconds.") from error
        ours = version()
        try:
            theirs = self.client.run(version)
        except Exception as error:  # whatever a worker without the course says: it cannot even find the function
            raise NoCluster(f"Workers need this course ({ours}) installed, and one has none: {error}") from error
        for worker, found in theirs.items():
            if found != ours:
                raise NoCluster(f"The worker {worker} has another version of the course: {found}; here it is {ours}.")

    def grade(self, jobs: Iterable[Job]) -> Iterator[NotebookResult]:
        """Grade each: batches, then what was in batches that failed, then one at a time what lost its worker. A lost
        worker fails all that it had, so only then is it certain that no other notebook was to blame."""
        from distributed import KilledWorker

        threads = max(1, sum(self.client.nthreads().values()))
        share = self.batch if self.expected is None else -(-self.expected // threads)
        size = max(1, min(self.batch, share))
        coming_in = iter(jobs)
        waiting: Iterable[list[Job]] = iter(lambda: list(islice(coming_in, size)), [])
        for at_once in (2 * threads, 2 * threads, 1):
            again: list[Job] = []
            for batch, found in self._run(waiting, at_once):
                if not isinstance(found, Exception):
                    yield from map(NotebookResult.of_line, found)
                elif len(batch) > 1 or (isinstance(found, KilledWorker) and at_once > 1):
                    again += batch
                else:
                    yield _failed(batch[0], found)
            waiting = [[job] for job in again]

    def _run(self, batches: Iterable[list[Job]], at_once: int) -> Iterator[tuple[list[Job], list[str] | Exception]]:
        """Each batch with its lines, or with the reason why there are none. Raises NoCluster."""
        from distributed import as_completed

        ahead = iter(batches)
        coming, sent = as_completed(), {}

        def send(batch: list[Job]) -> None:
            text = dask_worker.packed(batch, self.trust, self.bounds)
            future = self.client.submit(run_batch, text, pure=False, retries=1)
            sent[future.key] = batch
            coming.add(future)

        for batch in islice(ahead, at_once):
            send(batch)
        for future in coming:
            found: list[str] | Exception
            try:
                walls, *found = future.result()
                for wall, why in json.loads(walls).items():
                    self.walls[wall] = self.walls.get(wall) or why
            except NoCluster:
                raise
            except Exception as error:  # also what the cluster raises: a worker lost too often, a batch called off
                if self.client.status != "running":
                    raise NoCluster(
                        f"The scheduler at {self.address} is gone. What was graded is kept: go on with --resume."
                    ) from error
                found = error
            yield sent.pop(future.key), found
            if (following := next(ahead, None)) is not None:
                send(following)


def _failed(job: Job, error: Exception) -> NotebookResult:
    said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    problem = f"The cluster could not grade it; that is not the student's fault. It said: {said}"
    return NotebookResult(job.student, job.module, job.file, problem=problem, late=job.late)


def version() -> str:
    """The version of the course and a mark of its sources: a check may be mended between two versions."""
    folder = Path(unravelling.__file__).parent
    sources = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        sources.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return f"{unravelling.__version__}-{sources.hexdigest()[:8]}"


def run_batch(text: str) -> list[str]:
    """On a worker: grade a batch in a process of its own; returns the lines that dask_worker writes.

    Raises NoCluster where there are no walls.
    """
    ran: Any = subprocess.run(
        [sys.executable, "-m", "unravelling.grading.dask_worker"], input=text, capture_output=True, text=True
    )
    if ran.returncode == NO_WALLS:
        raise NoCluster(f"{socket.gethostname()}: {ran.stderr.strip()}")
    if ran.returncode:
        raise RuntimeError(ran.stderr.strip()[-2000:] or f"a worker's grader ended with exit code {ran.returncode}")
    return ran.stdout.splitlines()

"""The same work on a Dask cluster that exists already: batches of notebooks, each graded whole on one of its workers.

Workers need this course installed, in the same version. A batch whose worker is lost is graded again on another; its
results are taken once, when the batch is done.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from . import remote
from .results import Graded, graded
from .running import Bounds, Work

BATCH = 25  # notebooks: a worker's set-up takes some seconds for each batch
CONNECT = 15  # seconds


class NoCluster(RuntimeError):
    """The cluster cannot be used; the message says why."""


class Cluster:
    """As running.Bench, on a cluster: `with Cluster(address, trust, bounds) as cluster: cluster.grade(works)`."""

    def __init__(self, address: str, trust: bool = False, bounds: Bounds | None = None, batch: int = BATCH) -> None:
        self.address, self.trust, self.bounds, self.batch = address, trust, bounds or Bounds(), batch
        self.walls: dict[str, str] = {}

    def __enter__(self) -> Cluster:
        try:
            from distributed import Client
        except ImportError as error:
            raise NoCluster("A Dask cluster needs the package distributed: pip install 'unravelling[dask]'.") from error
        try:
            self.client = Client(self.address, timeout=CONNECT)
        except (OSError, ValueError) as error:
            raise NoCluster(f"There is no Dask scheduler at {self.address}: {error}") from error
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def grade(self, works: Iterable[Work]) -> Iterator[Graded]:
        """Grade each; a few batches for each worker are on their way at once."""
        from distributed import as_completed

        coming_in = iter(works)
        taken = iter(lambda: list(islice(coming_in, self.batch)), [])
        batches = (remote.packed(each, self.trust, self.bounds) for each in taken)
        most = 2 * max(1, sum(self.client.nthreads().values()))
        submit = lambda text: self.client.submit(run_batch, text, pure=False, retries=3)  # noqa: E731
        coming = as_completed([submit(text) for text in islice(batches, most)])
        for future in coming:
            try:
                walls, *lines = future.result()
            except RuntimeError as error:
                raise NoCluster(str(error)) from error
            for wall, why in json.loads(walls).items():
                self.walls[wall] = self.walls.get(wall) or why
            yield from map(graded, lines)
            if (text := next(batches, None)) is not None:
                coming.add(submit(text))


def run_batch(text: str) -> list[str]:
    """On a worker: grade a batch in a process of its own; returns the lines that `remote` writes."""
    ran: Any = subprocess.run(
        [sys.executable, "-m", "unravelling.grading.remote"], input=text, capture_output=True, text=True
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr.strip()[-2000:] or f"a worker's grader ended with exit code {ran.returncode}")
    return ran.stdout.splitlines()

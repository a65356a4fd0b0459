"""Grade one batch in a process of its own: what a worker of a cluster starts (dask_grader.run_batch).

    python -m unravelling.grading.dask_worker < batch.json > results.jsonl

A worker has threads, and a process with threads must not be forked. Ends when the worker that started it is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from .job import Bounds, Job
from .local_grader import LocalGrader, NoWalls
from .rebuilt_notebook import Rebuilt


def packed(jobs: list[Job], trust: bool, bounds: Bounds) -> str:
    """A batch as text, with each module's own notebook once."""
    pristine = {job.module: job.pristine for job in jobs}
    rows = [
        {
            "student": job.student,
            "module": job.module,
            "seed": job.seed,
            "file": job.file,
            "late": job.late,
            "notebook": job.rebuilt.notebook,
            "found": sorted(job.rebuilt.found),
            "notes": job.rebuilt.notes,
        }
        for job in jobs
    ]
    return json.dumps({"trust": trust, "bounds": asdict(bounds), "pristine": pristine, "jobs": rows})


def _unpacked(batch: dict[str, Any]) -> Iterator[Job]:
    for row in batch["jobs"]:
        rebuilt = Rebuilt(row["notebook"], frozenset(row["found"]), tuple(row["notes"]))
        ours = batch["pristine"][row["module"]]
        yield Job(row["student"], row["module"], row["seed"], row["file"], rebuilt, ours, row["late"])


def main() -> int:
    """Read a batch, write a line for the walls and one for each result. Exit code 2: no walls; stderr says which."""
    parent = os.getppid()

    def look(*_: object) -> None:
        if os.getppid() != parent:
            raise SystemExit(3)  # through the `with` below, so that nothing is left behind

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)
    batch = json.loads(sys.stdin.read())
    try:
        with LocalGrader(1, batch["trust"], Bounds(**batch["bounds"])) as grader:
            print(json.dumps(grader.walls), flush=True)
            for one in grader.grade(_unpacked(batch)):
                print(one.line(), flush=True)
    except NoWalls as why:
        print(why, file=sys.stderr)
        return 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)  # Python forgets the handler when it ends, and an alarm would kill it
    return 0


if __name__ == "__main__":
    sys.exit(main())

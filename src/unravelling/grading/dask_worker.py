"""Grade one batch in a process of its own: what a worker of a cluster starts (`distributing`).

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

from .local_grader import Bounds, Job, LocalGrader, NoWalls
from .rebuilt_notebook import Rebuilt


def packed(works: list[Job], trust: bool, bounds: Bounds) -> str:
    """A batch as text, with each module's own notebook once."""
    pristine = {work.module: work.pristine for work in works}
    rows = [
        {
            "student": work.student,
            "module": work.module,
            "seed": work.seed,
            "file": work.file,
            "late": work.late,
            "notebook": work.rebuilt.notebook,
            "found": sorted(work.rebuilt.found),
            "notes": work.rebuilt.notes,
        }
        for work in works
    ]
    return json.dumps({"trust": trust, "bounds": asdict(bounds), "pristine": pristine, "works": rows})


def _unpacked(batch: dict[str, Any]) -> Iterator[Job]:
    for row in batch["works"]:
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
        with LocalGrader(1, batch["trust"], Bounds(**batch["bounds"])) as bench:
            print(json.dumps(bench.walls), flush=True)
            for one in bench.grade(_unpacked(batch)):
                print(one.text(), flush=True)
    except NoWalls as why:
        print(why, file=sys.stderr)
        return 2
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)  # Python forgets the handler when it ends, and an alarm would kill it
    return 0


if __name__ == "__main__":
    sys.exit(main())

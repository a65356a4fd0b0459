"""`make bench`: how quickly every demo answers, and what every notebook costs. Writes BENCHMARKS.md.

Demos: in Chromium and JupyterLab, as in tests/browser. Notebooks: each in a kernel of its own, without a browser.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from .costs import Cost, cost_of
from .report import Speed, write_report
from .speeds import speeds_of

ROOT = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--presses", type=int, default=60, help="key presses for each control (default 60)")
    parser.add_argument("--only", default="", help="only notebooks whose path contains this, for example 04")
    parser.add_argument("--output", type=Path, default=ROOT / "BENCHMARKS.md")
    asked = parser.parse_args()

    def chosen(folder: str) -> list[Path]:
        found = sorted((ROOT / folder).glob("[0-9][0-9]_*.ipynb"))
        return [path for path in found if asked.only in path.relative_to(ROOT).as_posix()]

    lessons, solutions = chosen("course"), chosen("solutions")
    if not lessons and not solutions:
        print(f"There is no notebook whose path contains {asked.only!r}: run `make build`, or ask for another.")
        return 1
    speeds: list[Speed] = []
    costs: list[Cost] = []
    with tempfile.TemporaryDirectory(prefix="unravelling-bench-") as folder:
        for path in lessons + solutions:
            print(f"running {path.relative_to(ROOT)}", file=sys.stderr, flush=True)
            costs.append(cost_of(path, ROOT, Path(folder)))
        speeds = list(speeds_of([path.relative_to(ROOT).as_posix() for path in lessons], asked.presses, Path(folder)))
    write_report(asked.output, speeds, costs, asked.presses)
    print(f"Written: {asked.output}")
    return 1 if any(cost.error for cost in costs) else 0


if __name__ == "__main__":
    sys.exit(main())

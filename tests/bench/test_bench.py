"""The benchmark's arithmetic and its file; the measuring itself is `make bench`."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

pytest.importorskip("psutil")
pytest.importorskip("nbclient")


def write(path: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source, id=f"c{number}") for number, source in enumerate(sources)]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


def test_a_cost_counts_the_memory_and_the_slowest_cell_of_the_kernel(tmp_path: Path) -> None:
    from .costs import cost_of

    sources = ("x = bytearray(300_000_000); x[::4096] = b'1' * len(x[::4096])", "import time; time.sleep(0.7)")
    cost = cost_of(write(tmp_path / "big.ipynb", *sources), tmp_path, tmp_path)
    assert cost.cells == 2 and cost.error == ""
    assert cost.peak > 330e6
    assert 0.7 <= cost.slowest <= cost.seconds


def test_a_notebook_that_fails_is_reported_with_its_error(tmp_path: Path) -> None:
    from .costs import cost_of

    assert "ZeroDivisionError" in cost_of(write(tmp_path / "bad.ipynb", "1 / 0"), tmp_path, tmp_path).error


def test_the_report_has_a_row_for_each_control_and_each_notebook() -> None:
    from .costs import Cost
    from .report import Speed, report

    speeds = [
        Speed("course/04.ipynb", "Masks", "layer", 41.2, 63.9),
        Speed("course/04.ipynb", "Masks", "head", None, None),
    ]
    text = report(speeds, [Cost("course/04.ipynb", 9, 12.34, 3.21, 1_234_000_000)], 60)
    assert "| course/04.ipynb | Masks | layer | 41 | 64 |" in text
    assert "| course/04.ipynb | Masks | head | did not follow | did not follow |" in text
    assert "| course/04.ipynb | 9 | 12.3 | 3.2 | 1234 |" in text

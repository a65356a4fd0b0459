"""What a cell came to is read as it was written, however the run ended in which it was written."""

from __future__ import annotations

from unravelling.grading.cell_record import CellRecord, read_records
from unravelling.grading.results import STOPPED, WRONG

RECORDS = [
    CellRecord("04.1", "answer", seconds=0.25),
    CellRecord(
        "04.1", "check", WRONG, "Row 0 sums to 2.\nLook “there”.", misconception="counts", points=1, seconds=1.5
    ),
    CellRecord("04.2", "answer", STOPPED, "it used too much memory", ended="memory", before=True),
    CellRecord("", "", WRONG, "no such thing", error="TypeError"),
]


def test_records_are_read_as_they_were_written(tmp_path):
    for each in RECORDS:
        each.write(tmp_path / "cells.jsonl")
    assert read_records(tmp_path / "cells.jsonl") == RECORDS


def test_a_line_that_was_cut_off_is_left_out(tmp_path):
    file = tmp_path / "cells.jsonl"
    for each in RECORDS:
        each.write(file)
    whole = file.read_bytes()
    ends = [number for number in range(len(whole)) if whole[number : number + 1] == b"\n"]
    for cut in (ends[2] + 1, ends[2] + 2, ends[2] + 30, ends[3] - 1):
        file.write_bytes(whole[:cut])
        assert read_records(file) == RECORDS[:3]


def test_where_no_cell_was_run_there_are_no_records(tmp_path):
    assert read_records(tmp_path / "cells.jsonl") == []


def test_only_what_a_cell_raised_is_told_as_an_error():
    assert [each.raised for each in RECORDS] == ["", "", "", "TypeError: no such thing"]

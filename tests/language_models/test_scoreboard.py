"""The scoreboard outlives kernels, crashes and bad disks, and shows what is still to come."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from unravelling.language_models import scoreboard as board
from unravelling.notebook import scoreboard_table as face


@pytest.fixture(autouse=True)
def file(monkeypatch, tmp_path) -> Path:
    monkeypatch.setattr(board, "_in_memory", [])
    monkeypatch.setattr(board, "_trouble", "")
    file = tmp_path / "deep" / "scoreboard.jsonl"
    monkeypatch.setenv("UNRAVELLING_SCOREBOARD", str(file))
    return file


def names() -> list[str]:
    return [row.name for row in board.rows()]


def test_the_fewest_bits_come_first_and_the_newest_row_of_a_name_counts():
    board.record("3-gram", "character n-grams", "01", 2.9, 3.0)
    board.record("5-gram", "character n-grams", "01", 2.2, 2.4, seconds=2.5, parameters=420_000, trained_characters=10)
    board.record("3-gram", "character n-grams", "01", 2.0)
    assert names() == ["3-gram", "5-gram"]
    assert board.rows()[0].bits_held_out == 2.0 and board.rows()[0].bits_own is None
    assert board.rows()[1].parameters == 420_000


def test_rows_survive_the_kernel(file):
    script = (
        "from unravelling.language_models import scoreboard\n"
        "scoreboard.record('5-gram, ü', 'character n-grams', '01', 2.25, 2.4)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    assert names() == ["5-gram, ü"]
    assert file.stat().st_size


def test_torn_and_foreign_lines_are_passed_over_and_swallow_nothing(file):
    board.record("a", "LSTM", "03", 2.0)
    with file.open("ab") as raw:
        raw.write(b'{"name": "b", "kind": "LSTM", "mod')  # the power went off here
    board.record("c", "LSTM", "03", 2.5)
    with file.open("ab") as raw:
        raw.write(b'\xff\xfe\n[1, 2]\nnull\n{"name": "d"}\n' + b"[" * 100_000 + b"\n")
        raw.write(b'{"name": "e", "kind": "x", "module": "01", "bits_held_out": NaN}\n')
        raw.write(b'{"name": "f", "kind": "x", "module": "01", "bits_held_out": 9, "bits_own": "few", "at": []}\n')
    board.record("g", "LSTM", "03", 3.0)
    assert names() == ["a", "c", "g", "f"]
    assert board.rows()[-1].bits_own is None
    face.scoreboard()


def test_two_processes_at_once_lose_nothing(tmp_path):
    script = (
        "import sys, pathlib\nfrom unravelling.language_models import scoreboard\n"
        "pathlib.Path(sys.argv[2]).touch()\n"
        "while not pathlib.Path(sys.argv[3]).exists(): pass\n"  # both begin at the same moment
        "for n in range(400): scoreboard.record(f'{sys.argv[1]}{n}', 'LSTM', '03', 1 + n)"
    )
    ready, go = [tmp_path / "a", tmp_path / "b"], tmp_path / "go"
    both = [subprocess.Popen([sys.executable, "-c", script, flag.name, str(flag), str(go)]) for flag in ready]
    while not all(flag.exists() for flag in ready):
        assert all(process.poll() is None for process in both)
    go.touch()
    assert [process.wait(60) for process in both] == [0, 0]
    assert len(board.rows()) == 800


def test_it_lies_beside_the_progress_file_unless_told_otherwise(monkeypatch, tmp_path, file):
    assert board.path() == file
    monkeypatch.delenv("UNRAVELLING_SCOREBOARD")
    monkeypatch.setenv("UNRAVELLING_PROGRESS", str(tmp_path / "mine" / "progress.jsonl"))
    assert board.path() == tmp_path / "mine" / "scoreboard.jsonl"
    monkeypatch.delenv("UNRAVELLING_PROGRESS")
    from unravelling.learning import progress

    assert board.path().parent == progress.path().parent


@pytest.mark.parametrize("name", ["UNRAVELLING_SCOREBOARD", "UNRAVELLING_PROGRESS"])
def test_an_empty_variable_keeps_rows_for_the_session_only(monkeypatch, tmp_path, name):
    monkeypatch.delenv("UNRAVELLING_SCOREBOARD")
    monkeypatch.setenv(name, "")
    monkeypatch.chdir(tmp_path)
    board.record("a", "LSTM", "03", 2.0)
    assert board.path() is None and names() == ["a"]
    assert not list(tmp_path.rglob("*.jsonl"))


def test_where_nothing_can_be_written_rows_last_for_the_session_and_it_says_so(monkeypatch, tmp_path):
    (tmp_path / "wall").write_text("")
    monkeypatch.setenv("UNRAVELLING_SCOREBOARD", str(tmp_path / "wall" / "scoreboard.jsonl"))
    board.record("a", "LSTM", "03", 2.0)
    assert names() == ["a"]
    assert board.trouble().startswith("The scoreboard cannot be written to")
    assert board.trouble() in face.summary(board.rows(), board.expected())


def test_what_is_expected_shrinks_as_modules_bring_it():
    assert [each.module for each in board.expected()] == ["01", "03", "03", "05", "05", "05", "06"]
    board.record("5-gram", "character n-grams", "01", 2.2)
    assert "character n-grams" not in [each.kind for each in board.expected()]
    assert len(board.expected()) == 6


def test_measuring_scores_both_texts(monkeypatch):
    monkeypatch.setattr(board, "held_out", lambda: "abcd")

    class Model:
        def log_probabilities(self, text):
            return [-math.log(8)] * len(text)

    row = board.measure("8 equal characters", Model(), "character n-grams", "01", seconds=0.5)
    assert math.isclose(row.bits_held_out, 3) and math.isclose(row.bits_own, 3)
    assert board.rows() == [row]


@pytest.mark.parametrize(
    "bad",
    [
        *({"bits_held_out": bits} for bits in (math.inf, math.nan, -1, None, "2")),
        *({"name": ""}, {"kind": " "}, {"module": 1}, {"bits_own": math.inf}, {"seconds": -1}, {"parameters": "many"}),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_and_not_kept(bad):
    with pytest.raises(ValueError, match=f"{next(iter(bad))}.* must be a"):
        board.record(**{"name": "a", "kind": "LSTM", "module": "03", "bits_held_out": 2.0} | bad)
    assert board.rows() == []


def test_the_table_says_each_number_and_draws_it_in_proportion():
    board.record("3-gram", "character n-grams", "01", 4.0, 2.0)
    board.record("5-gram <b>", "character n-grams", "01", 1.0, 3.0, 2.5, 420_000, 2_631_554)
    html = face._html(board.rows(), board.expected())
    widths = [float(width) for width in re.findall(r"width: ([\d.]+)em\"></span>", html)]
    assert widths == [2.0, 6.0, 8.0, 4.0], "the best first; held-out, our own"
    assert "5-gram &lt;b&gt;" in html and "<b>" not in html
    assert "2.63 M characters, 2.5 s" in html and "420 k numbers" in html
    assert (
        "5-gram &lt;b&gt; needs the fewest on the held-out text: 1.00. 3-gram needs the fewest on our own text: 2.00."
        in html
    )
    assert html.count("comes in module 03") == 2 and html.count("comes in module 05") == 3
    assert html.count("<tr") == html.count("</tr>") == 1 + 2 + 6


def test_who_is_level_as_far_as_the_table_shows_is_called_so():
    board.record("6-gram", "character n-grams", "01", 2.08, 2.354)
    board.record("LSTM, trained longer", "LSTM, trained longer", "03", 2.10, 2.346)
    said = face.summary(board.rows(), board.expected())
    assert "6-gram needs the fewest on the held-out text: 2.08." in said
    assert "On our own text two are level at 2.35, the fewest: 6-gram; LSTM, trained longer." in said
    board.record("GPT, trained longer", "GPT, trained longer", "05", 1.9, 2.0)
    said = face.summary(board.rows(), board.expected())
    assert said.endswith("the held-out text: 1.90. It also needs the fewest on our own text: 2.00.")


def test_outside_a_notebook_it_prints_the_same(capsys):
    face.scoreboard()
    assert "Nothing is measured yet; the first row comes in module 01." in capsys.readouterr().out
    board.record("5-gram", "character n-grams", "01", 2.25, 2.5)
    face.scoreboard()
    printed = capsys.readouterr().out
    assert "5-gram  module 01  held-out 2.25  our own 2.50" in printed
    assert "GPT, trained longer: comes in module 05" in printed


def test_it_is_one_of_the_names_of_the_course():
    import unravelling

    assert unravelling.scoreboard is face.scoreboard

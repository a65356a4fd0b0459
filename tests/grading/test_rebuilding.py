"""The graded notebook is ours with her answers in it, whatever was done to hers; and what was done is told."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from unravelling.grading import notebooks, rebuilding

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ours():
    return rebuilding.pristine_of(ROOT / "exercises", "04")[1]


@pytest.fixture
def hers():
    return copy.deepcopy(notebooks.read(ROOT / "solutions" / "04_attention.ipynb"))


def cell(notebook, exercise, role):
    return next(each for each in notebook["cells"] if notebooks.mark(each) == (exercise, role))


def checks(notebook):
    return [each["source"] for each in notebook["cells"] if notebooks.mark(each)[1] == "check"]


def test_only_her_answers_are_taken_over(ours, hers):
    rebuilt = rebuilding.rebuild(ours, hers)
    for before, after in zip(ours["cells"], rebuilt.notebook["cells"], strict=True):
        assert before["metadata"] == after["metadata"] and before["id"] == after["id"]
        if notebooks.mark(before)[1] == "answer":
            assert after["source"] == cell(hers, notebooks.mark(before)[0], "answer")["source"]
        else:
            assert after["source"] == before["source"]
    assert rebuilt.notes == () and rebuilt.found == {f"04.{n}" for n in range(1, 7)}


@pytest.mark.parametrize(
    ("done", "told"),
    [
        ("deleted", "deleted"),
        ("markdown", "no code cell any more"),
        ("twice", "is there 2 times"),
        ("edited", "edited"),
        ("moved", "another order"),
    ],
)
def test_what_was_done_to_a_check_cell_has_no_effect_and_is_told(ours, hers, done, told):
    cells, check = hers["cells"], cell(hers, "04.2", "check")
    if done == "deleted":
        cells.remove(check)
    elif done == "markdown":
        check["cell_type"] = "markdown"
    elif done == "twice":
        cells.append(copy.deepcopy(check))
    elif done == "edited":
        check["source"] = "print('PASS 04.2 causal_mask')  # NBVAL_SKIP"
    else:
        cells.remove(check)
        cells.append(check)
    rebuilt = rebuilding.rebuild(ours, hers)
    assert checks(rebuilt.notebook) == checks(ours)
    assert any(told in note for note in rebuilt.notes), rebuilt.notes


def test_an_answer_without_its_mark_is_found_by_the_function_it_defines(ours, hers):
    cell(hers, "04.3", "answer")["metadata"] = {}
    rebuilt = rebuilding.rebuild(ours, hers)
    assert "04.3" in rebuilt.found and any("04.3" in note and "name of its function" in note for note in rebuilt.notes)


def test_of_two_answers_the_last_counts_and_that_is_told(ours, hers):
    second = copy.deepcopy(cell(hers, "04.2", "answer"))
    second["source"] = "def causal_mask(T):\n    return 2"
    hers["cells"].append(second)
    rebuilt = rebuilding.rebuild(ours, hers)
    assert cell(rebuilt.notebook, "04.2", "answer")["source"] == second["source"]
    assert any("last one counts" in note for note in rebuilt.notes)


def test_a_missing_answer_is_told_and_its_stub_stays(ours, hers):
    hers["cells"].remove(cell(hers, "04.2", "answer"))
    rebuilt = rebuilding.rebuild(ours, hers)
    assert "04.2" not in rebuilt.found and any("missing" in note for note in rebuilt.notes)
    assert "NotImplementedError" in cell(rebuilt.notebook, "04.2", "answer")["source"]


def test_cells_of_her_own_are_not_run_and_that_is_told(ours, hers):
    hers["cells"].insert(2, {"cell_type": "code", "id": "x", "metadata": {}, "source": "helper = 1", "outputs": []})
    rebuilt = rebuilding.rebuild(ours, hers)
    assert not any(each["source"] == "helper = 1" for each in rebuilt.notebook["cells"])
    assert any("1 cell of your own was not run" in note for note in rebuilt.notes)


def test_an_answer_that_defines_its_function_in_another_way_is_taken_over(ours, hers):
    cell(hers, "04.2", "answer")["source"] = "causal_mask = lambda T: torch.ones(T, T).tril().bool()"
    assert "lambda" in cell(rebuilding.rebuild(ours, hers).notebook, "04.2", "answer")["source"]


def test_without_puts_the_stub_back(ours, hers):
    rebuilt = rebuilding.rebuild(ours, hers)
    rest = rebuilding.without(rebuilt.notebook, ours, ["04.2"])
    assert cell(rest, "04.2", "answer")["source"] == cell(ours, "04.2", "answer")["source"]
    assert cell(rest, "04.1", "answer")["source"] == cell(hers, "04.1", "answer")["source"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[]", "no notebook"),
        (b'{"cells": 3}', "no notebook"),
        (b'{"worksheets": []}', "before 2015"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_file_that_is_no_notebook_is_refused_in_a_sentence(tmp_path, content, told):
    (tmp_path / "x.ipynb").write_bytes(content)
    with pytest.raises(notebooks.Unreadable, match=told):
        notebooks.read(tmp_path / "x.ipynb")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    with (tmp_path / "x.ipynb").open("wb") as file:
        file.truncate(200 << 20)
    with pytest.raises(notebooks.Unreadable, match="210 MB"):
        notebooks.read(tmp_path / "x.ipynb")


def test_cells_that_are_no_cells_and_sources_in_lines_are_understood(tmp_path):
    cells = [3, {"cell_type": "code", "source": ["a\n", "b"]}, {"cell_type": "code", "metadata": 7}]
    (tmp_path / "x.ipynb").write_text(json.dumps({"cells": cells}))
    assert [each["source"] for each in notebooks.read(tmp_path / "x.ipynb")["cells"]] == ["a\nb", ""]

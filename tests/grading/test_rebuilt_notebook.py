"""The graded notebook is ours with her answers in it, whatever was done to hers; and what was done is told."""

from __future__ import annotations

import copy
import json
import tracemalloc
from pathlib import Path

import pytest

from unravelling.grading import rebuilt_notebook, submitted_notebook

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ours():
    return rebuilt_notebook.pristine_of(ROOT / "exercises", "04")[1]


@pytest.fixture
def hers():
    return copy.deepcopy(submitted_notebook.read(ROOT / "solutions" / "04_attention.ipynb"))


def cell(notebook, exercise, role):
    return next(each for each in notebook["cells"] if submitted_notebook.mark(each) == (exercise, role))


def checks(notebook):
    return [each["source"] for each in notebook["cells"] if submitted_notebook.mark(each)[1] == "check"]


def test_only_her_answers_are_taken_over(ours, hers):
    rebuilt = rebuilt_notebook.rebuild(ours, hers)
    for before, after in zip(ours["cells"], rebuilt.notebook["cells"], strict=True):
        assert before["metadata"] == after["metadata"] and before["id"] == after["id"]
        if submitted_notebook.mark(before)[1] == "answer":
            assert after["source"] == cell(hers, submitted_notebook.mark(before)[0], "answer")["source"]
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
    rebuilt = rebuilt_notebook.rebuild(ours, hers)
    assert checks(rebuilt.notebook) == checks(ours)
    assert any(told in note for note in rebuilt.notes), rebuilt.notes


def test_an_answer_without_its_mark_is_found_by_the_function_it_defines(ours, hers):
    cell(hers, "04.3", "answer")["metadata"] = {}
    rebuilt = rebuilt_notebook.rebuild(ours, hers)
    assert "04.3" in rebuilt.found and any("04.3" in note and "name of its function" in note for note in rebuilt.notes)


def test_of_two_answers_the_last_counts_and_that_is_told(ours, hers):
    second = copy.deepcopy(cell(hers, "04.2", "answer"))
    second["source"] = "def causal_mask(T):\n    return 2"
    hers["cells"].append(second)
    rebuilt = rebuilt_notebook.rebuild(ours, hers)
    assert cell(rebuilt.notebook, "04.2", "answer")["source"] == second["source"]
    assert any("last one counts" in note for note in rebuilt.notes)


HELPER, WHOLE = "def ones(T):\n    return torch.ones(T, T)", "def causal_mask(T):\n    return ones(T).tril().bool()"
SPLIT_WITHIN = "    return torch.ones(T, T).tril().bool()"
FIRST = "def causal_mask(T):\n    return 1"
SIZED = WHOLE.replace("ones(T)", "ones(T)[:size]")
LAMBDA = "causal_mask = lambda T: torch.tensor(np.tri(T)).bool()"


def graded(ours, hers, *sources):
    """The source of the answer to 04.2 where all these cells carry its mark, and all that is told, as one text."""
    answer = cell(hers, "04.2", "answer")
    place = hers["cells"].index(answer)
    hers["cells"][place : place + 1] = [{**answer, "source": source} for source in sources]
    rebuilt = rebuilt_notebook.rebuild(ours, hers)
    assert "04.2" in rebuilt.found
    return cell(rebuilt.notebook, "04.2", "answer")["source"], " ".join(rebuilt.notes)


@pytest.mark.parametrize(
    ("sources", "together"),
    [
        ([HELPER, WHOLE], [0, 1]),
        ([WHOLE, HELPER], [0, 1]),
        (["def causal_mask(T):", SPLIT_WITHIN], [0, 1]),
        (["def causal_mask(T):\n    size = T, T", "    return torch.ones(size).tril().bool()"], [0, 1]),
        (["def causal_mask(T):\n    return torch.ones(", "    T, T", "    ).tril()"], [0, 1, 2]),
        (["@torch.no_grad()", WHOLE, HELPER], [0, 1, 2]),
        (["%load_ext x\n" + WHOLE, "causal_mask("], [0]),
        (["import numpy as np", LAMBDA], [0, 1]),
        ([HELPER, FIRST, "size = 3", SIZED], [0, 2, 3]),
        (
            [HELPER, "cuts = {}\nfor n in range(3):\n    cuts[n] = n", WHOLE.replace("ones(T)", "ones(cuts[T])")],
            [0, 1, 2],
        ),
        ([WHOLE, "causal_mask(n)"], [0]),
        ([WHOLE, "causal_mask("], [0]),
        (["%timeit 3", WHOLE, "  "], [1]),
        (["causal_mask = make()", "exec(more)"], [0]),
        (["a = 3", "exec(more)"], [0, 1]),
    ],
)
def test_an_answer_that_was_split_is_put_together_in_its_order(ours, hers, sources, together):
    """And what only tries it, or does not parse beside a whole answer, cannot take it with it."""
    source, told = graded(ours, hers, *sources)
    assert source == "\n".join(sources[number] for number in together)
    assert (f"its answer stands in {len(together)} cells" in told) == (len(together) > 1)
    answers = 1 + (FIRST in sources)
    left = sum(bool(each.strip()) for each in sources) - len(together) - (answers - 1)
    assert (f"{left} cell of your own was not run" in told) == (left == 1)


@pytest.mark.parametrize(
    "trial",
    [
        "assert causal_mask(1) == 2",
        "for n in range(3):\n    print(causal_mask(n))",
        "y = causal_mask(3)",
        "wanted = ones(mine)",
        "with open('mine') as file:\n    print(file.read())",
        "causal_mask.tries = 0",
        "class Trial(causal_mask):\n    ones = 1",
        "ones = [causal_mask(n) for n in range(3)]",
        "torch.testing.assert_close(ones(3), mine)",
    ],
)
def test_what_tries_her_first_answer_is_not_run_before_her_last(ours, hers, trial):
    """It would raise there, and her last answer would never be defined."""
    source, told = graded(ours, hers, FIRST, trial, HELPER, WHOLE)
    assert source == f"{HELPER}\n{WHOLE}"
    assert "2 cells answer it; the last one counts" in told and "1 cell of your own was not run" in told


@pytest.mark.parametrize(
    ("sources", "want", "left"),
    [
        ([f"{HELPER}\nprint(ones(mine))", WHOLE], f"{HELPER}\n{WHOLE}", "1 statement in them was"),
        ([f"{WHOLE}\ncausal_mask(3)\nassert mine", HELPER], f"{WHOLE}\n{HELPER}", "2 statements in them were"),
        ([f"%matplotlib inline\n{HELPER}", f"%time 3\n{WHOLE}"], f"{HELPER}\n%time 3\n{WHOLE}", "1 statement"),
        ([f"{HELPER}\n{FIRST}\nprint(causal_mask(n))", WHOLE], f"{HELPER}\n{WHOLE}", "2 statements in them were"),
        ([f"x = 1; {LAMBDA}\nprint(causal_mask(n))", "import numpy as np"], None, "1 statement in them was"),
        ([f"# mine\n@cache\n{HELPER}\r\nones(n)", WHOLE], f"@cache\n{HELPER}\n{WHOLE}", "1 statement in them was"),
    ],
)
def test_what_a_part_of_an_answer_only_tries_is_left_out_and_counted(ours, hers, sources, want, left):
    """The half of a split cell that ends with a trial on a variable of her own, for one."""
    source, told = graded(ours, hers, *sources)
    assert source == (want or f"x = 1; {LAMBDA}\nimport numpy as np")
    assert f"{left} not run" in told or f"{left} in them was not run" in told


@pytest.mark.parametrize("first", ["from __future__ import annotations", "%%time"])
def test_what_must_stand_first_in_a_cell_does_so_in_the_answer_or_is_left_out(ours, hers, first):
    source, _ = graded(ours, hers, HELPER, f"{first}\n{WHOLE}")
    assert source == (f"{HELPER}\n{WHOLE}" if "%" in first else f"{first}\n{HELPER}\n{WHOLE}")


def test_what_functions_that_stand_in_a_cell_each_are_tried_on_is_left_out(ours, hers):
    answer = cell(hers, "04.3", "answer")
    first, second = answer["source"].split("def merge_heads")
    place = hers["cells"].index(answer)
    sources = f"{first}\nprint(split_heads(mine, 2))", f"def merge_heads{second}"
    hers["cells"][place : place + 1] = [{**answer, "source": each} for each in sources]
    source = cell(rebuilt_notebook.rebuild(ours, hers).notebook, "04.3", "answer")["source"]
    assert "print" not in source and "def split_heads" in source and "def merge_heads" in source


def test_more_cells_than_anybody_splits_an_answer_into_are_not_parsed_in_every_way(ours, hers, monkeypatch):
    parsed = []
    made = submitted_notebook.parsed
    monkeypatch.setattr(submitted_notebook, "parsed", lambda source: parsed.append(len(source)) or made(source))
    for sources in (["("] * 500, ["a = 1\n" * 1000 + f"({n}" for n in range(12)]):
        notebook = copy.deepcopy(hers)
        assert graded(ours, notebook, *sources, WHOLE)[0] == WHOLE
    assert len(parsed) < 60


def test_two_functions_in_a_cell_each_are_one_answer(ours, hers):
    answer = cell(hers, "04.3", "answer")
    first, second = answer["source"].split("def merge_heads")
    place = hers["cells"].index(answer)
    hers["cells"][place : place + 1] = [{**answer, "source": each} for each in (first, f"def merge_heads{second}")]
    source = cell(rebuilt_notebook.rebuild(ours, hers).notebook, "04.3", "answer")["source"]
    assert "def split_heads" in source and "def merge_heads" in source


def test_a_missing_answer_is_told_and_its_stub_stays(ours, hers):
    hers["cells"].remove(cell(hers, "04.2", "answer"))
    rebuilt = rebuilt_notebook.rebuild(ours, hers)
    assert "04.2" not in rebuilt.found and any("missing" in note for note in rebuilt.notes)
    assert "NotImplementedError" in cell(rebuilt.notebook, "04.2", "answer")["source"]


def test_cells_of_her_own_are_not_run_and_that_is_told(ours, hers):
    hers["cells"].insert(2, {"cell_type": "code", "id": "x", "metadata": {}, "source": "helper = 1", "outputs": []})
    rebuilt = rebuilt_notebook.rebuild(ours, hers)
    assert not any(each["source"] == "helper = 1" for each in rebuilt.notebook["cells"])
    assert any("1 cell of your own was not run" in note for note in rebuilt.notes)


def test_an_answer_that_defines_its_function_in_another_way_is_taken_over(ours, hers):
    cell(hers, "04.2", "answer")["source"] = "causal_mask = lambda T: torch.ones(T, T).tril().bool()"
    assert "lambda" in cell(rebuilt_notebook.rebuild(ours, hers).notebook, "04.2", "answer")["source"]


def test_without_puts_the_stub_back(ours, hers):
    rebuilt = rebuilt_notebook.rebuild(ours, hers)
    rest = rebuilt_notebook.without(rebuilt.notebook, ours, ["04.2"])
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
        (b'{"worksheets": 3}', "no notebook"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_file_that_is_no_notebook_is_refused_in_a_sentence(tmp_path, content, told):
    (tmp_path / "x.ipynb").write_bytes(content)
    with pytest.raises(submitted_notebook.Unreadable, match=told):
        submitted_notebook.read(tmp_path / "x.ipynb")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    with (tmp_path / "x.ipynb").open("wb") as file:
        file.truncate(200 << 20)
    with pytest.raises(submitted_notebook.Unreadable, match="210 MB"):
        submitted_notebook.read(tmp_path / "x.ipynb")


def test_a_notebook_of_more_cells_than_anybody_writes_is_refused(tmp_path):
    (tmp_path / "x.ipynb").write_text('{"cells": [' + "{}, " * 500_000 + "{}]}")
    with pytest.raises(submitted_notebook.Unreadable, match="500,001 cells"):
        submitted_notebook.read(tmp_path / "x.ipynb")


def test_the_lessons_with_all_their_pictures_are_read():
    for path in [*(ROOT / "course").glob("*.ipynb"), *(ROOT / "solutions").glob("*.ipynb")]:
        assert (
            8 * path.stat().st_size < submitted_notebook.LARGEST
            and 10 * len(submitted_notebook.read(path)["cells"]) < submitted_notebook.MOST
        )


def test_a_source_that_is_very_long_is_looked_at_without_being_parsed(ours, hers):
    """Parsed, it would take 600 times its size from the grader itself."""
    long = "a=1\n" * 1_000_000 + WHOLE
    cell(hers, "04.2", "answer").update(source=long, metadata={})
    tracemalloc.start()
    rebuilt = rebuilt_notebook.rebuild(ours, hers)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert cell(rebuilt.notebook, "04.2", "answer")["source"] == long
    assert most < 100 << 20


def test_each_source_is_parsed_once_however_many_answers_are_looked_for(ours, hers, monkeypatch):
    parsed = []
    makes = submitted_notebook.makes
    monkeypatch.setattr(submitted_notebook, "makes", lambda source: parsed.append(source) or makes(source))
    for each in hers["cells"]:
        each["metadata"] = {}
    rebuilt_notebook.rebuild(ours, hers)
    assert len(parsed) == len(set(parsed))


def test_a_notebook_from_before_2015_is_read_however_much_of_it_is_missing(tmp_path):
    cells = [{"cell_type": "code", "input": ["a\n", "b"]}, {"cell_type": "markdown", "source": "x"}, 3]
    (tmp_path / "x.ipynb").write_text(json.dumps({"worksheets": [3, {}, {"cells": 3}, {"cells": cells}]}))
    assert [each["source"] for each in submitted_notebook.read(tmp_path / "x.ipynb")["cells"]] == ["a\nb", "x"]


def test_cells_that_are_no_cells_and_sources_in_lines_are_understood(tmp_path):
    cells = [3, {"cell_type": "code", "source": ["a\n", "b"]}, {"cell_type": "code", "metadata": 7}]
    (tmp_path / "x.ipynb").write_text(json.dumps({"cells": cells}))
    assert [each["source"] for each in submitted_notebook.read(tmp_path / "x.ipynb")["cells"]] == ["a\nb", ""]

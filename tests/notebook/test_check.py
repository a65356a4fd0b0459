"""What check shows: a card in a notebook, plain text elsewhere, an error under pytest."""

from __future__ import annotations

import dataclasses
import html
import re
import sys
from html.parser import HTMLParser

import pytest
import torch

from tests.checks.proofs import given
from unravelling.checks import registry
from unravelling.checks.engine import run
from unravelling.learning import progress
from unravelling.notebook import check as module
from unravelling.notebook.check import CheckFailed, check, inputs
from unravelling.notebook.verdict_card import Card

ATTENTION = registry.load("04.1")


@pytest.fixture(autouse=True)
def records(monkeypatch):
    """Checks record progress; here in a list, never in the file of whoever runs the tests."""
    found = []
    monkeypatch.setattr(progress, "record", lambda kind, id, **facts: found.append((kind, id, facts)))
    monkeypatch.setattr(progress, "read", progress.Progress)
    monkeypatch.setattr(module, "_passed_here", set())
    monkeypatch.delenv("UNRAVELLING_CHECK", raising=False)
    return found


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


CARDS = [
    pytest.param(exercise, given(exercise, each.solution), id=f"{exercise.id}-{each.name}")
    for exercise in registry.all_exercises()
    for each in exercise.misconceptions[:2]
]


@pytest.mark.parametrize(("exercise", "solution"), CARDS)
def test_a_card_says_the_same_in_html_and_in_plain_text(exercise, solution):
    card = Card(run(exercise, solution))
    bundle = card._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    words = html.unescape(re.sub(r"<[^>]+>", " ", re.sub("</?code[^>]*>", "", bundle["text/html"]))).replace("`", "")
    verdict = card.verdict
    for said in (verdict.symptom, verdict.cause, verdict.asked, verdict.came_back, verdict.cell, "Not yet"):
        assert said.replace("`", "") in words  # what they mark is set as code
        assert all(line.strip() in bundle["text/plain"] for line in said.splitlines())


@pytest.mark.parametrize(("exercise", "solution"), CARDS)
def test_a_card_is_well_formed_static_and_leaves_colours_and_headings_to_the_page(exercise, solution):
    text = Card(run(exercise, solution)).html()
    tags = Tags(text)
    assert tags.open == []
    assert not {"script", "link", "img", "h1", "h2", "h3", "h4", "iframe", "style"} & set(tags.seen)
    for style in re.findall(r'style="([^"]*)"', text):
        assert not re.search(r"(?<![-\w])(color|background):(?!\s*(inherit|transparent))", style)
    assert "href" not in text
    assert "overflow: auto" not in text  # nothing scrolls, so nothing needs a tab stop


def test_what_the_learners_code_says_is_escaped():
    def softmax(x, dim=-1):
        print("<script>alert(1)</script>")
        raise ValueError("<img src=x onerror=alert(2)> & more")

    text = Card(run(registry.load("00.1"), softmax)).html()
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(2)&gt; &amp; more" in text


def test_the_card_of_a_pass_is_green_and_leads_on():
    text = Card(run(ATTENTION, ATTENTION.reference)).html()
    assert 'data-status="passed"' in text and "border-left-color: #1a9e75" in text
    assert "Right: 04.1" in text and ATTENTION.because in html.unescape(text) and "Next: 04.2 causal_mask." in text
    last = registry.load("04.6")
    text = Card(run(last, last.reference)).html()
    assert (
        "last exercise here" in text and '<a href="../course/05_the_transformer.ipynb">05 the transformer</a>' in text
    )
    assert "border-left-color" not in Card(run(ATTENTION, lambda q, k, v, mask=None: None)).html()


def test_a_pass_that_was_measured_tells_the_numbers():
    declared = dataclasses.replace(ATTENTION, found=lambda case, result: f"{len(result)} tensors came back.")
    card = Card(run(declared, ATTENTION.reference))
    assert "2 tensors came back." in card.plain() and "2 tensors came back." in card.html()


def test_a_passed_check_says_why_and_what_comes_next_and_is_recorded(capsys, records, monkeypatch):
    monkeypatch.setattr(module, "_passed_here", {"05.1"})
    check("04.1", ATTENTION.reference)
    *said, next_ = capsys.readouterr().out.splitlines()
    assert said == ["PASS 04.1 scaled_dot_product_attention", ATTENTION.because]
    assert next_ == "1 of 6 here is solved. Next: 04.2 causal_mask."
    heads = registry.load("04.3")
    check("04.3", heads.reference.split_heads, heads.reference.merge_heads)
    assert capsys.readouterr().out.startswith(f"PASS 04.3 split_heads + merge_heads\n{heads.because}\n")
    assert [(kind, id, facts["passed"], facts["status"]) for kind, id, facts in records] == [
        ("check", "04.1", True, "pass"),  # as files of progress have always said it
        ("check", "04.3", True, "pass"),
    ]


def test_a_failed_check_lets_run_all_go_on_and_is_recorded(capsys, records):
    check("04.1", ATTENTION.misconceptions[0].solution)
    out = capsys.readouterr().out
    assert out.startswith("Not yet: 04.1 scaled_dot_product_attention\nRow 0 of the weights sums to 3, not 1")
    assert [facts["passed"] for _, _, facts in records] == [False]


@pytest.mark.parametrize("given", [(3,), (), (len, len), (dict,)])
def test_what_is_no_answer_changes_nothing_that_is_known_of_the_answer(capsys, records, monkeypatch, given):
    monkeypatch.setattr(module, "_solved_here", {"04.1"})
    check("04.1", *given)
    assert "04.1 checks" in capsys.readouterr().out
    assert module.solved("04.1") and records == []


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ({"00.1"}, "1 of 6 here is solved. That was the last exercise here; 04.1, 04.2, 04.3, 04.4 and 04.5 are still"),
        (
            {"04.1", "04.2", "04.4", "04.5"},
            "5 of 6 here are solved. That was the last exercise here; 04.3 is still to do.",
        ),
        ({f"04.{n}" for n in range(1, 6)}, "6 of 6 here are solved. That was the last exercise here.\n"),
    ],
)
def test_the_last_exercise_names_those_that_are_not_solved(capsys, monkeypatch, before, said):
    monkeypatch.setattr(module, "_passed_here", set(before))
    last = registry.load("04.6")
    check("04.6", last.reference)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("earlier", "said"),
    [
        ({"04.1"}, "3 of 6 here are solved. Next: 04.4 "),
        ({"04.4"}, "3 of 6 here are solved. Next: 04.5 rotary. Before it, 04.1 is still to do.\n"),
        ({"04.4", "04.5", "04.6"}, "5 of 6 here are solved. 04.1 is still to do.\n"),
        ({"04.1", "04.4", "04.5", "04.6"}, "6 of 6 here are solved. Nothing is left to do here.\n"),
    ],
)
def test_what_was_solved_once_is_solved_whenever_that_was_and_whatever_was_tried_since(
    capsys, monkeypatch, earlier, said
):
    known = progress.Progress({id: progress.ExerciseProgress(passed=True) for id in earlier})
    monkeypatch.setattr(progress, "read", lambda: known)
    mask, heads = registry.load("04.2"), registry.load("04.3")
    check("04.2", mask.reference)
    check("04.2", mask.misconceptions[0].solution)
    assert not module.solved("04.2")  # whatever is defined now is wrong
    check("04.3", heads.reference.split_heads, heads.reference.merge_heads)
    assert said in capsys.readouterr().out


def test_in_a_notebook_a_failed_check_displays_its_card(monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: object())
    monkeypatch.setattr(IPython.display, "display", shown.append)
    check("04.1", ATTENTION.misconceptions[0].solution)
    assert isinstance(shown[0], Card)


def test_under_pytest_a_failed_check_raises_and_its_traceback_is_the_reason_alone(monkeypatch):
    monkeypatch.setenv("UNRAVELLING_CHECK", "raise")
    with pytest.raises(CheckFailed) as caught:
        check("04.1", ATTENTION.misconceptions[0].solution)
    lines = caught.value._render_traceback_()
    assert lines[0] == "Not yet: 04.1 scaled_dot_product_attention"
    assert not any("Traceback" in line or ".py" in line for line in lines)


def test_ipython_shows_only_the_reason(monkeypatch, capsys):
    from IPython.core.interactiveshell import InteractiveShell

    monkeypatch.setenv("UNRAVELLING_CHECK", "raise")
    shell = InteractiveShell()
    shell.push({"check": check, "wrong": ATTENTION.misconceptions[0].solution})
    shell.run_cell('check("04.1", wrong)')
    out = capsys.readouterr().out
    assert "Row 0 of the weights sums to 3, not 1" in out
    assert "Traceback" not in out
    assert "check.py" not in out


@pytest.mark.parametrize("raising", [True, False])
def test_an_unknown_exercise_is_answered_with_a_sentence(monkeypatch, capsys, raising, records):
    if raising:
        monkeypatch.setenv("UNRAVELLING_CHECK", "raise")
        with pytest.raises(CheckFailed, match=r"There is no exercise '04\.9'"):
            check("04.9", len)
    else:
        check("04.9", len)
        assert capsys.readouterr().out.startswith("There is no exercise '04.9'. There are: 04.1, ")
    assert records == []


def test_inputs_gives_a_case_in_the_order_of_the_parameters():
    q, _, _, mask = inputs("04.1", case=3)
    assert torch.equal(q, ATTENTION.cases()[3]["q"])
    assert mask.dtype == torch.bool
    assert inputs("04.2", case=1) == 3
    assert not torch.equal(inputs("00.1", seed=1), inputs("00.1", seed=2))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((4.1,), "There is no exercise 4.1. Write the id in quotes. There are: "),
        (("99.1",), "There is no exercise '99.1'. There are: "),
        (("04.1", "04.9"), "There is no exercise '04.9'. There are: "),
    ],
)
def test_solved_of_an_exercise_that_does_not_exist_says_which_do(capsys, asked, said):
    assert module.solved(*asked) is False
    assert capsys.readouterr().out.startswith(said)


@pytest.mark.parametrize("case", [-1, 99, 1.0, True, "1"])
def test_inputs_of_a_case_that_does_not_exist_says_which_do(case):
    with pytest.raises(IndexError, match="has the cases 0 to "):
        inputs("04.1", case=case)

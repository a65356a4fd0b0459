"""What of a hint or a card is set as code."""

from __future__ import annotations

import html
import re

import pytest

from unravelling.checks import registry
from unravelling.code_in_prose import parts
from unravelling.html_templates import render


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = x - x.amax(dim, keepdim=True); e = torch.exp(x); the answer is e divided by its sum.",
         ["x = x - x.amax(dim, keepdim=True)", "e = torch.exp(x)"]),
        ("Keep the axis in both means (keepdim=True).", ["keepdim=True"]),
        ("rows = torch.zeros(len(ids), V), and then rows[torch.arange(len(ids)), ids] = 1",
         ["torch.zeros(len(ids), V)", "rows[torch.arange(len(ids)), ids]"]),
        ("Say which of `dim` and 0 it is.", ["dim"]),
        ("torch.isin says which are; key_padding_mask of self_attn is True.",
         ["torch.isin", "key_padding_mask", "self_attn"]),
        ("Look at .detach(), .item() and .grad.", [".detach()", ".item()", ".grad"]),
        ("A word with a sign beside it (a comma, a bracket) is not found, e.g. 3.5 or 0.25.", []),
        ("The mean is 0.5 = half of it. It ends here.Next.", []),
        ("x.grad", ["x.grad"]),
        ("", []),
    ],
)  # fmt: skip
def test_calls_statements_names_and_marked_words_are_code(text, code):
    assert [piece for piece, is_code in parts(text) if is_code] == code


def test_nothing_of_any_hint_or_cause_is_lost_or_doubled():
    for exercise in registry.all_exercises():
        for text in (*exercise.hints, exercise.because, *(each.sentence for each in exercise.misconceptions)):
            assert "".join(piece for piece, _ in parts(text)) == re.sub("`([^`]+)`", r"\1", text)


def test_a_page_shows_code_in_its_own_type_and_everything_escaped():
    page = render("notebook/box.html", text="")
    assert "<code>" not in page
    page = render("notebook/hint.html", exercise="1", texts=["x = a < b; look at <b>f(x)</b>"], rest="")
    page = page.replace('<code style="white-space: nowrap">', "<code>")  # both are short
    assert "<code>x = a &lt; b</code>" in page and "<code>f(x)</code>" in page and "<b>" not in page
    assert "x = a < b; look at <b>f(x)</b>" in html.unescape(re.sub("</?code>", "", page))

"""Texts in lines."""

from __future__ import annotations

from unravelling.drawing.text_metrics import text_width
from unravelling.drawing.wrapping import ON_NARROW_PAGES, wrapped


def test_lines_are_no_wider_than_asked_and_lose_no_word() -> None:
    text = "It named 32% of the hidden tokens of a text that it had never read before."
    lines = wrapped(text, 200)
    assert " ".join(lines) == text and len(lines) > 2
    assert all(text_width(line, ON_NARROW_PAGES) <= 200 for line in lines)


def test_a_word_too_wide_has_a_line_of_its_own() -> None:
    assert wrapped("a " + "m" * 40 + " b", 100) == ["a", "m" * 40, "b"]
    assert wrapped("", 100) == [""]

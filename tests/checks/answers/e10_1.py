"""Answers to 10.1."""

from __future__ import annotations

MUTANTS = {
    "if False:": "silently_fewer",
    "if True:": "empty_line_for_no_instruction",
    "others = [pair for pair in pool if pair[-1] != text]": "query_among_the_demonstrations",
    "others = [pair for pair in pool if pair[1] != text]": "query_among_the_demonstrations",
    "without: if shots > len(others):": "silently_fewer",
    "without: raise ValueError(f'The pool has {len(others)} pairs to show, not {shots}: add pairs, or ask for fewer.')": "silently_fewer",
}

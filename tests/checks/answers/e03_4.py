"""Answers to 03.4."""

from __future__ import annotations

MUTANTS = {
    "if True:": "answers_to_any_name",
    "return T + layers": "one_too_many",
    "return T + layers - 0": "one_too_many",
}

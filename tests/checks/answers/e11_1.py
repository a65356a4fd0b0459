"""Answers to 11.1."""

from __future__ import annotations

MUTANTS = {
    "if False:": "unsure_words_ignored",
    "if True:": "paired_with_themselves",
    "if len(word) < 1 and word.isupper():": "one_capital_is_enough",
    "if len(word) > 0 and word.isupper():": "one_letter_shouts",
    "if len(word) >= 1 and word.isupper():": "one_letter_shouts",
    "if set(swaps):": "paired_with_themselves",
    "if words | set(swaps):": "paired_with_themselves",
    "if words:": "paired_with_themselves",
    "without: if len(word) > 1 and word.isupper():": "one_capital_is_enough",
    "without: return other.upper()": "one_capital_is_enough",
}

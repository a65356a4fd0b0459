"""A wrong helper of an earlier exercise is named as such, with its cell."""

from __future__ import annotations

import linecache
from textwrap import dedent

from unravelling.checks import registry
from unravelling.checks.engine import run


def notebook(**cells: str) -> dict:
    """The names of a notebook whose cells were run one after the other, each in a file of its own."""
    scope: dict = {"__name__": "__main__"}
    for name, source in cells.items():
        text = dedent(source)
        linecache.cache[f"<{name}>"] = (len(text), None, text.splitlines(keepends=True), f"<{name}>")
        exec(compile(text, f"<{name}>", "exec"), scope)
    return scope


COUNTS = """
    def ngram_counts(tokens, n):
        counts = {}
        for i in range(len(tokens) - n + 1):
            row = counts.setdefault(tuple(tokens[i : i + n - 1]), {})
            row[tokens[i + n - 1]] = row.get(tokens[i + n - 1], 0) + 1
        return counts

    def next_token_probs(counts, context, alpha, vocab):
        seen = counts.get(context, {})
        total = sum(seen.get(each, 0) + alpha for each in vocab)
        return {each: (seen.get(each, 0) + alpha) / total if total else 1 / len(vocab) for each in vocab}
"""
MIXING = """
    def ngram_model(tokens, n, alpha, vocab):
        counts, vocab = ngram_counts(list(tokens), n), list(vocab)

        def model(context, token):
            if token not in vocab:
                return 0.0
            context = tuple(context)[len(context) - n + 1 :] if n > 1 else ()
            return next_token_probs(counts, context, alpha, vocab)[token]

        return model

    def interpolate(models, weights):
        if len(models) != len(weights) or min(weights, default=-1) < 0 or sum(weights) <= 0:
            raise ValueError("weights")
        pairs = list(zip(models, weights))
        return lambda context, token: sum(w * m(context, token) for m, w in pairs) / sum(w for _, w in pairs)
"""


def test_a_right_answer_on_right_helpers_passes():
    scope = notebook(counts=COUNTS, mixing=MIXING)
    verdict = run(registry.load("01.4"), (scope["ngram_model"], scope["interpolate"]))
    assert verdict.passed, verdict.plain()


def test_a_wrong_helper_is_named_with_its_exercise_and_no_story_is_told():
    scope = notebook(counts=COUNTS.replace("- n + 1)", "- n)"), mixing=MIXING)
    verdict = run(registry.load("01.4"), (scope["ngram_model"], scope["interpolate"]))
    assert (verdict.status, verdict.waits_for, verdict.misconception) == ("wrong", "01.1", "")
    assert verdict.symptom.startswith(
        "Your code calls ngram_counts, and that is not right yet: mend your cell of 01.1 first"
    )
    assert verdict.right == ("interpolate",)


def test_an_error_in_a_helper_is_placed_in_the_helpers_cell():
    scope = notebook(counts=COUNTS.replace("row[tokens[i + n - 1]] =", "row[tokens[i + n]] ="), mixing=MIXING)
    verdict = run(registry.load("01.4"), (scope["ngram_model"], scope["interpolate"]))
    assert "on line 6 of your cell of 01.1, in ngram_counts" in verdict.symptom


def test_a_helper_that_is_still_a_stub_is_named_as_before():
    stub = "\n    def ngram_counts(tokens, n):\n        raise NotImplementedError('01.1 is not solved yet')\n"
    scope = notebook(counts=COUNTS, stub=stub, mixing=MIXING)
    verdict = run(registry.load("01.4"), (scope["ngram_model"], scope["interpolate"]))
    assert verdict.symptom == "Your code calls ngram_counts, which is still the stub of 01.1: solve that first."


def test_a_helper_whose_cell_was_not_run_is_named_with_its_cell():
    scope = notebook(mixing=MIXING)
    verdict = run(registry.load("01.4"), (scope["ngram_model"], scope["interpolate"]))
    says = "Your code uses ngram_counts, which this notebook does not know yet: run your cell of 01.1 first, then"
    assert verdict.symptom.startswith(says)
    assert (verdict.status, verdict.waits_for, verdict.misconception) == ("wrong", "01.1", "")
    assert verdict.right == ("interpolate",) and "NameError" in verdict.plain()


def test_a_name_that_no_exercise_gives_is_an_error_like_any_other():
    scope = notebook(counts=COUNTS, mixing=MIXING.replace("ngram_counts", "ngram_cuonts"))
    verdict = run(registry.load("01.4"), (scope["ngram_model"], scope["interpolate"]))
    assert "NameError: name 'ngram_cuonts' is not defined" in verdict.symptom and not verdict.waits_for

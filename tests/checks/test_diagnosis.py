"""A story is told only where all traces of the mistake are there; else facts, rules, and the cell to mend first."""

from __future__ import annotations

from dataclasses import replace

import torch

from tests.checks.proofs import outcome
from unravelling.checks.declare import Case, exercise, holds, misconception, share
from unravelling.checks.engine import probe, run, with_shares
from unravelling.checks.instruments.probing import same


@exercise("99.1", points=3, difficulty=1, minutes=1)
class Scaled:
    """Multiply by the scale, and cut off below 0."""

    functions = ("scaled",)
    returns = ("scaled",)
    hints = ("a", "b", "c")

    def cases(rng):
        yield Case("one number", x=torch.tensor([2.0]), scale=3.0)
        yield Case("three numbers", x=torch.tensor([1.0, -2.0, 4.0]), scale=0.5)
        yield Case("a scale of 1", x=torch.tensor([1.5, -2.5, 3.0]), scale=1.0)
        yield Case("no numbers", "Of no numbers nothing comes back.", x=torch.zeros(0), scale=2.0)
        yield Case("a scale below 0", "A scale below 0 raises ValueError.", x=torch.ones(2), scale=-1.0)

    def reference(x, scale):
        if scale < 0:
            raise ValueError("no")
        return (x * scale).clamp(min=0)

    @misconception("The scale is not used?")
    def without_scale(x, scale):
        if scale < 0:
            raise ValueError("no")
        return x.clamp(min=0)

    @misconception("Nothing is cut off?")
    def not_cut(x, scale):
        if scale < 0:
            raise ValueError("no")
        return x * scale

    @misconception("It writes into x?")
    def in_place(x, scale):
        if scale < 0:
            raise ValueError("no")
        return x.mul_(scale).clamp_(min=0)

    @misconception("Nothing is refused?")
    def without_the_check(x, scale):
        return (x * scale).clamp(min=0)


def refuse(scale):
    if scale < 0:
        raise ValueError("negative")


def test_the_same_results_written_otherwise_are_the_same_mistake():
    def scaled(x, scale):
        refuse(scale)
        return torch.where(x > 0, x, torch.zeros(()))

    verdict = run(Scaled, scaled)
    assert (verdict.misconception, verdict.cause) == ("without_scale", "The scale is not used?")


def test_an_answer_that_agrees_on_small_cases_only_is_told_no_story():
    def scaled(x, scale):  # the scale is used, of several numbers
        refuse(scale)
        return x.clamp(min=0) if len(x) == 1 else (x * scale * 2).clamp(min=0)

    assert run(Scaled, scaled).misconception == ""


def test_right_values_with_another_side_effect_are_told_no_story_of_values():
    def scaled(x, scale):
        refuse(scale)
        result = (x * scale).clamp(min=0)
        x.add_(1)
        return result

    verdict = run(Scaled, scaled)
    assert verdict.kind == "changed"
    assert verdict.misconception == "in_place"  # it does write into x


def test_a_right_answer_in_another_form_is_told_of_its_form_only():
    def scaled(x, scale):
        refuse(scale)
        return (x * scale).clamp(min=0).double()

    verdict = run(Scaled, scaled)
    assert (verdict.kind, verdict.misconception, verdict.cause) == ("dtype", "", "")


def test_a_mistake_beside_one_that_shows_by_itself_is_told_all_the_same():
    verdict = run(Scaled, lambda x, scale: x.clamp(min=0))  # nor does it refuse anything
    assert verdict.misconception == "without_scale"


def test_of_changed_inputs_nothing_is_said_before_the_values_are_right():
    def scaled(x, scale):
        refuse(scale)
        return x.mul_(scale)

    verdict = run(Scaled, scaled)
    assert verdict.misconception == "not_cut"
    assert "changed its input" not in verdict.plain()


def test_an_answer_wrong_on_the_cases_of_a_rule_only_is_told_the_rule():
    def scaled(x, scale):
        refuse(scale)
        return (x * scale).clamp(min=0) if len(x) else torch.ones(1)

    verdict = run(Scaled, scaled)
    assert verdict.cause == "Of no numbers nothing comes back."
    assert verdict.tried == "5 inputs: right for 4, wrong for “no numbers”"


def test_an_answer_that_stops_on_every_input_is_not_told_the_rule_of_one_of_them():
    @exercise("99.3", points=1, difficulty=1, minutes=1)
    class Doubled:
        """Double."""

        functions = ("doubled",)
        hints = ("a", "b", "c")

        def cases(rng):
            yield Case("one", "Positive numbers are doubled.", x=torch.tensor([1.0, 2.0]))
            yield Case("two", "Negative numbers, too.", x=torch.tensor([-1.0, 3.0]))

        def reference(x):
            return 2 * x

    def changes(x):
        result = 2 * x
        x += 1
        return result

    rule = "Positive numbers are doubled."
    assert rule in run(Doubled, lambda x: 3 * x + x.sum()).cause
    assert rule not in run(Doubled, lambda x: x + "a").cause
    assert rule not in run(Doubled, lambda x: 2 * x + torch.rand(2)).cause
    assert rule not in run(Doubled, changes).cause


def test_an_answer_wrong_elsewhere_too_is_not_told_the_rule():
    verdict = run(Scaled, lambda x, scale: torch.ones(1))
    assert "Of no numbers" not in verdict.cause


def test_what_was_right_for_an_earlier_input_and_comes_once_more_is_told_with_both_calls():
    made = []

    def scaled(x, scale):
        refuse(scale)
        if len(x) == 3:
            made.append((x * scale).clamp(min=0))
            return made[0]
        return (x * scale).clamp(min=0)

    verdict = run(Scaled, scaled)
    assert "the very result that was right for an earlier input (case: three numbers)" in verdict.cause
    assert verdict.cell.index("scale = 0.5") < verdict.cell.index("scale = 1.0")
    made.clear()
    assert not same(outcome(verdict.cell, Scaled, scaled), outcome(verdict.cell, Scaled, Scaled.reference))


def test_two_stories_that_both_fit_are_both_told():
    @exercise("99.2", points=1, difficulty=1, minutes=1)
    class Twice:
        """Twice."""

        functions = ("twice",)
        hints = ("a", "b", "c")

        def cases(rng):
            yield Case("two", n=2)

        def reference(n):
            return 3 * n

        @misconception("You double it?")
        def doubled(n):
            return 2 * n

        @misconception("You square it?")
        def squared(n):
            return n * n

    verdict = run(Twice, lambda n: 4)
    assert verdict.misconception == "doubled or squared"
    assert verdict.cause.endswith("which of them is yours? You double it? Or: You square it?")


def test_what_comes_back_and_what_was_asked_never_read_the_same():
    verdict = run(Scaled, lambda x, scale: Scaled.reference(x, scale) + 2e-4)
    assert verdict.asked != verdict.came_back
    assert "2.0" not in verdict.symptom or "6.0002" in verdict.symptom


def test_functions_that_are_right_only_by_themselves_get_no_points_for_it():
    @exercise("99.3", points=2, difficulty=1, minutes=1)
    class Both:
        """Both."""

        functions = ("first", "second")
        returns = ("first", "second")
        hints = ("a", "b", "c")

        def cases(rng):
            yield Case("one", n=1)

        class reference:
            def first(n):
                return n

            def second(n):
                return n + 1

        def probe(solution, n):
            return solution.first(n), solution.second(n)

        @share(points=1)
        def first(solution, n):
            return solution.first(n)

        @share(points=1)
        def second(solution, n):
            return solution.second(n)

        @holds("they sum to 3")
        def sums(case, result):
            return None if sum(result) == 3 else "They do not sum to 3."

    wrong = run(Both, (lambda n: n + 1, lambda n: n))
    pieces = {name: [probe(piece, Both.reference, piece.cases()[0])] for name, piece in Both.pieces.items()}
    verdict = with_shares(replace(wrong, cause=""), pieces)
    assert (verdict.status, verdict.points, verdict.right) == ("wrong", 0, ())
    assert (
        verdict.cause == "Each of first and second is right by itself, and together they are not. What do they share?"
    )


def test_of_two_things_of_which_one_is_wrong_the_fact_is_about_that_one():
    @exercise("99.5", points=2, difficulty=1, minutes=1)
    class Both:
        """Both."""

        functions = ("first", "second")
        returns = ("first", "second")
        hints = ("a", "b", "c")

        def cases(rng):
            yield Case("one", n=1.0)
            yield Case("two", n=2.0)

        class reference:
            def first(n):
                return n

            def second(n):
                return 10 - n

        def probe(solution, n):
            return solution.first(n), solution.second(n)

        @share(points=1)
        def first(solution, n):
            return solution.first(n)

        @share(points=1)
        def second(solution, n):
            return solution.second(n)

    verdict = run(Both, (lambda n: n, lambda n: 30 - 3 * n))
    assert verdict.cause == "Of second alone: every number is 3 times what it should be."


def test_two_sentences_of_a_probe_are_two_mistakes():
    text = """
def probe(solution, n):
    found = solution(n)
    assert isinstance(found, tuple), "What came back is no tuple."
    assert len(found) == 2, f"What came back is a tuple of {len(found)}."
    return found
"""
    scope = {}
    exec(compile(text, "<probe>", "exec"), scope)  # as a grader sends it; here a probe's lines would be the learner's

    @exercise("99.4", points=1, difficulty=1, minutes=1)
    class Pair:
        """A pair."""

        functions = ("pair",)
        hints = ("a", "b", "c")

        def cases(rng):
            yield Case("one", n=1)

        def reference(n):
            return (n, n)

        probe = scope["probe"]

        @misconception("Where is the second?")
        def one_alone(n):
            return (n,)

    assert run(Pair, lambda n: (n + 0,)).misconception == "one_alone"
    assert run(Pair, lambda n: [n, n]).misconception == ""


@exercise("99.9", points=1, difficulty=1, minutes=1)
class TwoThings:
    """Twice x, and x plus 1; ValueError where there is nothing."""

    functions = ("two_things",)
    returns = ("twice", "more")
    hints = ("a", "b", "c")

    def cases(rng):
        yield Case("three numbers", x=torch.tensor([1.0, 2.0, 5.0]))
        yield Case("two numbers", x=torch.tensor([-1.0, 4.0]))
        yield Case("no numbers", x=torch.zeros(0))

    def reference(x):
        if not len(x):
            raise ValueError("nothing")
        return 2 * x, x + 1


def test_where_an_error_was_asked_for_and_none_came_the_wrong_values_elsewhere_are_still_told_of():
    verdict = run(TwoThings, lambda x: (6 * x, x + 1))
    assert "Of twice alone: every number is 3 times what it should be." in verdict.plain()

"""What a learner is told, whatever she hands in."""

from __future__ import annotations

import linecache
import math
import random
import subprocess
import sys

import numpy
import pytest
import torch
from torch import nn

from tests.checks.proofs import outcome
from unravelling.checks import registry
from unravelling.checks.declare import Case, LastCase, exercise, misconception
from unravelling.checks.engine import judge, probe, run
from unravelling.checks.instruments.probing import same

SOFTMAX, PERPLEXITY, ATTENTION, MASK, HEADS, LAYER, ROTARY, PREVIOUS = map(
    registry.load, ["00.1", "01.3", "04.1", "04.2", "04.3", "04.4", "04.5", "04.6"]
)


def pasted(source: str, name: str):
    """A function as a notebook cell makes it: with a file name of its own and its lines known to tracebacks."""
    file = f"<cell {hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    scope = {"torch": torch, "nn": nn}
    exec(compile(source, file, "exec"), scope)
    return scope[name]


def test_a_result_without_its_second_part_is_asked_for_by_name():
    verdict = run(ATTENTION, lambda q, k, v, mask=None: ATTENTION.reference(q, k, v, mask)[0])
    assert verdict.symptom == (
        "Your function returned one tensor; two things were asked for: output and weights (case: 1 query, 3 keys)."
    )
    assert verdict.look_at == "the return line: return output, weights"


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (lambda x: None, "Your result is nothing (None), not a torch tensor"),
        (lambda x: x.tolist(), "Your result is a list of 3, not a torch tensor"),
        (lambda x: x.numpy(), "Your result is a numpy.ndarray, not a torch tensor"),
        (lambda x: 0.5, "Your result is a float, not a torch tensor"),
        (lambda x: x.double(), "Your result is torch.float64, not torch.float32"),
        (lambda x: x[None], "Your result has shape (1, 3), not (3,)"),
        (lambda x: (x, x), "Your result is a tuple of 2, not a torch tensor"),
    ],
)
def test_a_result_of_another_type_shape_or_kind_is_named(turn, said):
    verdict = run(SOFTMAX, lambda x, dim=-1: turn(SOFTMAX.reference(x, dim)))
    assert (verdict.status, verdict.symptom) == ("wrong", f"{said} (case: three numbers).")


def test_whole_numbers_instead_of_true_and_false_are_noticed():
    verdict = run(MASK, lambda T: MASK.reference(T).long())
    assert verdict.symptom == "Your mask is torch.int64, not torch.bool (case: 2 tokens)."


def test_an_error_is_shown_with_the_learners_own_line():
    wrong = pasted("def softmax(x, dim=-1):\n    e = torch.exp(x)\n    return e / undefined_name\n", "softmax")
    verdict = run(SOFTMAX, wrong)
    assert verdict.symptom == (
        "Your code stopped on line 3 of your cell (return e / undefined_name) with NameError: name 'undefined_name' is "
        "not defined (case: three numbers)."
    )
    assert "line 3" in verdict.look_at


def test_a_call_of_exit_is_an_answer_and_not_the_end():
    wrong = pasted("def softmax(x, dim=-1):\n    raise SystemExit('enough')\n", "softmax")
    assert "line 2 of your cell (raise SystemExit('enough')) with SystemExit: enough" in run(SOFTMAX, wrong).symptom


def test_a_sparse_answer_is_read_like_any_other():
    assert run(PREVIOUS, lambda T: tuple(each.to_sparse() for each in PREVIOUS.reference(T))).passed


def test_an_error_inside_torch_still_names_the_learners_line():
    wrong = pasted("def softmax(x, dim=-1):\n    return x @ torch.zeros(7, 7)\n", "softmax")
    verdict = run(SOFTMAX, wrong)
    assert "on line 2 of your cell (return x @ torch.zeros(7, 7)) with RuntimeError" in verdict.symptom


def test_only_a_line_of_the_learners_own_makes_it_unsolved():
    """nn.Module raises NotImplementedError too, where forward is missing: that is a mistake, not an untouched stub."""
    source = "class MultiHeadAttention(nn.Module):\n    def __init__(self, d, h):\n        super().__init__()\n"
    source += "        for name in ('q_proj', 'k_proj', 'v_proj', 'out_proj'):\n"
    source += "            setattr(self, name, nn.Linear(d, d))\n"
    verdict = run(LAYER, pasted(source, "MultiHeadAttention"))
    assert verdict.status == "wrong"
    assert 'missing the required "forward" function' in verdict.symptom


def test_of_two_functions_the_unsolved_one_is_named():
    merge = pasted("def merge_heads(x):\n    raise NotImplementedError('04.3')\n", "merge_heads")
    verdict = run(HEADS, (HEADS.reference.split_heads, merge))
    assert verdict.status == "unsolved"
    assert verdict.plain().startswith("04.3 merge_heads is not solved yet: replace the line")
    assert verdict.plain().endswith("Right already: split_heads (1 of 2 points)")
    assert (verdict.right, verdict.points) == (("split_heads",), 1)


@pytest.mark.parametrize(
    ("functions", "said"),
    [
        ((), '04.1 checks one function; you gave 0. Write check("04.1", scaled_dot_product_attention).'),
        ((len, len), '04.1 checks one function; you gave 2. Write check("04.1", scaled_dot_product_attention).'),
        ((3,), '04.1 checks a function; you gave a value of type int. Write check("04.1", scaled_dot_'),
        ((dict,), "04.1 checks a function; you gave the class dict."),
    ],
)
def test_anything_but_one_function_is_answered_with_the_call_to_write(functions, said):
    verdict = run(ATTENTION, functions)
    assert verdict.status == "wrong"
    assert verdict.symptom.startswith(said)


def test_functions_in_the_wrong_order_are_noticed_by_their_names():
    verdict = run(HEADS, (HEADS.reference.merge_heads, HEADS.reference.split_heads))
    assert verdict.symptom == (
        'You gave the functions in the order merge_heads, split_heads. Write check("04.3", split_heads, merge_heads).'
    )


def test_an_object_or_a_function_instead_of_the_class_is_noticed():
    made = LAYER.reference(4, 2)
    assert "04.4 checks a class; you gave a MultiHeadAttention object." in run(LAYER, made).symptom
    assert "04.4 checks a class; you gave the function" in run(LAYER, HEADS.reference.merge_heads).symptom


def test_other_parameters_than_the_stub_has_are_noticed_before_anything_runs():
    verdict = run(ATTENTION, lambda q, k, v: None)
    assert verdict.symptom == "scaled_dot_product_attention takes (q, k, v); it should take (q, k, v, mask=None)."
    verdict = run(ATTENTION, lambda q, k, v, mask: None)
    assert "takes (q, k, v, mask); it should take (q, k, v, mask=None)" in verdict.symptom

    class NoMask(LAYER.reference):
        def forward(self, x):
            return super().forward(x)

    assert "forward takes (self, x); it should take (self, x, mask=None)" in run(LAYER, NoMask).symptom


def test_other_names_for_the_parameters_a_lambda_and_more_defaults_are_accepted():
    assert run(SOFTMAX, lambda a, axis=-1, extra=None: SOFTMAX.reference(a, axis)).passed


def test_an_input_changed_in_place_is_reported_by_name_and_the_cell_shows_it():
    def softmax(x, dim=-1):
        x -= x.amax(dim, keepdim=True)
        return SOFTMAX.reference(x, dim)

    verdict = run(SOFTMAX, softmax)
    assert verdict.symptom.startswith("The values are right, but your function changed its input x")
    shown = outcome(verdict.cell, SOFTMAX, softmax)
    assert not torch.equal(shown["x"], SOFTMAX.cases()[0]["x"])


def test_a_value_overwritten_on_the_way_back_is_told_as_that():
    def attention(q, k, v, mask=None):
        scores = q @ k.mT / q.shape[-1] ** 0.5
        weights = torch.softmax(scores if mask is None else scores.masked_fill(~mask, -torch.inf), -1)
        weights[weights.isnan()] = 0  # torch keeps what a softmax gave, for its gradient
        return weights @ v, weights

    verdict = run(ATTENTION, attention)
    assert verdict.symptom.startswith(
        "The values are right, but no gradient comes back from your output to q, k, v: a va"
    )
    assert "was overwritten" in verdict.symptom
    assert ".detach()" not in verdict.look_at and "w[...] =" in verdict.look_at


def test_two_calls_that_differ_are_reported():
    verdict = run(SOFTMAX, lambda x, dim=-1: SOFTMAX.reference(x + torch.randn_like(x), dim))
    assert "Two calls with the same inputs gave two different results" in verdict.symptom
    assert "for _ in range(2)" in verdict.cell


@pytest.mark.parametrize(
    "forbidden",
    [
        torch.softmax,
        torch.Tensor.softmax,
        nn.functional.softmax,
        torch.special.softmax,
        lambda x, dim: nn.Softmax(dim)(x),
        lambda x, dim: torch.log_softmax(x, dim).exp(),
    ],
)
def test_a_function_that_the_stub_rules_out_is_found_under_any_name(forbidden):
    verdict = run(SOFTMAX, lambda x, dim=-1: forbidden(x, dim))
    assert (verdict.status, verdict.kind) == ("wrong", "forbidden")
    assert "softmax, which this exercise asks you to do without" in verdict.symptom
    assert torch.softmax(torch.zeros(2), 0).tolist() == [0.5, 0.5]


def test_what_the_learner_prints_does_not_flood_the_notebook_and_is_kept_for_the_card(capsys):
    def softmax(x, dim=-1):
        print("looking at", tuple(x.shape))
        return x

    verdict = run(SOFTMAX, softmax)
    assert capsys.readouterr().out == ""
    assert "looking at (3,)" in verdict.plain()


def test_two_mistakes_at_once_are_recognised_by_the_first():
    """No scale, and NaN where nothing is allowed: neither misconception explains every case, and one most of them."""

    def both(q, k, v, mask=None):
        scores = q @ k.transpose(-2, -1)
        scores = scores if mask is None else scores.masked_fill(~mask, float("-inf"))
        weights = torch.softmax(scores, -1)
        return weights @ v, weights

    assert run(ATTENTION, both).misconception == "no_scaling"


def test_a_mistake_that_nobody_foresaw_gets_a_symptom_and_what_is_true_of_all_its_numbers():
    verdict = run(ATTENTION, lambda q, k, v, mask=None: tuple(2 * part for part in ATTENTION.reference(q, k, v, mask)))
    assert verdict.symptom == "Row 0 of the weights sums to 2, not 1 (case: 1 query, 3 keys)."
    assert (verdict.cause, verdict.misconception) == ("Every number is twice what it should be.", "")


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_the_same_seed_gives_the_same_verdict_and_leaves_random_numbers_alone(seed):
    wrong = ATTENTION.misconceptions[0].solution
    torch.manual_seed(3)
    random.seed(3)
    before = torch.get_rng_state(), random.getstate()
    first, second = (run(ATTENTION, wrong, seed).plain() for _ in range(2))
    assert first == second
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]


def test_seeds_draw_other_inputs_and_the_cell_names_the_seed_where_it_fetches_them():
    assert not torch.equal(ATTENTION.cases(0)[0]["q"], ATTENTION.cases(1)[0]["q"])
    wrong = next(each for each in LAYER.misconceptions if each.name == "one_wide_head").solution
    assert 'inputs("04.4", case=1, seed=1)' in run(LAYER, wrong, seed=1).cell


def test_a_missing_layer_or_bias_is_said_in_a_sentence():
    class NoKeys(LAYER.reference):
        def __init__(self, d, h):
            super().__init__(d, h)
            del self.k_proj

    class NoBias(LAYER.reference):
        def __init__(self, d, h):
            super().__init__(d, h)
            self.v_proj = nn.Linear(d, d, bias=False)

    assert run(LAYER, NoKeys).symptom.startswith("There is no layer k_proj: make it in __init__")
    assert run(LAYER, NoBias).symptom.startswith("v_proj has no bias")


def test_one_parameter_too_many_is_counted():
    class Extra(LAYER.reference):
        def __init__(self, d, h):
            super().__init__(d, h)
            self.extra = nn.Parameter(torch.zeros(1))

    assert "has 25 parameters, not 4 * (d * d + d) = 24 for d = 2" in run(LAYER, Extra).symptom


def test_a_negative_infinity_that_makes_nan_scores_is_a_symptom_not_a_crash():
    verdict = run(PREVIOUS, lambda T: (torch.full((T, T), float("inf")), torch.zeros(T, T)))
    assert "The weights of position 1 are NaN: W_q or W_k holds numbers that are not finite" in verdict.symptom


def test_rotary_values_that_are_not_finite_are_a_symptom_not_a_crash():
    assert run(ROTARY, lambda x, positions, base=1.0: x * float("nan")).status == "wrong"


def test_judging_needs_only_plain_values_not_the_learners_code():
    case = MASK.cases()[1]
    values = probe(MASK, MASK.misconceptions[0].solution, case)
    assert [problem.kind for problem in judge(MASK, case, values)] == ["property", "property", "value"]
    assert judge(MASK, case, {"result": MASK.reference(3)}) == []


def test_an_unknown_exercise_is_answered_with_the_ids_that_exist():
    with pytest.raises(registry.UnknownExercise, match=r"There is no exercise '04\.9'\. There are: 04\.1, 04\.2, "):
        registry.load("04.9")
    with pytest.raises(registry.UnknownExercise, match=r"Write the id in quotes\. There are: 00\.1, .*04\.1"):
        registry.load(4.1)


def test_the_registry_and_the_declarations_come_without_torch_and_notebooks():
    code = (
        "import sys, unravelling.checks.registry, unravelling.checks.declare; "
        "assert not {'torch', 'IPython', 'ipywidgets'} & set(sys.modules); "
        "unravelling.checks.registry.load('04.1'); import unravelling.checks.engine; "
        "assert not {'IPython', 'ipywidgets'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_numpy_answers_inside_a_tuple_are_named_too():
    verdict = run(PREVIOUS, lambda T: (numpy.eye(T), numpy.eye(T)))
    assert verdict.symptom.startswith("Your W_q is a numpy.ndarray, not a torch tensor")


@pytest.mark.parametrize("least", [-30.0, -700.0])
def test_no_number_however_large_passes_for_infinity(least):
    """A model that held a token for impossible is infinitely surprised, and no floor under its logarithms is that."""

    def floored(log_probs):
        return PERPLEXITY.reference([max(float(each), least) for each in log_probs])

    verdict = run(PERPLEXITY, floored)
    assert verdict.status == "wrong" and "three tokens, one of them impossible" in verdict.symptom
    assert verdict.misconception == ""  # others give infinity there; a finite number is not like theirs


@pytest.mark.parametrize("number", [1.0, -math.inf, math.nan])
def test_only_infinity_is_the_same_as_infinity(number):
    assert same(math.inf, math.inf, 1e-4) and same(math.nan, math.nan, 1e-4)
    assert not same(number, math.inf, 1e-4) and not same(math.inf, number, 1e-4)


@exercise("00.9", points=1, difficulty=1, minutes=1)
class Doubled:
    functions = ("f",)
    hints = ("a", "b", "c")

    def cases(rng):
        yield Case("one", x=1.0)
        yield Case("three", x=3.0)
        yield LastCase("a hundred", x=100.0)

    def reference(x):
        return 2 * x

    @misconception("You square. What is twice 3?")
    def squared(x):
        return x * x if x < 50 else 0.0


def test_a_last_case_says_nothing_of_an_answer_that_is_wrong_before_it():
    assert run(Doubled, lambda x: x * x).cause == "You square. What is twice 3?"
    assert "a hundred" in run(Doubled, lambda x: 2 * x if x < 50 else x * x).symptom
    assert run(Doubled, lambda x: 2 * x).passed


def test_a_probes_own_sentence_is_not_taken_for_a_line_of_the_learners():
    exercise = registry.load("01.4")
    verdict = run(exercise, (lambda tokens, n, alpha, vocab: 1, exercise.reference.interpolate))
    assert verdict.symptom.startswith("ngram_model returned a value of type int;")
    assert "your cell" not in verdict.plain()

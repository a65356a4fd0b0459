"""What is said when code stops, calls a stub, cannot learn, or calls what it should do without."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.checks.proofs import given, outcome
from tests.checks.test_engine import ATTENTION, HEADS, LAYER, MASK, PREVIOUS, ROTARY, SOFTMAX, pasted
from unravelling.checks import registry
from unravelling.checks.compare import Written, describe, structure
from unravelling.checks.engine import run
from unravelling.checks.relations import _rounded

EXERCISES = Path(__file__).parents[2] / "authoring/04_attention/exercises.md"


# What is a stub, and whose


@pytest.mark.parametrize(
    "line", ["torch.softmax(torch.arange(T), 0)", "torch.ones(T, T).bool() @ torch.ones(T, T).bool()"]
)
def test_torchs_own_not_implemented_error_is_a_mistake_and_no_stub(line):
    verdict = run(MASK, pasted(f"def causal_mask(T):\n    return {line}\n", "causal_mask"))
    assert verdict.status == "wrong"
    assert "NotImplementedError" in verdict.symptom
    assert "not implemented for" in verdict.symptom


@pytest.mark.parametrize("line", ["raise NotImplementedError", "raise NotImplementedError('04.2 is not solved yet')"])
def test_a_raise_of_her_own_is_a_stub(line):
    verdict = run(MASK, pasted(f"def causal_mask(T):\n    {line}\n", "causal_mask"))
    assert verdict.status == "unsolved"
    assert verdict.plain().startswith("04.2 causal_mask is not solved yet: replace the line")


def test_a_finished_layer_is_not_blamed_for_the_stub_that_it_calls():
    source = """
        def split_heads(x, h):
            raise NotImplementedError("04.3 is not solved yet")

        class MultiHeadAttention(Right):
            def forward(self, x, mask=None):
                return split_heads(x, self.h)
    """
    source = "\n".join(line[8:] for line in source.splitlines())
    source = source.replace("(Right)", "(nn.Module)").replace("    def forward", BUILT + "    def forward")
    verdict = run(LAYER, pasted(source, "MultiHeadAttention"))
    assert verdict.status == "unsolved"
    assert verdict.plain() == "Your code calls split_heads, which is still the stub of 04.3: solve that first."


BUILT = """    def __init__(self, d, h):
        super().__init__()
        self.h = h
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(d, d))

"""


# What was raised


def test_a_kind_of_value_error_is_a_value_error():
    class WidthError(ValueError):
        pass

    def split_heads(x, h):
        if x.shape[-1] % h:
            raise WidthError("the width does not divide")
        return HEADS.reference.split_heads(x, h)

    assert run(HEADS, (split_heads, HEADS.reference.merge_heads)).passed


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (None, "Your function returned None; here it should raise ValueError"),
        (ValueError("no"), "Your function returned ValueError; here it should raise ValueError"),
    ],
)
def test_returning_where_an_error_is_asked_for_is_said_to_be_that(made, said):
    def split_heads(x, h):
        return made if x.shape[-1] % h else HEADS.reference.split_heads(x, h)

    verdict = run(HEADS, (split_heads, HEADS.reference.merge_heads))
    assert verdict.symptom.startswith(said)
    assert "Your code stopped" not in verdict.plain()
    assert (verdict.look_at == "the word before it: raise, not return") == (made is not None)
    scope = HEADS.parts(HEADS.reference) | {"split_heads": split_heads}
    exec(verdict.cell, scope)
    assert scope["result"] is made


def test_an_error_raised_by_hand_is_not_taken_for_torchs_complaint():
    source = "def split_heads(x, h):\n    if x.shape[-1] % h:\n        raise RuntimeError('bad')\n"
    source += "    return x.unflatten(-1, (h, -1)).transpose(1, 2)\n"
    verdict = run(HEADS, (pasted(source, "split_heads"), HEADS.reference.merge_heads))
    assert "with RuntimeError: bad; it should raise ValueError" in verdict.symptom
    assert verdict.misconception == ""


@pytest.mark.parametrize(
    ("body", "look"),
    [
        ("return x @ torch.zeros(7, 7)", "line 2: print the shapes of what it uses"),
        ("return x / missing", "line 2 of your cell"),
        ("raise ValueError('the size is wrong')", "line 2 of your cell"),
        ("return x.max(0).exp()", "line 2: one of its values is a tuple; two things that come back need two names"),
        ("return x @ (x, x)", "line 2: one of its values is a tuple; two things that come back need two names"),
    ],
)
def test_where_to_look_fits_the_error(body, look):
    verdict = run(SOFTMAX, pasted(f"def softmax(x, dim=-1):\n    {body}\n", "softmax"))
    assert verdict.look_at.startswith(look)
    assert verdict.symptom.endswith(").")


def test_an_error_without_a_message_is_named_without_a_colon():
    verdict = run(SOFTMAX, pasted("def softmax(x, dim=-1):\n    raise ValueError\n", "softmax"))
    assert verdict.came_back == "ValueError"


def test_what_was_printed_is_shown_once():
    def softmax(x, dim=-1):
        print("here")
        return x

    assert run(SOFTMAX, softmax).printed == "here\n"


# Parameters


def test_a_star_in_the_parameters_is_shown():
    verdict = run(ATTENTION, lambda q, k, v, *, mask=None: None)
    assert (
        verdict.symptom
        == "scaled_dot_product_attention takes (q, k, v, *, mask=None); it should take (q, k, v, mask=None)."
    )


def test_parameters_that_changed_places_are_noticed_by_their_names():
    verdict = run(ROTARY, lambda positions, x, base=10000.0: x)
    assert (
        verdict.symptom == "rotary takes (positions, x, base=10000.0); the right order is (x, positions, base=10000.0)."
    )


# Without torch's own


@pytest.mark.parametrize("handed_in", [torch.softmax, nn.functional.softmax, torch.special.softmax])
def test_torchs_own_handed_in_is_refused_by_name(handed_in):
    verdict = run(SOFTMAX, handed_in)
    assert verdict.kind == "forbidden"
    assert "softmax, which this exercise asks you to do without" in verdict.symptom


@pytest.mark.parametrize(
    "hidden",
    [
        lambda x, dim: torch.ops.aten.softmax(x, dim),
        lambda x, dim: torch.sparse.softmax(x.to_sparse(), dim),
        lambda x, dim: torch.ops.aten._log_softmax(x, dim, False).exp(),
    ],
)
def test_torchs_own_is_found_below_its_python_names(hidden):
    verdict = run(SOFTMAX, lambda x, dim=-1: hidden(x, dim))
    assert verdict.kind == "forbidden"
    assert "softmax, which this exercise asks you to do without" in verdict.symptom


# Layers that learn


@pytest.mark.parametrize("cut", ["q", "k", "v"])
def test_an_attention_that_a_gradient_cannot_cross_is_refused(cut):
    def attention(q, k, v, mask=None):
        inputs = {"q": q, "k": k, "v": v}
        return ATTENTION.reference(**inputs | {cut: inputs[cut].detach()}, mask=mask)

    verdict = run(ATTENTION, attention)
    assert verdict.symptom.startswith(f"The values are right, but no gradient comes back from your output to {cut}: ")
    right, theirs = (outcome(verdict.cell, ATTENTION, each) for each in (ATTENTION.reference, attention))
    assert all(isinstance(each, torch.Tensor) for each in right)
    assert [each is None for each in theirs] == [name == cut for name in "qkv"]


def test_weights_returned_without_their_gradients_are_accepted():
    def attention(q, k, v, mask=None):
        output, weights = ATTENTION.reference(q, k, v, mask)
        return output, weights.detach()

    assert run(ATTENTION, attention).passed


def test_wrong_values_are_named_before_missing_gradients():
    verdict = run(ATTENTION, lambda q, k, v, mask=None: ATTENTION.reference(q.detach(), k, v))
    assert verdict.misconception == "mask_ignored"


def test_a_layer_under_no_grad_is_refused():
    class NoGrad(LAYER.reference):
        @torch.no_grad()
        def forward(self, x, mask=None):
            return super().forward(x, mask)

    assert run(LAYER, NoGrad).symptom.startswith("No gradient comes back from the output to q_proj.weight, ")


def test_a_layer_is_judged_alike_where_gradients_are_switched_off():
    with torch.no_grad():
        assert run(LAYER, LAYER.reference).passed
        assert run(ATTENTION, ATTENTION.reference).passed


# Heads that are not those of the case


def test_a_merge_that_remembers_what_was_split_is_found_out():
    seen = []

    def split_heads(x, h):
        seen[:] = [x]
        return HEADS.reference.split_heads(x, h)

    verdict = run(HEADS, (split_heads, lambda x: seen[0].clone()))
    assert verdict.symptom.startswith("Your merge_heads of 3 heads has shape (1, 2, 4), not (1, 2, 12)")
    assert verdict.cause == ""


def test_a_merge_with_a_number_of_heads_from_outside_is_found_out():
    h = [2]

    def split_heads(x, heads):
        h[0] = heads
        return HEADS.reference.split_heads(x, heads)

    verdict = run(HEADS, (split_heads, lambda x: x.transpose(1, 2).reshape(x.shape[0], x.shape[2], h[0] * x.shape[3])))
    assert verdict.status == "wrong"


# A head by hand


def test_a_right_answer_may_be_another_one_at_each_call():
    verdict = run(PREVIOUS, next(each for each in PREVIOUS.alternatives if "random" in each.name).solution)
    assert verdict.passed


def test_an_answer_that_is_right_only_the_first_time_is_not():
    calls = []

    def sometimes(T):
        calls.append(T)
        W_q, W_k = PREVIOUS.reference(T)
        return (W_q, W_k) if len(calls) % 2 else (W_k, W_q)

    assert "Position 1 gives position 0" in run(PREVIOUS, sometimes).symptom
    calls.clear()
    assert "shape" in run(PREVIOUS, lambda T: PREVIOUS.reference(T + len(calls) % 2 + (calls.append(T) or 0))).symptom


def test_scores_beyond_float32_are_refused_though_they_are_finite_in_double():
    verdict = run(PREVIOUS, lambda T: (1e30 * torch.eye(T), 1e30 * torch.diag(torch.ones(T - 1), -1)))
    assert verdict.symptom.startswith("The weights of position 1 are NaN: one of its scores is too large for float32")


@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bfloat16])
def test_matrices_of_another_kind_of_float_are_refused(kind):
    verdict = run(PREVIOUS, lambda T: tuple(each.to(kind) for each in PREVIOUS.reference(T)))
    assert verdict.symptom.startswith(f"W_q is {kind}. The positions torch.eye(T) are torch.float32")


def test_matrices_without_rows_are_refused():
    assert "at least 1" in run(PREVIOUS, lambda T: (torch.zeros(0, T), torch.zeros(0, T))).symptom


def test_the_cell_that_puts_04_6_to_use_takes_every_answer_that_passes():
    text = EXERCISES.read_text("utf-8")
    lines = re.search(r"( +W_q, W_k = previous_token_weights\(T\)\n.*? mine = [^\n]+\n)", text, re.DOTALL)[1]
    code = compile("\n".join(line.strip() for line in lines.splitlines()), "<put to use>", "exec")
    for each in (PREVIOUS.reference, *(alternative.solution for alternative in PREVIOUS.alternatives)):
        assert run(PREVIOUS, given(PREVIOUS, each)).passed
        for T in range(2, 65):
            scope = {"torch": torch, "previous_token_weights": each, "T": T}
            exec(code, scope)
            assert scope["mine"].diagonal(offset=-1).min() >= 0.99


# How it is said


@pytest.mark.parametrize(
    ("id", "made", "came_back"),
    [
        ("01.1", None, "None"),
        ("01.1", 0, "0"),
        ("01.1", [], "[]"),
        ("01.1", "counts", "'counts'"),
        ("01.2", None, "None"),
        ("01.2", [0.25, 0.75], "[0.25, 0.75]"),
    ],
)
def test_what_came_back_stands_as_python_writes_it(id, made, came_back):
    exercise = registry.load(id)
    solution = eval(f"lambda {', '.join(inspect.signature(exercise.reference).parameters)}: {made!r}")
    assert run(exercise, solution).came_back == came_back


def test_the_cell_of_a_plain_wrong_value_is_one_call():
    verdict = run(registry.load("01.1"), lambda tokens, n: {("a",): dict.fromkeys(tokens, 1)})
    assert verdict.cell.splitlines()[:3] == ["text = 'a b a b'", "n = 2", "result = ngram_counts(text.split(), n)"]
    assert len(verdict.cell.splitlines()) == 4 and verdict.cell.splitlines()[3].startswith("result  # asked: ")


def test_a_part_whose_name_is_a_plural_has_a_verb_that_fits():
    clip, rnn = registry.load("03.3"), registry.load("03.1")
    for made, said in ((torch.ones(2), "one tensor"), ("x", "a str"), ([], "an empty list")):
        assert run(clip, lambda grads, max_norm, made=made: made).symptom.startswith(f"You returned {said}; a list of")
    for made, said in ((1.5, "are a float, not"), (torch.ones(1), "have shape (1,), not")):
        assert f"Your scores {said}" in next(structure(made, torch.ones(2), "scores", True)).symptom
        assert (
            f"Your loss {said.replace('are', 'is').replace('have', 'has')}"
            in next(structure(made, torch.ones(2), "loss", True)).symptom
        )
    assert "Your h is" in run(rnn, lambda x, h, w_x, w_h, b: 1.5).symptom


def test_one_decimal_is_not_called_decimals():
    perplexity = registry.load("01.3")
    verdict = run(perplexity, lambda log_probs: round(perplexity.reference(log_probs), 1))
    assert "1 decimals" not in verdict.plain()
    assert (
        _rounded([(1.3, 1.3333), (2.5, 2.5417)]) == "Every number is the right one, rounded to 1 decimal. Do not round."
    )


def test_a_perplexity_below_1_is_told_from_1():
    verdict = run(registry.load("01.3"), lambda log_probs: 0.9998)
    assert verdict.symptom.startswith(
        "Your perplexity is 0.9998, but it cannot be below 1: 1 means certain of every token"
    )


def test_only_what_a_probe_has_written_stands_without_quotation_marks():
    assert describe(Written("{'a': 1}")) == "{'a': 1}"
    assert describe("{'a': 1}") == repr("{'a': 1}")  # a text of the learner's own

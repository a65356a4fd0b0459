"""The proofs of proofs.py complain about exercises that were broken on purpose, so their silence means something."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.checks import proofs
from tests.checks.distinct_numbers import confusable
from tests.checks.mutants import TooSlow, mutated, time_limit
from tests.checks.needed_properties import properties_are_needed
from unravelling.checks import registry
from unravelling.checks.declare import (
    Alternative,
    Case,
    DeclarationError,
    Misconception,
    Property,
    exercise,
    share,
)
from unravelling.checks.engine import run


@pytest.fixture(params=["00.1", "04.1", "04.2", "04.3", "04.4"])
def sound(request):
    return registry.load(request.param)


def test_a_check_without_its_properties_and_reference_lets_misconceptions_and_mutants_pass(sound):
    blind = replace(sound, properties=(), compares=False, shapes=False, forbids=())
    assert any("passes" in complaint for complaint in proofs.misconceptions_are_named(blind))
    count, alive = proofs.survivors(blind)
    assert 1 - len(alive) / count < 0.95


@pytest.mark.parametrize("id", ["04.5", "04.6"])
def test_a_check_by_properties_alone_lets_misconceptions_pass_without_them(id):
    whole = registry.load(id)
    blind = replace(whole, properties=())
    assert any("passes" in complaint for complaint in proofs.misconceptions_are_named(blind))
    assert any("has none" in complaint for complaint in proofs.declaration_is_complete(blind))


def test_values_that_are_not_plain_are_noticed(sound):
    foreign = replace(sound, probe=lambda solution, **inputs: object())
    complaints = proofs.values_are_plain(foreign)
    assert len(complaints) == len(sound.cases())
    assert complaints[0].endswith("brings back object")


def test_a_value_that_is_not_itself_when_it_is_read_is_noticed(sound, monkeypatch):
    monkeypatch.setattr(proofs.torch, "load", lambda box, weights_only: {"result": "another"})
    assert len(proofs.values_are_plain(sound)) == len(sound.cases())


def test_a_misconception_given_twice_is_noticed(sound):
    first = sound.misconceptions[0]
    twice = replace(sound, misconceptions=(*sound.misconceptions, Misconception("again", "Why?", first.solution)))
    assert proofs.misconceptions_differ(twice) == [f"{first.name} and again agree on all cases"]
    assert any("is taken for" in complaint for complaint in proofs.misconceptions_are_named(twice))


def test_a_misconception_that_is_right_is_noticed(sound):
    right = replace(sound, misconceptions=(Misconception("right", "Why?", sound.reference),))
    assert any("right passes" in complaint for complaint in proofs.misconceptions_are_named(right))


def test_an_alternative_that_is_wrong_is_noticed(sound):
    wrong = replace(sound, alternatives=(Alternative("wrong", sound.misconceptions[0].solution),))
    assert any(complaint.startswith("wrong fails") for complaint in proofs.right_answers_pass(wrong))
    assert any("fewer than two" in complaint for complaint in proofs.declaration_is_complete(wrong))


def test_a_slow_case_is_drawn_from_one_seed_and_the_others_from_all(monkeypatch):
    drawn = []

    def cases(rng):
        drawn.append(rng.initial_seed())
        yield Case("quick", T=2)
        yield Case("slow", slow=True, T=3)

    asked = []
    whole = registry.load("04.2")
    known = replace(whole, make_cases=cases, alternatives=(), reference=lambda T: asked.append(T) or whole.reference(T))
    assert proofs.right_answers_pass(known) == []
    assert set(drawn) == set(proofs.SEEDS)
    assert asked.count(2) > 10 * asked.count(3) > 0
    for fails, seed in ((3, 0), (2, 7)):
        wrong = Alternative("wrong", lambda T, at=fails: 1 / 0 if at == T else whole.reference(T))
        monkeypatch.setattr(proofs, "SEEDS", range(seed, 20))
        assert proofs.right_answers_pass(replace(known, alternatives=(wrong,)))[0].startswith("wrong fails")


def test_too_few_misconceptions_repeated_hints_and_missing_questions_are_noticed(sound):
    poor = replace(
        sound,
        asks="",
        because="",
        hints=("a", "a", "a"),
        misconceptions=(replace(sound.misconceptions[0], sentence="Wrong."),) * 2,
    )
    complaints = "; ".join(proofs.declaration_is_complete(poor))
    for part in (
        "fewer than three",
        "three different hints",
        "what is asked",
        "no question",
        "the same sentence",
        "why a right answer",
    ):
        assert part in complaints


def test_a_stub_that_does_nothing_wrong_is_not_called_unsolved(sound, monkeypatch):
    monkeypatch.setattr(proofs, "stub_of", lambda exercise: exercise.reference)
    assert proofs.stub_is_unsolved(sound)


def test_a_cell_that_does_not_show_the_failure_is_noticed():
    whole = registry.load("04.3")
    mute = replace(whole, show=lambda case: "result = 1")
    assert len(proofs.cells_show_the_failure(mute)) == len(whole.misconceptions)


OUTSIDE = 3


def leaning_probe(solution, T):
    return solution(OUTSIDE)


def test_a_probe_that_leans_on_its_module_is_noticed():
    whole = registry.load("04.2")
    leaning = replace(whole, probe=leaning_probe, properties=())
    assert proofs.probe_stands_alone(leaning)


def peeping_probe(solution, T):
    from unravelling.checks.attention import causal_mask  # noqa: F401

    return solution(T)


def test_a_probe_that_imports_what_a_sandbox_hides_is_noticed():
    peeping = replace(registry.load("04.2"), probe=peeping_probe, properties=())
    assert any("no kernel may read" in complaint for complaint in proofs.probe_stands_alone(peeping))


def measuring_probe(solution, T):
    from unravelling.checks.instruments.optional_torch import torch

    return solution(T) & torch.tensor(True)


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("from ..registry import load", "unravelling.checks.registry"),
        ("from .. import registry", "unravelling.checks"),
        ("def late():\n    import unravelling.checks.engine", "unravelling.checks.engine"),
        ("from unravelling.models import load", "unravelling.models"),
        ("import torch\nfrom . import plain\nfrom .plain import plain\nfrom math import pi", ""),
    ],
)
def test_an_instrument_that_imports_what_a_sandbox_hides_is_noticed(text, leans, monkeypatch, tmp_path):
    measuring = replace(registry.load("04.2"), probe=measuring_probe, properties=())
    assert proofs.probe_stands_alone(measuring) == []
    (tmp_path / "scales.py").write_text(text, "utf-8")
    monkeypatch.setattr(proofs, "ROOM", tmp_path)
    complaints = [f"scales.py imports {leans}, which no kernel may read"] if leans else []
    assert proofs.probe_stands_alone(measuring) == complaints


def test_a_share_that_another_function_can_spoil_is_noticed():
    whole = registry.load("04.3")
    split, merge = whole.shares
    spoilt = replace(whole, shares=(split, replace(merge, probe=whole.probe)))
    assert any("right are ()" in complaint for complaint in proofs.shares_tell_functions_apart(spoilt))
    blind = replace(whole, shares=(split, replace(merge, probe=lambda solution, x, h: None)))
    assert any("with merge_without_transpose" in each for each in proofs.shares_tell_functions_apart(blind))


def test_inputs_in_another_order_than_the_parameters_are_noticed():
    whole = registry.load("04.1")
    q = torch.zeros(1, 1)
    turned = replace(whole, make_cases=lambda rng: iter([Case("turned", k=q, q=q, v=q)]))
    assert any("parameters are" in complaint for complaint in proofs.declaration_is_complete(turned))


def test_a_property_that_nothing_needs_and_no_card_tells_of_is_noticed():
    whole = registry.load("04.6")
    last = whole.properties[-1]
    twice = replace(whole, properties=(*whole.properties, replace(last, name="again")))
    assert properties_are_needed(whole, {}) == []
    needless = [f"{name} catches nothing that others do not" for name in ("again", last.name)]
    assert properties_are_needed(twice, {}) == needless
    assert properties_are_needed(twice, {"again": last.name}) == [
        f"{last.name} catches nothing that others do not",
        "again is told on no card",
    ]
    mute = Property("mute", "nothing", lambda case, result: None)
    for each in (whole, registry.load("04.2")):  # judged by properties, and compared
        silent = replace(each, properties=(*each.properties, mute))
        assert properties_are_needed(silent, {}) == ["mute catches nothing that others do not"]


def test_a_reason_to_keep_a_property_that_is_not_true_is_noticed():
    whole = registry.load("04.6")
    complaints = properties_are_needed(whole, {"float32": "same_width", "gone": "value"})
    assert "float32 catches an answer that same_width lets pass" in complaints
    assert "gone is listed and is no property" in complaints


def test_numbers_that_are_the_same_in_all_cases_of_a_kind_are_noticed():
    whole = registry.load("04.1")

    def confused(*cases):
        return confusable(replace(whole, make_cases=lambda rng: iter(cases)))

    def case(r, alpha, width=5):
        return Case("drawn", r=r, alpha=alpha, text="a b c", x=torch.arange(3.0 * width).view(3, width))

    assert confused(case(4, 4.0), case(8, 8.0)) == {"drawn: r = alpha", "drawn: words(text) = x[-2]"}
    assert confused(case(4, 4.0), case(8, 16.0, width=8)) == {"drawn: words(text) = x[-2]"}
    assert confused(Case("of no scale", scale=1, table=torch.zeros(3, 2))) == {
        "scale is always 0 or 1",
        "table is always 0 or 1",
    }


def test_numbers_that_are_one_by_the_docstring_are_not_called_confusable():
    square = replace(registry.load("04.1"), make_cases=lambda rng: iter([Case("square", x=torch.eye(3))]))
    assert confusable(square) == {"square: x[-2] = x[-1]"}
    assert confusable(square, ["x[-1] x[-2]"]) == set()


def test_a_mutant_that_never_ends_is_stopped():
    with pytest.raises(TooSlow), time_limit(0.2):
        while True:
            pass


def test_mutants_differ_from_their_original_and_from_each_other():
    changes = list(mutated(registry.load("04.1").reference))
    assert len(changes) > 50
    assert any("softmax(scores, dim=-2)" in change for change, _ in changes)
    assert any("softmax(scores, dim=-0)" in change for change, _ in changes)
    assert any(change.startswith("without: scores") for change, _ in changes)
    assert any("q @ k / sqrt" in change for change, _ in changes)
    assert any("k.transpose(-2, -1) @ q" in change for change, _ in changes)


@pytest.mark.parametrize("left_out", ["functions", "hints", "cases", "reference"])
def test_a_declaration_that_lacks_something_is_refused_with_a_sentence(left_out):
    body = {"functions": ("f",), "hints": ("a", "b", "c"), "cases": lambda rng: [], "reference": lambda x: x}
    del body[left_out]
    with pytest.raises(DeclarationError, match=f"declares no `{left_out}`"):
        exercise("09.1", points=1, difficulty=1, minutes=1)(type("Body", (), body))


def test_a_declaration_with_two_hints_is_refused():
    body = {"functions": ("f",), "hints": ("a", "b"), "cases": lambda rng: [], "reference": lambda x: x}
    with pytest.raises(DeclarationError, match="three hints"):
        exercise("09.1", points=1, difficulty=1, minutes=1)(type("Body", (), body))


def test_a_class_with_one_reference_missing_is_refused():
    body = {
        "functions": ("f", "g"),
        "hints": ("a", "b", "c"),
        "cases": lambda rng: [],
        "reference": type("r", (), {"f": abs}),
    }
    with pytest.raises(DeclarationError, match="lacks g"):
        exercise("09.1", points=1, difficulty=1, minutes=1)(type("Body", (), body))


@pytest.mark.parametrize(
    ("shares", "says"), [({"f": 1}, "a @share for each of f, g"), ({"f": 1, "g": 2}, "add up to 2")]
)
def test_several_functions_without_points_of_their_own_are_refused(shares, says):
    body = {"functions": ("f", "g"), "hints": ("a", "b", "c"), "cases": lambda rng: []}
    body["reference"] = type("r", (), {"f": abs, "g": abs})
    for name, points in shares.items():
        probe = lambda solution: None  # noqa: E731
        probe.__name__ = name
        body[f"{name}_alone"] = share(points=points)(probe)
    with pytest.raises(DeclarationError, match=says):
        exercise("09.1", points=2, difficulty=1, minutes=1)(type("Body", (), body))


def test_a_wrong_tolerance_lets_errors_pass():
    """The tolerance is what separates a slightly wrong answer from a right one."""
    whole = registry.load("04.1")

    def slightly_wrong(q, k, v, mask=None):
        output, weights = whole.reference(q, k, v, mask)
        return output + 1e-3, weights

    assert not run(whole, slightly_wrong).passed
    assert run(replace(whole, tolerance=1e2, properties=()), slightly_wrong).passed

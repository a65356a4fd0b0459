"""Character n-grams are probabilities, and the ones that the formulas say."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import pytest

from unravelling.language_models import STAND_IN, CharacterNGrams, Counts, bits_per_character

# Begins as it never goes on: these first n-grams have nothing before them, which Kneser-Ney counts.
TEXT = "Yes, the cat sat on the mat. the rat sat on the cat, and that was that."
CONTEXTS = ["", "t", "th", "the c", "zzz", "\n", "at on the", "the cat sat on the mat", "é", "🙂🙂", "שלום"]
ORDERS = [1, 2, 3, 4, 5, 8]
SMOOTHINGS = [None, 0, 1e-4, 0.5, 100]


def slow(text: str, order: int, context: str, character: str, alphabet, alpha: float | None) -> float:
    """The same model from the definition: search the text anew for every count. Characters must be in the alphabet."""
    context = context[len(context) - (order - 1) :] if len(context) >= order else context
    if order == 1:
        context = ""

    def seen(gram: str) -> int:
        return sum(text.startswith(gram, at) for at in range(len(text)))

    if alpha is not None:
        total = sum(seen(context + c) for c in alphabet)
        if total + alpha == 0:
            return 1 / len(alphabet)
        return (seen(context + character) + alpha) / (total + alpha * len(alphabet))

    def preceders(gram: str) -> int:
        return len({text[at - 1] for at in range(1, len(text)) if text.startswith(gram, at)})

    def level(count, gram_length: int) -> float:
        of_counts = Counter(count(g) for g in {text[i : i + gram_length] for i in range(len(text) - gram_length + 1)})
        return of_counts[1] / (of_counts[1] + 2 * of_counts[2]) if of_counts[1] and of_counts[2] else 0.5

    def p(h: str, count) -> float:
        below = p(h[1:], preceders) if h else 1 / len(alphabet)
        counts = {c: count(h + c) for c in alphabet}
        total = sum(counts.values())
        if total == 0:
            return below
        discount = level(count, len(h) + 1)
        kinds = sum(n > 0 for n in counts.values())
        return max(counts[character] - discount, 0) / total + discount * kinds / total * below

    return p(context, seen)


@pytest.mark.parametrize("alpha", SMOOTHINGS)
@pytest.mark.parametrize("order", ORDERS)
def test_probabilities_sum_to_one_after_any_context(order, alpha):
    model = CharacterNGrams(order, TEXT, alpha=alpha)
    for context in CONTEXTS:
        found = model.distribution(context)
        assert tuple(found) == model.alphabet
        assert math.isclose(sum(found.values()), 1, abs_tol=1e-9)
        assert min(found.values()) >= 0
        assert alpha == 0 or min(found.values()) > 0


@pytest.mark.parametrize("alpha", SMOOTHINGS)
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_are_those_of_a_slow_model_written_from_the_definition(order, alpha):
    model = CharacterNGrams(order, TEXT, alpha=alpha)
    for context in ["", "t", "Y", "Yes", "th", "the c", "xq", "at on the", "the cat sat on the mat"]:
        for character in "t hac.e":
            wanted = slow(TEXT, order, context, character, model.alphabet, alpha)
            assert math.isclose(model.probability(context, character), wanted, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize("alpha", SMOOTHINGS)
@pytest.mark.parametrize("order", ORDERS)
def test_the_logarithms_of_a_text_are_those_of_its_characters_one_by_one(order, alpha):
    model = CharacterNGrams(order, TEXT, alpha=alpha)
    text = "the bat sat.\n🙂 שלום the cat" + STAND_IN
    logs = model.log_probabilities(text)
    assert len(logs) == len(text)
    for at, character in enumerate(text[:-1]):
        p = model.probability(text[:at], character)
        assert logs[at] == -math.inf if p == 0 else math.isclose(math.exp(logs[at]), p, rel_tol=1e-9)


def test_two_strangers_share_the_probability_of_the_stand_in_equally():
    model = CharacterNGrams(3, TEXT)
    assert model.probability("th", "🙂") == model.probability("th", "א") > 0
    whole = model.probability("th", STAND_IN)
    assert math.isclose(model.probability("th", "🙂") * model.replaced, whole)
    assert model.replaced + len(model.alphabet) - 1 == 1_112_064, "all that Unicode can write"


def test_an_enormous_alpha_makes_all_characters_equally_probable():
    found = CharacterNGrams(3, TEXT, alpha=1e12).distribution("th")
    assert math.isclose(max(found.values()), min(found.values()), rel_tol=1e-6)


def test_the_order_is_how_far_back_a_model_looks():
    for order in (1, 2, 3, 4):
        model = CharacterNGrams(order, TEXT)
        kept = "the cat"[len("the cat") - (order - 1) :]
        assert model.distribution("zz" + kept) == model.distribution("the cat") == model.distribution(kept)
        if order > 1:
            assert model.distribution("x" + kept[1:]) != model.distribution("the cat")


def test_a_context_at_the_start_of_a_text_is_read_by_the_model_of_the_shorter_order():
    counts = Counts(TEXT, most=5)
    for alpha in (None, 0.1):
        long, short = (CharacterNGrams.from_counts(counts, order, alpha) for order in (5, 3))
        assert long.distribution("th") == short.distribution("th")


@pytest.mark.parametrize("alpha", [None, 0.3])
def test_shared_counts_give_the_same_model_as_counts_of_its_own(alpha):
    counts = Counts(TEXT, most=6)
    for order in (1, 3, 6):
        shared, own = CharacterNGrams.from_counts(counts, order, alpha), CharacterNGrams(order, TEXT, alpha=alpha)
        assert shared.log_probabilities("that cat") == own.log_probabilities("that cat")


def test_a_sample_has_the_frequencies_of_the_model():
    model = CharacterNGrams(2, TEXT)
    rng = random.Random(5)
    drawn = Counter(model.sample("t", 1, rng) for _ in range(4000))
    known = model.distribution("t")
    readable = 1 - known[STAND_IN]
    for character, p in known.items():
        if character != STAND_IN:
            expected = p / readable
            assert abs(drawn[character] / 4000 - expected) < 4 * math.sqrt(expected / 4000) + 1e-3
    assert STAND_IN not in drawn


def test_sampling_goes_on_from_what_it_wrote_and_takes_either_kind_of_generator():
    model = CharacterNGrams(8, TEXT, alpha=0)
    assert model.sample("the mat. the r", 12, random.Random(1)) == "at sat on the"[:12]
    assert len(model.sample("", 30, np.random.default_rng(1))) == 30
    assert model.sample("the", 0, random.Random(1)) == ""
    assert len(CharacterNGrams(3, "🙂").sample("", 5, random.Random(1))) == 5


def test_counts_say_what_followed_a_context():
    counts = Counts(TEXT, most=4)
    assert counts.after("sat") == {" ": 2}
    assert counts.after("on the") == counts.after("the") == {" ": 4}, "four is the most, so three before it"
    assert counts.after("the ") == {"c": 2, "m": 1, "r": 1}
    assert list(counts.after("the ").values()) == [2, 1, 1]
    assert sum(counts.after("").values()) == len(TEXT) == counts.characters
    assert counts.after("zz") == {}
    assert counts.contexts(1) == 1
    assert counts.contexts(3) == len({TEXT[i : i + 2] for i in range(len(TEXT) - 2)})


def test_contexts_never_seen_are_found():
    counts = Counts(TEXT, most=3)
    unseen = counts.unseen("thx th", 3)
    assert unseen.tolist() == [False, False, False, True, True, False]
    assert not counts.unseen("anything", 1).any()


def test_the_end_of_the_text_is_no_context_that_was_seen():
    counts = Counts("aaab", most=2)
    assert counts.unseen("ba", 2).tolist() == [False, True]
    assert counts.contexts(2) == 1
    assert math.isclose(sum(CharacterNGrams.from_counts(counts, 2).distribution("b").values()), 1)


@pytest.mark.parametrize(
    "text",
    ["a", "\n", "🙂", "👩‍👩‍👧‍👦 family", "שלום עולם", "مرحبا", "\x00\ud800", "aaaa", " " * 100, "é́" * 20],
)
@pytest.mark.parametrize("alpha", [None, 0.01])
def test_strange_texts_can_be_learnt_from_and_scored(text, alpha):
    for order in (1, 2, 5):
        from_it, of_it = CharacterNGrams(order, text, alpha=alpha), CharacterNGrams(order, TEXT, alpha=alpha)
        assert math.isfinite(bits_per_character(from_it, TEXT))
        assert math.isfinite(bits_per_character(from_it, text))
        assert math.isfinite(bits_per_character(of_it, text))


def test_fifty_thousand_pasted_characters_are_scored():
    pasted = "".join(random.Random(2).choices("abc de🙂fש\n", k=50_000))
    assert math.isfinite(bits_per_character(CharacterNGrams(5, TEXT), pasted))
    assert bits_per_character(CharacterNGrams(5, pasted), pasted) < 3.5, "ten characters, equally often: 3.32 bits"


@pytest.mark.parametrize("order", [0, 9, 2.0, True, "3", None])
def test_an_order_that_there_is_not_is_refused_with_a_sentence(order):
    with pytest.raises(ValueError, match="must be a whole number from 1 to 8"):
        CharacterNGrams(order, TEXT)


def test_other_bad_input_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match="The text is empty"):
        CharacterNGrams(2, "")
    with pytest.raises(ValueError, match="must be a whole number from 1 to 3"):
        CharacterNGrams.from_counts(Counts(TEXT, most=3), 4)
    with pytest.raises(ValueError, match="no smoothing 'good-turing'"):
        CharacterNGrams(2, TEXT, smoothing="good-turing")
    with pytest.raises(ValueError, match="One character"):
        CharacterNGrams(2, TEXT).probability("t", "he")
    for alpha in (-1, math.nan, math.inf, "much"):
        with pytest.raises(ValueError, match="alpha must be a number of at least 0"):
            CharacterNGrams(2, TEXT, alpha=alpha)

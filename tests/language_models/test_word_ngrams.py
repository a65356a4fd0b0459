"""The keyboard's suggestions are counts from the text, and say so."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from unravelling.language_models import Suggestion, WordNGrams, words_of

TEXT = (
    "The capital of France is Paris. The capital of Spain is Madrid, the capital of France is old. "
    "In the capital of Italy we didn't stop.\n\nThe capital is far."
)


def test_words_are_cut_with_their_apostrophes_and_marks_stand_alone():
    assert words_of("We didn't go, it’s 3.5 km (ice-cold).\n\nÉté 2") == [
        *["We", "didn't", "go", ",", "it’s", "3.5", "km", "ice-cold", ".", "\n\n", "Été", "2"]
    ]


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_suggestions_are_what_a_search_through_the_text_counts(order):
    words = [word.lower() for word in words_of(TEXT)]
    context = ["the", "capital", "of", "france", "is"][5 - (order - 1) :]
    after = Counter(
        words[at + len(context)] for at in range(len(words) - len(context)) if words[at : at + len(context)] == context
    )
    best = WordNGrams(TEXT).suggest(["the", "capital", "of", "France", "is"], order, k=1)[0]
    offered = {word: n for word, n in after.items() if word not in ".,\n\n"}
    assert best.count == max(offered.values()) == offered[best.word.lower()]
    assert best.context_count == sum(after.values())
    assert math.isclose(best.probability, best.count / best.context_count)
    assert [word.lower() for word in best.context] == context


def test_a_context_never_seen_is_shortened_and_the_suggestion_says_to_what():
    first = WordNGrams(TEXT).suggest(["a", "strange", "capital", "of"], order=4)[0]
    assert first == Suggestion("France", 0.5, 2, ("capital", "of"), 4)
    assert WordNGrams(TEXT).suggest(["zebra"], order=3)[0].context == ()


def test_a_word_never_seen_is_not_taken_for_the_last_one_of_the_vocabulary():
    assert WordNGrams("x y x z x").suggest(["y", "unknown"], order=3)[0].context == ()


def test_too_few_suggestions_are_filled_up_from_shorter_contexts_without_repeating_a_word():
    found = WordNGrams(TEXT).suggest(["of", "France"], order=3, k=6)
    assert found[0] == Suggestion("is", 1.0, 2, ("of", "France"), 2)
    assert len({each.word for each in found}) == 6
    assert [len(each.context) for each in found] == sorted((len(each.context) for each in found), reverse=True)


def test_small_and_capital_letters_are_one_word_written_as_mostly_in_the_text():
    words = WordNGrams(TEXT)
    assert words.suggest(["THE"], order=2)[0].word == "capital"
    assert words.suggest(["CAPITAL", "of"], order=3) == words.suggest(["capital", "OF"], order=3)
    assert words.suggest(["of"], order=2, k=2)[0].word == "France"


def test_punctuation_is_a_context_but_never_a_suggestion():
    words = WordNGrams(TEXT)
    assert words.suggest(["."], order=2)[0].word == "The"
    every = words.suggest([], order=1, k=1000)
    assert not {each.word for each in every} & set(".,;:?!\n")
    assert sum(each.probability for each in every) < 1, "marks are counted"


def test_the_empty_text_box_gets_the_most_frequent_words():
    first = WordNGrams(TEXT).suggest([], order=5)[0]
    assert (first.word, first.context, first.count) == ("The", (), 5)


def test_a_text_shorter_than_the_order_is_enough():
    assert [each.word for each in WordNGrams("Hello").suggest(["Hello"], order=5)] == ["Hello"]


@pytest.mark.parametrize("text", ["", "   \n", "., !", "🙂"])
def test_a_text_without_words_is_refused(text):
    with pytest.raises(ValueError, match="The text has no words"):
        WordNGrams(text)


@pytest.mark.parametrize("words", [["🙂"], ["שלום"], [""], ["x"] * 5000, ["."]])
def test_whatever_was_typed_gets_three_suggestions(words):
    assert len(WordNGrams(TEXT).suggest(words, order=5)) == 3


def test_orders_and_numbers_that_there_are_not_are_refused():
    words = WordNGrams(TEXT, most=3)
    for order in (0, 4, True, 1.5):
        with pytest.raises(ValueError, match="order must be a whole number from 1 to 3"):
            words.suggest(["the"], order)
    with pytest.raises(ValueError, match="k must be"):
        words.suggest(["the"], 2, k=0)
    with pytest.raises(ValueError, match="most must be"):
        WordNGrams(TEXT, most=0)

"""More answers to 11.1: words found between spaces, and words that an apostrophe belongs to."""

from __future__ import annotations

import re

from tests.checks.answers import wrong
from tests.checks.answers.e11_1 import answer


@wrong("11.1", told="found_between_spaces", says="You look for words between spaces")
def found_in_split_and_exchanged_with_a_pattern(sentences, swaps, unsure):
    return answer(sentences, swaps, unsure, words=lambda sentence: set(sentence.lower().split()))


@wrong("11.1", told="apostrophes_in_words", says="is the apostrophe one of them")
def an_apostrophe_is_a_letter(sentences, swaps, unsure):
    one = re.compile("[A-Za-z']+")
    return answer(
        sentences, swaps, unsure, words=lambda text: {each.lower() for each in one.findall(text)}, pattern=one
    )


@wrong("11.1", told="apostrophes_in_words_found", says="is in neither list")
def an_apostrophe_is_a_letter_where_words_are_looked_for(sentences, swaps, unsure):
    return answer(sentences, swaps, unsure, words=lambda text: set(re.findall("[a-z']+", text.lower())))

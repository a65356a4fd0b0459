"""What the properties of 11.1 ask of sentences: which words they have, and how often each comes."""

from __future__ import annotations

import re
from collections import Counter


def words_of(sentence: str) -> set[str]:
    """The words of a sentence, in small letters."""
    return set(re.findall("[a-z]+", sentence.lower()))


def how_often(got: list[str], want: list[str], where: str) -> str | None:
    """A sentence where the right texts stand in another order, or not as often as they should."""
    counted, asked = Counter(got), Counter(want)
    for text in asked:
        if counted[text] != asked[text]:
            times = ("not at all", "once", "twice")
            said, wanted = (times[n] if n < 3 else f"{n} times" for n in (counted[text], asked[text]))
            return f"'{text}' {where} {said}, not {wanted}."
    return None if got == want else f"The right sentences are there, in another order than they were given: {got}."


def lacks_a_twin(sentence: str, swaps: dict[str, str]) -> str:
    """A sentence about one that has a word to exchange and is not among the pairs."""
    word = next(each for each in swaps if each in words_of(sentence))
    text = f"'{sentence}' has the word '{word}' and no unsure one; it should have a twin."
    other = swaps[word]
    if other != word and swaps.get(other) == word:
        text += f" (If you exchange one word after the other, '{other}' may have become '{word}' again.)"
    return text

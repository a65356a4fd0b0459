"""The sentences that 11.1 is tried on, and a right answer in steps, so that each wrong one differs in one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import torch

from ...declare import Case
from ...random_inputs import randint

HE_SHE = {"he": "she", "she": "he"}
UNSURE = ["her", "his"]
PAIRS = (
    ("he", "she"),
    ("man", "woman"),
    ("father", "mother"),
    ("uncle", "aunt"),
    ("king", "queen"),
    ("son", "daughter"),
)
BOTH_WAYS = {a: b for pair in PAIRS for a, b in (pair, pair[::-1])} | {"him": "her", "himself": "herself"}
FRAMES = (
    "The {} was late.",
    "Then the {} met a {} in the hall.",
    "{}! The {}'s coat is here.",
    "A letter for the {}, the other {} and the {}.",
    "The theme of the evening was heat.",
    "The {} saw her friend.",
    "Is that hat his, or the {}'s?",
)


def drawn(rng: torch.Generator) -> list[str]:
    """Nine sentences, some with words to exchange, with and without capitals, some with none, some with unsure ones."""
    words = sorted(BOTH_WAYS)
    sentences = []
    for _ in range(9):
        sentence = FRAMES[randint(rng, 0, len(FRAMES) - 1)]
        while "{}" in sentence:
            word = words[randint(rng, 0, len(words) - 1)]
            word = (word, word.capitalize(), word.upper())[randint(rng, 0, 2)]
            sentence = sentence.replace("{}", word, 1)
        sentences.append(sentence)
    return sentences


def cases(rng: torch.Generator) -> Iterator[Case]:
    """The cases of 11.1. unsure is a list here, which a cell can be written from."""

    yield Case("a word in small letters", sentences=["Then she sat."], swaps=HE_SHE, unsure=UNSURE)
    yield Case("both words in one sentence", sentences=["Now he saw what she saw."], swaps=HE_SHE, unsure=UNSURE)
    yield Case("the same word twice", sentences=["Once he said that he would."], swaps=HE_SHE, unsure=UNSURE)
    yield Case("a word inside others", sentences=["There the sheep rest while he counts."], swaps=HE_SHE, unsure=UNSURE)
    yield Case("nothing to exchange", sentences=["The lamp is on.", "There he goes."], swaps=HE_SHE, unsure=UNSURE)
    yield Case("a capital", sentences=["She sat, and then he sat."], swaps=HE_SHE, unsure=UNSURE)
    yield Case("capitals throughout", sentences=["And then HE LAUGHED."], swaps=HE_SHE, unsure=UNSURE)
    yield Case("signs beside the word", sentences=["Then (he's late): where is she?"], swaps=HE_SHE, unsure=UNSURE)
    yield Case("an unsure word", sentences=["Now she takes her coat.", "Now she sings."], swaps=HE_SHE, unsure=UNSURE)
    yield Case("an unsure word alone", sentences=["This is the end of her book."], swaps=HE_SHE, unsure=UNSURE)
    yield Case("an unsure word with a capital", sentences=["Her coat is where he sat."], swaps=HE_SHE, unsure=UNSURE)
    yield Case("an unsure word beside a sign", sentences=["That coat is his, she said."], swaps=HE_SHE, unsure=UNSURE)
    yield Case("one way only", sentences=["Then I saw him."], swaps={"him": "her"}, unsure=UNSURE)
    yield Case(
        "a word that is a counterpart only",
        "Swaps goes one way: a word that stands in it as a counterpart only stays as it is, and calls for no twin.",
        sentences=["Then humankind slept.", "Mankind is humankind."],
        swaps={"mankind": "humankind"},
        unsure=UNSURE,
    )
    yield Case("one letter", sentences=["A nurse saw THE cook and a cat."], swaps={"a": "the", "the": "a"}, unsure=[])
    ends = "Whatever is no letter from a to z ends a word: "
    yield Case(
        "a digit beside the word",
        ends + "a digit beside it does so, too, and 'he2' has the word 'he'.",
        sentences=["Now he2 sat.", "That is 7her book."],
        swaps=HE_SHE,
        unsure=UNSURE,
    )
    yield Case(
        "an underscore beside the word",
        ends + "an underscore beside it does so, too, and '_he_' has the word 'he'.",
        sentences=["Then _he_ sat.", "That is her_book."],
        swaps=HE_SHE,
        unsure=UNSURE,
    )
    yield Case(
        "a letter with an accent beside the word",
        ends + "one with an accent does so, too, and 'éhe' has the word 'he'.",
        sentences=["Now éhe sat.", "That is heré book."],
        swaps=HE_SHE,
        unsure=UNSURE,
    )
    yield Case(
        "a word that is unsure, and in swaps",
        "A sentence with a word of unsure is left out, whatever else stands in it or in swaps.",
        sentences=["This is her cat.", "Then she sat."],
        swaps={"her": "his", "she": "he"},
        unsure=["her"],
    )
    yield Case(
        "a word that is its own counterpart",
        "Every sentence with a word of swaps has a pair, also where its twin reads the same.",
        sentences=["A sheep sat.", "Then he sat."],
        swaps={"sheep": "sheep", "he": "she"},
        unsure=[],
    )
    yield Case(
        "capitals at some places",
        "Capitals count at the start of a word, and where all its letters are capitals: 'MAn' becomes 'Woman', "
        "'mAN' becomes 'woman'.",
        sentences=["MAn meets mAN."],
        swaps={"man": "woman"},
        unsure=[],
    )
    yield Case(
        "sentences that come twice",
        "A sentence counts as often as it comes: if it comes twice, it has two pairs, or stands in left_out twice.",
        sentences=["He sat.", "Her cat sat.", "He sat.", "Her cat sat."],
        swaps=HE_SHE,
        unsure=UNSURE,
    )
    yield Case(
        "two spaces and a tab",
        "All else stays as it is, white space included: two spaces in a sentence are two in its twin.",
        sentences=["Then  he sat.\tHe slept. "],
        swaps=HE_SHE,
        unsure=UNSURE,
    )
    yield Case(
        "nothing in swaps",
        "Swaps may be empty: then no sentence has a word to exchange, and there are no pairs.",
        sentences=["Then he sat.", "Her cat sat."],
        swaps={},
        unsure=UNSURE,
    )
    yield Case(
        "other words",
        sentences=["An old dog and a young cat"],
        swaps={"old": "young", "young": "old"},
        unsure=["dogs"],
    )
    yield Case("no sentences at all", sentences=[], swaps=HE_SHE, unsure=UNSURE)
    yield Case("9 sentences drawn", sentences=drawn(rng), swaps=BOTH_WAYS, unsure=UNSURE)
    yield Case("9 others", sentences=drawn(rng), swaps=BOTH_WAYS, unsure=UNSURE)


def in_the_case_of(word, other):
    """The counterpart written as the word was: in small letters, with a capital, or in capitals throughout."""
    if len(word) > 1 and word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


def exchanged(sentence, swaps, *, pattern="[A-Za-z]+", written=in_the_case_of, count=0):
    """The twin, with one part of the way there replaced: what counts as a word, how it is written, how many."""

    def put(match):
        word = match[0]
        return written(word, swaps[word.lower()]) if word.lower() in swaps else word

    return re.sub(pattern, put, sentence, count=count)


def words_of(sentence):
    return set(re.findall("[a-z]+", sentence.lower()))


def sorted_out(sentences, swaps, unsure, *, words=words_of, for_unsure=words_of, twin=exchanged):
    """A right answer in three steps, so that each wrong one differs in one of them."""
    left_out = [each for each in sentences if for_unsure(each) & unsure]
    kept = [each for each in sentences if each not in left_out and words(each) & set(swaps)]
    return [(each, twin(each, swaps)) for each in kept], left_out

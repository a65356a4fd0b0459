"""11.1: a sentence and its twin, in which the words about one group are exchanged for those about another."""

from __future__ import annotations

import re

import torch

from ...declare import Case, exercise, holds, misconception, slip
from ...random_inputs import randint
from . import probe as trial
from . import variants
from .diagnosis import how_often, lacks_a_twin, words_of

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


def parts_of(case: Case) -> tuple[list[tuple[str, str]], list[str]]:
    """What the reference gives for a case."""
    return Twins.reference(case["sentences"], case["swaps"], set(case["unsure"]))


@exercise("11.1", points=3, difficulty=2, minutes=12)
class Twins:
    """Pair sentences with their twins, in which the words about one group are exchanged for those about another."""

    functions = ("counterfactual_pairs",)
    returns = ("pairs", "left_out")
    compares = False  # the properties compare, in better words
    because = (
        "The sentence is read once from left to right, so no word is exchanged twice, and the twins differ in "
        "nothing but the group."
    )
    hints = (
        "Three questions in turn: which words does the sentence have (in small letters, without the signs beside "
        "them)? Is one of them unsure? Is one of them in swaps? Only then comes the exchange, and in it each word must "
        "be looked at once.",
        "re.findall('[a-z]+', sentence.lower()) gives the words. re.sub(pattern, function, sentence) goes through the "
        "sentence once, calls your function with each match, and puts in what it returns; match[0] is the word as it "
        "stands there. In the function: look the small word up, then copy the capitals (word.isupper(), "
        "word[0].isupper()).",
        "words = set(re.findall('[a-z]+', sentence.lower())); if words & unsure: left_out.append(sentence); elif words "
        "& set(swaps): pairs.append((sentence, re.sub('[A-Za-z]+', exchange, sentence))). And in exchange(match): "
        "word = match[0]; other = swaps.get(word.lower(), word); if word has two letters or more, all of them "
        "capitals: return other.upper(); if it begins with a capital: other[0].upper() + other[1:]; else other.",
    )

    def cases(rng):
        def case(name, *sentences, rule="", swaps=HE_SHE, unsure=UNSURE):  # a list, which a cell can be written from
            return Case(name, rule, sentences=list(sentences), swaps=swaps, unsure=unsure)

        yield case("a word in small letters", "Then she sat.")
        yield case("both words in one sentence", "Now he saw what she saw.")
        yield case("the same word twice", "Once he said that he would.")
        yield case("a word inside others", "There the sheep rest while he counts.")
        yield case("nothing to exchange", "The lamp is on.", "There he goes.")
        yield case("a capital", "She sat, and then he sat.")
        yield case("capitals throughout", "And then HE LAUGHED.")
        yield case("signs beside the word", "Then (he's late): where is she?")
        yield case("an apostrophe beside the word", "Then he's late.", "That is her's, not mine.")
        yield case("an unsure word", "Now she takes her coat.", "Now she sings.")
        yield case("an unsure word alone", "This is the end of her book.")
        yield case("an unsure word with a capital", "Her coat is where he sat.")
        yield case("an unsure word beside a sign", "That coat is his, she said.")
        yield case("one way only", "Then I saw him.", swaps={"him": "her"})
        rule = (
            "Swaps goes one way: a word that stands in it as a counterpart only stays as it is, and calls for no twin."
        )
        one_way = "Then humankind slept.", "Mankind is humankind."
        yield case("a word that is a counterpart only", *one_way, rule=rule, swaps={"mankind": "humankind"})
        yield case("one letter", "A nurse saw THE cook and a cat.", swaps={"a": "the", "the": "a"}, unsure=[])
        ends = "Whatever is no letter from a to z ends a word: "
        rule = ends + "a digit beside it does so, too, and 'he2' has the word 'he'."
        yield case("a digit beside the word", "Now he2 sat.", "That is 7her book.", rule=rule)
        rule = ends + "an underscore beside it does so, too, and '_he_' has the word 'he'."
        yield case("an underscore beside the word", "Then _he_ sat.", "That is her_book.", rule=rule)
        rule = ends + "one with an accent does so, too, and 'éhe' has the word 'he'."
        yield case("a letter with an accent beside the word", "Now éhe sat.", "That is heré book.", rule=rule)
        rule = "A sentence with a word of unsure is left out, whatever else stands in it or in swaps."
        both = {"swaps": {"her": "his", "she": "he"}, "unsure": ["her"]}
        yield case("a word that is unsure, and in swaps", "This is her cat.", "Then she sat.", rule=rule, **both)
        rule = "Every sentence with a word of swaps has a pair, also where its twin reads the same."
        alike = {"swaps": {"sheep": "sheep", "he": "she"}, "unsure": []}
        yield case("a word that is its own counterpart", "A sheep sat.", "Then he sat.", rule=rule, **alike)
        rule = (
            "Capitals count at the start of a word, and where all its letters are capitals: 'MAn' becomes 'Woman', "
            "'mAN' becomes 'woman'."
        )
        yield case("capitals at some places", "MAn meets mAN.", rule=rule, swaps={"man": "woman"}, unsure=[])
        rule = (
            "A sentence counts as often as it comes: if it comes twice, it has two pairs, or stands in left_out twice."
        )
        yield case("sentences that come twice", *("He sat.", "Her cat sat.") * 2, rule=rule)
        rule = "All else stays as it is, white space included: two spaces in a sentence are two in its twin."
        yield case("two spaces and a tab", "Then  he sat.\tHe slept. ", rule=rule)
        rule = "Swaps may be empty: then no sentence has a word to exchange, and there are no pairs."
        yield case("nothing in swaps", "Then he sat.", "Her cat sat.", rule=rule, swaps={})
        others = {"swaps": {"old": "young", "young": "old"}, "unsure": ["dogs"]}
        yield case("other words", "An old dog and a young cat", **others)
        yield case("no sentences at all")
        yield case("9 sentences drawn", *drawn(rng), swaps=BOTH_WAYS)
        yield case("9 others", *drawn(rng), swaps=BOTH_WAYS)

    def reference(sentences, swaps, unsure):
        """Pair sentences with their twins, in which the words about one group are exchanged for those about another.

        sentences: list of str. swaps: dictionary from a word to its counterpart, in small letters, such as {"he":
        "she", "she": "he"}. It goes one way: with {"mankind": "humankind"} "humankind" stays as it is. unsure: set of
        words, in small letters, that have more than one counterpart, so that no table can exchange them: "her" is "his"
        in "her coat" and "him" in "I saw her". Both may be empty.
        A word is a run of letters a to z, small or capital, as long as possible; whatever else is beside it ends it,
        a digit, an underscore or a letter with an accent, too. So "he" is a word of "he's", "he2", "_he_" and "éhe",
        and not of "there". Looked up in swaps or unsure, "He", "HE" and "he" are the same.
        Returns (pairs, left_out), two lists, each in the order of sentences; one that comes twice counts twice.
        left_out: the sentences with a word of unsure; a person must decide about them. pairs: of the others, each with
        a word of swaps, as a tuple (sentence, twin). The twin has every word of swaps exchanged, and each only once;
        all else stays, white space too. A counterpart is written as the word was: all in capitals if the word had two
        letters or more and all were capitals, else with a capital at its start if the word had one there ("MAn" becomes
        "Woman"), else in small letters.
        Leaves its inputs as they are, and keeps nothing from one call to the next.
        Example: counterfactual_pairs(["He sat.", "It sat.", "Her cat sat."], {"he": "she", "she": "he"}, {"her"}) is
        ([("He sat.", "She sat.")], ["Her cat sat."]).
        Source: Zhao et al., 2018, "Gender Bias in Coreference Resolution", arXiv:1804.06876, where a training text is
        doubled in this way.
        """

        def exchange(match):
            word = match[0]
            other = swaps.get(word.lower(), word)
            if len(word) > 1 and word.isupper():
                return other.upper()
            return other[0].upper() + other[1:] if word[0].isupper() else other

        pairs, left_out = [], []
        for sentence in sentences:
            words = set(re.findall("[a-z]+", sentence.lower()))
            if words & unsure:
                left_out.append(sentence)
            elif words & set(swaps):
                pairs.append((sentence, re.sub("[A-Za-z]+", exchange, sentence)))
        return pairs, left_out

    probe, show = trial.probe, trial.show

    @holds("left_out holds the sentences with an unsure word, in their order, and no others")
    def left_out_is_right(case, result):
        want, got = parts_of(case)[1], result["left_out"].splitlines()
        for sentence in want:
            if sentence not in got:
                word = next(each for each in case["unsure"] if each in words_of(sentence))
                return f"'{sentence}' has the unsure word '{word}'; it belongs in left_out."
        for sentence in got:
            if sentence not in want:
                return f"'{sentence}' is in your left_out, and has no unsure word."
        return how_often(got, want, "stands in your left_out")

    @holds("pairs holds the sentences with a word to exchange and no unsure one, in their order")
    def the_right_sentences_have_twins(case, result):
        want = [each for each, _ in parts_of(case)[0]]
        lines = [line.partition(" -> ") for line in result["pairs"].splitlines()]
        for sentence, _, twin in lines:
            if sentence not in case["sentences"]:
                why = (
                    "the twin stands first" if twin in case["sentences"] else "no sentence that was given stands first"
                )
                return f"In your pair ('{sentence}', '{twin}') {why}; it should be (sentence, twin)."
        got = [sentence for sentence, _, _ in lines]
        for sentence in want:
            if sentence not in got:
                return lacks_a_twin(sentence, case["swaps"])
        for sentence in got:
            if sentence not in want:
                why = "has an unsure word" if sentence in parts_of(case)[1] else "has no word to exchange"
                return f"'{sentence}' {why}; it should not be among your pairs."
        return how_often(got, want, "is first in your pairs")

    @holds("in the twin every word of swaps is exchanged once, and nothing else")
    def twins_are_right(case, result):
        want = dict(parts_of(case)[0])
        for line in result["pairs"].splitlines():
            sentence, _, twin = line.partition(" -> ")
            if sentence in want and twin != want[sentence]:
                return f"The twin of '{sentence}' is '{want[sentence]}'; yours is '{twin}'."
        return None

    @misconception(
        "You exchange one word of the table after the other, so what has just become 'she' is found again and turned "
        "back. How could you go through the sentence once, and look at each word once?"
    )
    def one_word_after_the_other(sentences, swaps, unsure):
        def twin_of(sentence):
            for word, other in swaps.items():
                for _, twin in Twins.reference([sentence], {word: other}, set())[0]:
                    sentence = twin
            return sentence

        pairs, left_out = Twins.reference(sentences, swaps, unsure)
        return [(sentence, twin_of(sentence)) for sentence, _ in pairs], left_out

    @misconception(
        "You put one replace behind another: 'he' becomes 'she', and the next turns every 'she' back into 'he', "
        "inside other words, too. A sentence may come out as it went in, and then it seems to have no twin. How could "
        "you go through it once, and look at each word once?"
    )
    def one_replace_after_the_other(sentences, swaps, unsure):
        pairs, left_out = Twins.reference(sentences, {}, unsure)
        for sentence in sentences:
            twin = sentence
            for word, other in swaps.items():
                twin = twin.replace(word, other)
            if sentence not in left_out and twin != sentence:
                pairs.append((sentence, twin))
        return pairs, left_out

    @misconception(
        "You put one replace behind another: 'he' becomes 'she', and the next turns every 'she' back into 'he', "
        "inside other words, too. So some twins are the sentence itself, and others are half exchanged. How could you "
        "go through it once, and look at each word once?"
    )
    def one_replace_after_the_other_where_a_word_is(sentences, swaps, unsure):
        pairs, left_out = Twins.reference(sentences, swaps, unsure)

        def twin_of(sentence):
            for word, other in swaps.items():
                sentence = sentence.replace(word, other)
            return sentence

        return [(sentence, twin_of(sentence)) for sentence, _ in pairs], left_out

    inside_other_words = slip(
        "You exchange letters inside other words: there is a 'he' in 'there' and in 'sheep'. What has to stand on both "
        "sides of a word?",
        '"[A-Za-z]+"',
        '"(?i:" + "|".join(sorted(swaps, key=len, reverse=True)) + ")"',
    )

    cut_at_spaces = slip(
        "Your sentence is cut at the spaces, so a word with a sign beside it (a comma, a bracket, 's) is not found. "
        "Which characters belong to a word, and which end it?",
        ('"[a-z]+"', r'r"\S+"'),
        ('"[A-Za-z]+"', r'r"\S+"'),
    )

    cut_and_joined = slip(
        "Your sentence is cut at its spaces and put together with single ones, so a word with a sign beside it (a "
        "comma, a bracket, 's) is not found, and two spaces become one. Which characters belong to a word, and how "
        "could all others stay where they are?",
        ('"[a-z]+"', r'r"\S+"'),
        (
            're.sub("[A-Za-z]+", exchange, sentence)',
            '" ".join(re.sub(".+", exchange, each) for each in sentence.split())',
        ),
    )

    found_between_spaces = slip(
        "You look for words between spaces, so one with a sign beside it (a comma, a bracket, 's) is not found where "
        "you ask to which list its sentence belongs. Which characters belong to a word, and which end it?",
        'set(re.findall("[a-z]+", sentence.lower()))',
        "set(sentence.lower().split())",
    )

    apostrophes_in_words = slip(
        "The apostrophe belongs to your words, so there is no 'he' in your \"he's\", and it is not exchanged. Which "
        "characters make a word here, and is the apostrophe one of them?",
        ('"[a-z]+"', '"[a-z\']+"'),
        ('"[A-Za-z]+"', '"[A-Za-z\']+"'),
    )

    apostrophes_in_words_found = slip(
        "Where you ask which words a sentence has, the apostrophe belongs to them, so there is no 'he' in your "
        '"he\'s": a sentence with no other word of the tables is in neither list. Which characters make a word here?',
        '"[a-z]+"',
        '"[a-z\']+"',
    )

    more_than_letters = slip(
        "Digits, the underscore and letters with accents belong to your words, as they do for \\w and \\b in re. Which "
        "characters make a word here, and how do you write that down for re?",
        ('"[a-z]+"', r'r"\w+"'),
        ('"[A-Za-z]+"', r'r"\w+"'),
    )

    in_both_directions = slip(
        "You use the table in both directions: what is only a counterpart in it is exchanged, too. "
        "Which words does swaps name as those to exchange: its keys, or its values?",
        "pairs, left_out = [], []",
        "pairs, left_out, swaps = [], [], {other: word for word, other in swaps.items()} | swaps",
    )

    twin_first = slip(
        "In your pairs the twin comes first. Which of the two is named first in (sentence, twin)?",
        '(sentence, re.sub("[A-Za-z]+", exchange, sentence))',
        '(re.sub("[A-Za-z]+", exchange, sentence), sentence)',
    )

    small_letters_only = slip(
        "Words with a capital are not found: 'She' is not 'she' to Python. What must be done to a word before "
        "it is looked up?",
        ('"[a-z]+", sentence.lower()', '"[A-Za-z]+", sentence'),
        ("word.lower()", "word"),
    )

    capitals_lost = slip(
        "The exchanged words come back in small letters. A twin that begins with 'she' instead of 'She' differs in two "
        "ways, and nobody could tell which of them a model minds. How was the word written that you exchanged?",
        ("len(word) > 1 and word.isupper()", "False"),
        ("other[0].upper() + other[1:] if word[0].isupper() else other", "other"),
    )

    all_in_small_letters = slip(
        "The whole twin comes back in small letters. They help to find a word; but on which sentence must the exchange "
        "work, so that nothing else differs?",
        "exchange, sentence)",
        "exchange, sentence.lower())",
    )

    one_capital_is_enough = slip(
        "A word in capitals throughout comes back with one capital: 'HE' becomes 'She'. What tells 'HE' from 'He', and "
        "which of the two must be asked for first?",
        "len(word) > 1 and word.isupper()",
        "False",
    )

    one_letter_shouts = slip(
        "A word of one letter is in capitals throughout as soon as it has a capital: 'A nurse' becomes 'THE nurse'. "
        "What does the docstring say about two letters?",
        "len(word) > 1 and ",
        "",
    )

    only_the_first = slip(
        "Only the first word to exchange is exchanged in each sentence, so the twin is about two people at once. What "
        "about the others?",
        '"[A-Za-z]+", exchange, sentence',
        'r"(?i)(?<![a-z])(?:" + "|".join(swaps) + ")(?![a-z])", exchange, sentence, count=1',
    )

    unsure_words_ignored = slip(
        "Sentences with an unsure word get a twin all the same, with that word left as it was: 'He takes her coat' is "
        "another story. Which list is theirs?",
        "words & unsure",
        "False",
    )

    unsure_inside_other_words = slip(
        "You look for unsure words inside other words: 'there' has 'her' in it and 'this' has 'his'. Where does a word "
        "begin and end?",
        "words & unsure",
        "any(word in sentence.lower() for word in unsure)",
    )

    unsure_alone_forgotten = slip(
        "A sentence whose only word of the kind is unsure is nowhere in your result, as if it spoke of nobody. Which "
        "of the two questions comes first: is there an unsure word, or is there one to exchange?",
        "left_out.append(sentence)",
        "left_out += [sentence] if words & set(swaps) else []",
    )

    paired_with_themselves = slip(
        "Sentences without any word to exchange are paired with themselves. Such a pair would add a difference of 0 to "
        "every measurement; what do the others then seem to be?",
        "elif words & set(swaps)",
        "else",
    )

    with_letters_on_neither_side = variants.with_letters_on_neither_side
    letter_by_letter = variants.letter_by_letter

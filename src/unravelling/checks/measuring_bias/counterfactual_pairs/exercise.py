"""11.1: a sentence and its twin, in which the words about one group are exchanged for those about another."""

from __future__ import annotations

import re
from collections import Counter

from ...declare import Case, alternative, exercise, holds, misconception
from .variants import cases, exchanged, in_the_case_of, sorted_out, words_of


def parts_of(case: Case) -> tuple[list[tuple[str, str]], list[str]]:
    """What the reference gives for a case."""
    return Twins.reference(case["sentences"], case["swaps"], set(case["unsure"]))


def _how_often(got: list[str], want: list[str], where: str) -> str | None:
    """A sentence where the right texts stand in another order, or not as often as they should."""
    counted, asked = Counter(got), Counter(want)
    for text in asked:
        if counted[text] != asked[text]:
            times = ("not at all", "once", "twice")
            said, wanted = (times[n] if n < 3 else f"{n} times" for n in (counted[text], asked[text]))
            return f"'{text}' {where} {said}, not {wanted}."
    return None if got == want else f"The right sentences are there, in another order than they were given: {got}."


@exercise("11.1", points=3, difficulty=2, minutes=15)
class Twins:
    """Pair sentences with their twins, in which the words about one group are exchanged for those about another."""

    functions = ("counterfactual_pairs",)
    returns = ("pairs", "left_out")
    compares = False  # the properties compare, in better words
    hints = (
        "Three questions in turn: which words has the sentence (in small letters, without the signs beside "
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

    cases = cases

    def reference(sentences, swaps, unsure):
        """Pair sentences with their twins, in which the words about one group are exchanged for those about another.

        sentences: list of str. swaps: dictionary from a word to its counterpart, in small letters, such as {"he":
        "she", "she": "he"}. It goes one way: with {"mankind": "humankind"} "humankind" stays as it is. unsure: set of
        words, in small letters, that have more than one counterpart, so that no table can exchange them: "her" is "his"
        in "her coat" and "him" in "I saw her". Both may be empty.
        A word is a run of letters a to z, small or capital, as long as it goes; whatever else stands beside it ends it,
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

    def probe(solution, sentences, swaps, unsure):
        doubtful = set(unsure)
        got = solution(sentences, swaps, doubtful)
        if doubtful != set(unsure):
            unsure[:] = doubtful  # so that it shows
        what = "nothing (None)" if got is None else f"a {type(got).__name__}"
        assert isinstance(got, (tuple, list)) and len(got) == 2, (
            f"Your function returned {what}{f' of {len(got)}' if isinstance(got, (tuple, list)) else ''}; asked for "
            "are two lists, pairs and left_out, in this order."
        )
        pairs, left_out = got
        for name, each in (("pairs", pairs), ("left_out", left_out)):
            assert isinstance(each, (list, tuple)), f"What came back for {name} is a {type(each).__name__}, not a list."
        if left_out and all(isinstance(each, tuple) for each in left_out):
            assert any(isinstance(each, tuple) for each in pairs), (
                "The second list that came back holds tuples and the first none: pairs comes first, then left_out."
            )
        for each in pairs:
            fits = isinstance(each, (tuple, list)) and len(each) == 2 and all(isinstance(part, str) for part in each)
            assert fits, f"One of your pairs is {repr(each)[:80]}; a pair is a tuple (sentence, twin) of two texts."
        for each in left_out:
            assert isinstance(each, str), (
                f"In left_out you have {repr(each)[:80]}; it holds the sentences themselves, as texts."
            )
        told = {"pairs": "\n".join(" -> ".join(each) for each in pairs), "left_out": "\n".join(left_out)}
        other = solution(sentences, dict.fromkeys(swaps, "qqq"), set())  # other words for the same sentences
        exchanged = any(each[0] != each[1] for each in pairs)
        assert not (exchanged and isinstance(other, (tuple, list)) and len(other) == 2 and other[0] == pairs), (
            "Called with another table, your function gave the very same twins: either something is kept from the call "
            "before, or the counterparts do not come from swaps."
        )
        return told

    def show(case):
        return """
unsure = set(unsure)
result = counterfactual_pairs(sentences, swaps, unsure)
other = counterfactual_pairs(sentences, dict.fromkeys(swaps, "qqq"), set())  # another table, and no unsure words
result = result, other
"""

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
        return _how_often(got, want, "stands in your left_out")

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
                word = next(each for each in case["swaps"] if each in words_of(sentence))
                return f"'{sentence}' has the word '{word}' and no unsure one; it should have a twin."
        for sentence in got:
            if sentence not in want:
                why = "has an unsure word" if sentence in parts_of(case)[1] else "has no word to exchange"
                return f"'{sentence}' {why}; it should not be among your pairs."
        return _how_often(got, want, "is first in your pairs")

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
        def twin(sentence, swaps):
            for word, other in swaps.items():
                sentence = exchanged(sentence, {word: other})
            return sentence

        return sorted_out(sentences, swaps, unsure, twin=twin)

    @misconception(
        "You exchange letters inside other words: there is a 'he' in 'there' and in 'sheep'. What has to stand on both "
        "sides of a word?"
    )
    def inside_other_words(sentences, swaps, unsure):
        pattern = "(?i:" + "|".join(sorted(swaps, key=len, reverse=True)) + ")"
        return sorted_out(sentences, swaps, unsure, twin=lambda s, swaps: exchanged(s, swaps, pattern=pattern))

    @misconception(
        "Your sentence is cut at the spaces, so a word with a sign beside it (a comma, a bracket, 's) is not found. "
        "Which characters belong to a word, and which end it?"
    )
    def cut_at_spaces(sentences, swaps, unsure):
        return sorted_out(
            sentences,
            swaps,
            unsure,
            words=lambda sentence: set(sentence.lower().split()),
            for_unsure=lambda sentence: set(sentence.lower().split()),
            twin=lambda sentence, swaps: exchanged(sentence, swaps, pattern=r"(?<!\S)\S+"),
        )

    @misconception(
        "Your sentence is cut at its spaces and put together with single ones, so a word with a sign beside it (a "
        "comma, a bracket, 's) is not found, and two spaces become one. Which characters belong to a word, and how "
        "could all others stay where they are?"
    )
    def cut_and_joined(sentences, swaps, unsure):
        def words(sentence):
            return set(sentence.lower().split())

        def twin(sentence, swaps):
            return " ".join(exchanged(word, swaps, pattern=".+") for word in sentence.split())

        return sorted_out(sentences, swaps, unsure, words=words, for_unsure=words, twin=twin)

    @misconception(
        "Digits, the underscore and letters with accents belong to your words, as they do for \\w and \\b in re. Which "
        "characters make a word here, and how do you write that down for re?"
    )
    def more_than_letters(sentences, swaps, unsure):
        def words(sentence):
            return set(re.findall(r"\w+", sentence.lower()))

        def twin(sentence, swaps):
            return exchanged(sentence, swaps, pattern=r"\w+")

        return sorted_out(sentences, swaps, unsure, words=words, for_unsure=words, twin=twin)

    @misconception(
        "You use the table in both directions: what is only a counterpart in it is exchanged, too. "
        "Which words does swaps name as those to exchange: its keys, or its values?"
    )
    def in_both_directions(sentences, swaps, unsure):
        return sorted_out(sentences, {other: word for word, other in swaps.items()} | swaps, unsure)

    @misconception("In your pairs the twin comes first. Which of the two is named first in (sentence, twin)?")
    def twin_first(sentences, swaps, unsure):
        pairs, left_out = sorted_out(sentences, swaps, unsure)
        return [pair[::-1] for pair in pairs], left_out

    @misconception(
        "Words with a capital are not found: 'She' is not 'she' to Python. What must be done to a word before "
        "it is looked up?"
    )
    def small_letters_only(sentences, swaps, unsure):
        def words(sentence):
            return set(re.findall("[A-Za-z]+", sentence))

        def twin(sentence, swaps):
            return re.sub("[A-Za-z]+", lambda m: swaps.get(m[0], m[0]), sentence)

        return sorted_out(sentences, swaps, unsure, words=words, for_unsure=words, twin=twin)

    @misconception(
        "The exchanged words come back in small letters. A twin that begins with 'she' instead of 'She' differs in two "
        "ways, and nobody could tell which of them a model minds. How was the word written that you exchanged?"
    )
    def capitals_lost(sentences, swaps, unsure):
        return sorted_out(
            sentences, swaps, unsure, twin=lambda s, swaps: exchanged(s, swaps, written=lambda word, other: other)
        )

    @misconception(
        "The whole twin comes back in small letters. They help to find a word; but on which sentence must the exchange "
        "work, so that nothing else differs?"
    )
    def all_in_small_letters(sentences, swaps, unsure):
        return sorted_out(sentences, swaps, unsure, twin=lambda s, swaps: exchanged(s.lower(), swaps))

    @misconception(
        "A word in capitals throughout comes back with one capital: 'HE' becomes 'She'. What tells 'HE' from 'He', and "
        "which of the two must be asked for first?"
    )
    def one_capital_is_enough(sentences, swaps, unsure):
        def written(word, other):
            return other.capitalize() if word[0].isupper() else other

        return sorted_out(sentences, swaps, unsure, twin=lambda s, swaps: exchanged(s, swaps, written=written))

    @misconception(
        "A word of one letter is in capitals throughout as soon as it has a capital: 'A nurse' becomes 'THE nurse'. "
        "What does the docstring say about two letters?"
    )
    def one_letter_shouts(sentences, swaps, unsure):
        def written(word, other):
            return other.upper() if word.isupper() else in_the_case_of(word, other)

        return sorted_out(sentences, swaps, unsure, twin=lambda s, swaps: exchanged(s, swaps, written=written))

    @misconception(
        "Only the first word to exchange is exchanged in each sentence, so the twin is about two people at once. What "
        "about the others?"
    )
    def only_the_first(sentences, swaps, unsure):
        def twin(sentence, swaps):
            pattern = r"(?i)(?<![a-z])(?:" + "|".join(swaps) + r")(?![a-z])"
            return exchanged(sentence, swaps, pattern=pattern, count=1)

        return sorted_out(sentences, swaps, unsure, twin=twin)

    @misconception(
        "Sentences with an unsure word get a twin all the same, with that word left as it was: 'He takes her coat' is "
        "another story. Which list is theirs?"
    )
    def unsure_words_ignored(sentences, swaps, unsure):
        return sorted_out(sentences, swaps, set())

    @misconception(
        "You look for unsure words inside other words: 'there' has 'her' in it and 'this' has 'his'. Where does a word "
        "begin and end?"
    )
    def unsure_inside_other_words(sentences, swaps, unsure):
        def for_unsure(sentence):
            return {word for word in unsure if word in sentence.lower()}

        return sorted_out(sentences, swaps, unsure, for_unsure=for_unsure)

    @misconception(
        "A sentence whose only word of the kind is unsure is nowhere in your result, as if it spoke of nobody. Which "
        "of the two questions comes first: is there an unsure word, or is there one to exchange?"
    )
    def unsure_alone_forgotten(sentences, swaps, unsure):
        pairs, left_out = sorted_out(sentences, swaps, unsure)
        return pairs, [each for each in left_out if words_of(each) & set(swaps)]

    @misconception(
        "Sentences without any word to exchange are paired with themselves. Such a pair would add a difference of 0 to "
        "every measurement; what do the others then seem to be?"
    )
    def paired_with_themselves(sentences, swaps, unsure):
        left_out = [each for each in sentences if words_of(each) & unsure]
        return [(each, exchanged(each, swaps)) for each in sentences if each not in left_out], left_out

    @alternative
    def with_letters_on_neither_side(sentences, swaps, unsure):
        pairs, doubtful = [], []
        alone = r"(?<![a-z])({})(?![a-z])"  # \b would not do: it takes digits and accents for parts of a word
        either = re.compile(alone.format("|".join(swaps) or "(?!)"), re.IGNORECASE | re.ASCII)
        for sentence in sentences:
            if any(re.search(alone.format(word), sentence, re.IGNORECASE | re.ASCII) for word in unsure):
                doubtful += [sentence]
            elif either.search(sentence):
                pairs += [[sentence, either.sub(lambda m: in_the_case_of(m[1], swaps[m[1].lower()]), sentence)]]
        return pairs, doubtful

    @alternative
    def letter_by_letter(sentences, swaps, unsure):
        def is_letter(character):
            return character.isascii() and character.isalpha()

        pairs, left_out = [], []
        for sentence in sentences:
            pieces = [""]
            for letter in sentence:
                if pieces[-1] and is_letter(letter) != is_letter(pieces[-1][-1]):
                    pieces.append("")
                pieces[-1] += letter
            small = [piece.lower() for piece in pieces]
            if not unsure.isdisjoint(small):
                left_out.append(sentence)
                continue
            twin = []
            for piece, word in zip(pieces, small, strict=True):
                new = swaps.get(word)
                if new is None:
                    twin.append(piece)
                elif piece == word:
                    twin.append(new)
                elif piece == word.upper() and len(piece) >= 2:
                    twin.append(new.upper())
                else:
                    twin.append(new.title() if piece[0].isupper() else new)
            if any(word in swaps for word in small):
                pairs.append((sentence, "".join(twin)))
        return pairs, left_out

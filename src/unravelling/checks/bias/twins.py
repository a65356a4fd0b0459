"""11.1: a sentence and its twin, in which the words about one group are exchanged for those about another."""

from __future__ import annotations

import re

import torch

from ..declare import Case, alternative, exercise, holds, misconception
from ..draw import randint

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


def parts_of(case: Case) -> tuple[list[tuple[str, str]], list[str]]:
    """What the reference gives for a case."""
    return Twins.reference(case["sentences"], case["swaps"], set(case["unsure"]))


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

    def cases(rng):
        yield Case("a word in small letters", sentences=["Then she sat."], swaps=HE_SHE, unsure=UNSURE)
        yield Case("both words in one sentence", sentences=["Now he saw what she saw."], swaps=HE_SHE, unsure=UNSURE)
        yield Case("the same word twice", sentences=["Once he said that he would."], swaps=HE_SHE, unsure=UNSURE)
        yield Case(
            "a word inside others", sentences=["There the sheep rest while he counts."], swaps=HE_SHE, unsure=UNSURE
        )
        yield Case("nothing to exchange", sentences=["The lamp is on.", "There he goes."], swaps=HE_SHE, unsure=UNSURE)
        yield Case("a capital", sentences=["She sat, and then he sat."], swaps=HE_SHE, unsure=UNSURE)
        yield Case("capitals throughout", sentences=["And then HE LAUGHED."], swaps=HE_SHE, unsure=UNSURE)
        yield Case("signs beside the word", sentences=["Then (he's late): where is she?"], swaps=HE_SHE, unsure=UNSURE)
        yield Case(
            "an unsure word", sentences=["Now she takes her coat.", "Now she sings."], swaps=HE_SHE, unsure=UNSURE
        )
        yield Case("an unsure word alone", sentences=["This is the end of her book."], swaps=HE_SHE, unsure=UNSURE)
        yield Case(
            "an unsure word with a capital", sentences=["Her coat is where he sat."], swaps=HE_SHE, unsure=UNSURE
        )
        yield Case(
            "an unsure word beside a sign", sentences=["That coat is his, she said."], swaps=HE_SHE, unsure=UNSURE
        )
        yield Case("one way only", sentences=["Then I saw him."], swaps={"him": "her"}, unsure=UNSURE)
        yield Case(
            "one letter", sentences=["A nurse saw THE cook and a cat."], swaps={"a": "the", "the": "a"}, unsure=[]
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

    def reference(sentences, swaps, unsure):
        """Pair sentences with their twins, in which the words about one group are exchanged for those about another.

        sentences: list of str. swaps: dictionary from a word to its counterpart, in small letters, such as {"he":
        "she", "she": "he"}. unsure: set of words, in small letters, that have more than one counterpart, so that no
        table can exchange them: "her" is "his" in "her coat" and "him" in "I saw her".
        A word is a run of letters a to z, small or capital, as long as it goes: "he" is a word of "he's" and not of
        "there". Looked up in swaps or unsure, "He", "HE" and "he" are the same.
        Returns (pairs, left_out), two lists, each in the order of sentences. left_out: the sentences with a word of
        unsure; a person must decide about them. pairs: of the others, each with a word of swaps, as a tuple (sentence,
        twin). The twin has every word of swaps exchanged, and each only once; all else stays. A counterpart is written
        as the word was: all in capitals if the word had two letters or more and all were capitals, else with a capital
        at its start if the word had one there, else in small letters.
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
        assert doubtful == set(unsure), "Your function changed its input unsure; whoever called it still needs it."
        what = "nothing (None)" if got is None else f"a {type(got).__name__}"
        assert isinstance(got, (tuple, list)) and len(got) == 2, (
            f"Your function returned {what}{f' of {len(got)}' if isinstance(got, (tuple, list)) else ''}; asked for "
            "are two lists, pairs and left_out, in this order."
        )
        pairs, left_out = got
        for name, each in (("pairs", pairs), ("left_out", left_out)):
            assert isinstance(each, (list, tuple)), f"Your {name} is a {type(each).__name__}; it should be a list."
        for each in pairs:
            fits = isinstance(each, (tuple, list)) and len(each) == 2 and all(isinstance(part, str) for part in each)
            assert fits, f"One of your pairs is {each!r}; a pair is a tuple (sentence, twin) of two texts."
        for each in left_out:
            assert isinstance(each, str), f"In left_out you have {each!r}; it holds the sentences themselves, as texts."
        return {"pairs": "\n".join(" -> ".join(each) for each in pairs), "left_out": "\n".join(left_out)}

    def show(case):
        return "result = counterfactual_pairs(sentences, swaps, set(unsure))"

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
        return None if got == want else "Your left_out has the right sentences in another order, or one of them twice."

    @holds("pairs holds the sentences with a word to exchange and no unsure one, in their order")
    def the_right_sentences_have_twins(case, result):
        want = [each for each, _ in parts_of(case)[0]]
        got = [line.split(" -> ")[0] for line in result["pairs"].splitlines()]
        for sentence in want:
            if sentence not in got:
                word = next(each for each in case["swaps"] if each in words_of(sentence))
                return f"'{sentence}' has the word '{word}' and no unsure one; it should have a twin."
        for sentence in got:
            if sentence not in want:
                why = "has an unsure word" if sentence in parts_of(case)[1] else "has no word to exchange"
                return f"'{sentence}' {why}; it should not be among your pairs."
        return None if got == want else "Your pairs are in another order than the sentences, or one is there twice."

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
        "A word in capitals throughout comes back with one capital: 'HE' becomes 'She'. Which of your two tests must "
        "come first?"
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
            pattern = r"(?i)\b(?:" + "|".join(swaps) + r")\b"
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
    def with_word_boundaries(sentences, swaps, unsure):
        pairs, doubtful = [], []
        either = re.compile(r"\b(" + "|".join(swaps) + r")\b", re.IGNORECASE)
        for sentence in sentences:
            if any(re.search(rf"\b{word}\b", sentence, re.IGNORECASE) for word in unsure):
                doubtful += [sentence]
            elif either.search(sentence):
                pairs += [[sentence, either.sub(lambda m: in_the_case_of(m[1], swaps[m[1].lower()]), sentence)]]
        return pairs, doubtful

    @alternative
    def letter_by_letter(sentences, swaps, unsure):
        pairs, left_out = [], []
        for sentence in sentences:
            pieces = [""]
            for letter in sentence:
                if pieces[-1] and (letter.isascii() and letter.isalpha()) != pieces[-1][-1].isalpha():
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
                    twin.append(new.title())
            if any(word in swaps for word in small):
                pairs.append((sentence, "".join(twin)))
        return pairs, left_out

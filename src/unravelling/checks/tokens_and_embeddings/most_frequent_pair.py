"""02.1: which two tokens stand side by side most often."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

from ..declare import Case, alternative, exercise, holds, misconception, slip
from .drawn_words import draw_words, pair_counts, words_of


def times(n: int) -> str:
    """How often, in words: once, 2 times."""
    return "once" if n == 1 else f"{n} times"


@exercise("02.1", points=2, difficulty=1, minutes=15)
class MostFrequentPair:
    """Find the two tokens that stand side by side most often."""

    functions = ("most_frequent_pair",)
    returns = ("pair",)
    because = (
        "Every place inside a word was counted as often as the word comes, and where counts tie the smallest pair was "
        "taken, so the answer does not depend on the order of the words."
    )
    hints = (
        "Take one word of five tokens. How many places has it where two tokens stand side by side? How much does each "
        "of them count, if the word comes three times?",
        "Two steps. First a dictionary from pairs to counts: for every word and its count, for every place i with a "
        "neighbour, add the count to the pair (word[i], word[i + 1]). Then find the pair: the count should be as large "
        "as possible, and among equals the pair itself as small as possible. min and max take a key, and a key may be "
        "a tuple of two things.",
        "for pair in zip(word, word[1:]): counts[pair] = counts.get(pair, 0) + count. At the end: min(counts, "
        "key=lambda pair: (-counts[pair], pair), default=None)",
    )

    def cases(rng):
        yield Case("one word", words=words_of("ab 3"))
        yield Case("two words", words=words_of("ab 1, cd 2"))
        yield Case("the end of a word counts, too", words=words_of("abcd 2, xcd 1, ab 1, cd 1"))
        tie = "Of pairs that come equally often, the smallest is taken, as Python compares tuples."
        yield Case("two pairs come equally often", tie, words=words_of("zy 2, ab 2"))
        yield Case("the same words in another order", tie, words=words_of("ab 2, zy 2"))
        yield Case("the same first token in both", tie, words=words_of("za 1, mo 2, mi 2"))
        yield Case("a tie inside a word", tie, words=words_of("low 5, lower 2, newest 6, widest 3"))
        run = "Every place counts: the pair (a, a) stands in aaa twice."
        yield Case("a run of three", run, words=words_of("zzz 2, bc 3"))
        yield Case("a run of four", run, words=words_of("zzzz 1, bc 2"))
        yield Case("a pair that is twice in a word", words=words_of("xyxy 2, ab 3"))
        yield Case("both orders of two tokens", words=words_of("ab 2, ba 2, cd 3"))
        yield Case("words of one token", words=words_of("a 5, b 3, dc 2"))
        longer = {("lo", "w"): 3, ("l", "ow"): 4, ("x", "y"): 3}
        yield Case("tokens of more than one letter", words=longer)
        yield Case("tokens that are numbers", words={(104, 105): 2, (32, 104, 105): 1, (9, 10): 3})
        none = "Where no word has two tokens, there is no pair, and the result is None."
        yield Case("no word has two tokens", none, words=words_of("a 3, b 2"))
        yield Case("no words at all", none, words={})
        yield Case("9 words, many ties", words=draw_words(rng, 9, "cab", 3, 2))
        yield Case("12 words", words=draw_words(rng, 12, "dcba", 6, 9))

    def reference(words):
        """Find the two tokens that stand side by side most often.

        words: a dictionary. Its keys are words, each a tuple of tokens; its values say how often the word comes, an int
        of 1 or more. Tokens are texts, or all of them are whole numbers.
        A pair is two tokens side by side inside one word, in that order: ("a", "b") is not ("b", "a"), and no pair
        reaches from one word into the next. It counts once for each place where it stands, times how often the word
        comes. Every place counts, so ("a", "a") stands in ("a", "a", "a") twice.
        Ties: of pairs that come equally often, the smallest is taken, as Python compares tuples: the smaller first
        token, and if these are equal the smaller second one. The order of the words does not matter.
        Returns a tuple of two tokens; None where no word has two tokens. Leaves words as they are.
        Example: most_frequent_pair({("l", "o", "w"): 2, ("l", "o"): 3}) is ("l", "o"), which comes 5 times.
        Source: Sennrich, Haddow and Birch, 2016, "Neural machine translation of rare words with subword units".
        """
        counts = Counter()
        for word, count in words.items():
            for pair in pairwise(word):
                counts[pair] += count
        return min(counts, key=lambda pair: (-counts[pair], pair), default=None)

    @holds("a tuple of two tokens")
    def is_a_tuple(case, result):
        if isinstance(result, list):
            return "Your pair is a list. A tuple can be compared with a piece of a word and be a key; a list cannot."
        return None

    @holds("a pair that stands in some word")
    def stands_in_a_word(case, result):
        counts = pair_counts(case["words"])
        if counts and tuple(result) not in counts:
            return f"You gave {tuple(result)!r}, which stands side by side in no word."
        return None

    @holds("no pair comes more often")
    def none_more_often(case, result):
        counts = pair_counts(case["words"])
        most = max(counts, key=lambda pair: counts[pair], default=None)
        got = counts.get(tuple(result), 0) if most else 0
        if most and got < counts[most]:
            return f"You gave {tuple(result)!r}, which comes {times(got)}; {most!r} comes {times(counts[most])}."
        return None

    @holds("of pairs that come equally often, the smallest")
    def smallest_of_equals(case, result):
        counts = pair_counts(case["words"])
        equal = [pair for pair in counts if counts[pair] == counts.get(tuple(result or ()))]
        if equal and min(equal) != tuple(result):
            count = times(counts[tuple(result)])
            return f"You gave {tuple(result)!r}; {min(equal)!r} comes as often, {count}, and is smaller."
        return None

    first_seen = slip(
        "Of pairs that come equally often you take the one that your loop met first, so the tokenizer depends on the "
        "order of the text. Which of them does the docstring ask for, and what could stand beside the count in a key?",
        "(-counts[pair], pair)",
        "-counts[pair]",
    )

    last_seen = slip(
        "Of pairs that come equally often you take the one that your loop met last, so the tokenizer depends on the "
        "order of the text. Is there a >= where a > belongs, and what should decide between equals?",
        "min(counts, key=lambda pair: (-counts[pair], pair)",
        "min(reversed(counts), key=lambda pair: -counts[pair]",
    )

    compared_as_texts = slip(
        "Of pairs that come equally often you compare the tokens as texts, in which '104' comes before '9'. What does "
        "Python compare if you leave the pairs as they are?",
        "(-counts[pair], pair)",
        "(-counts[pair], [*map(str, pair)])",
    )

    largest_of_equals = slip(
        "Of pairs that come equally often you take the largest. Some tokenizers do; here the smallest is asked for. "
        "max over (count, pair) makes both large: what makes one of them large and the other small?",
        "min(counts, key=lambda pair: (-counts[pair], pair)",
        "max(counts, key=lambda pair: (counts[pair], pair)",
    )

    rarest = slip(
        "You give the pair that comes least often. Which end of the counts is asked for?",
        "-counts[pair]",
        "counts[pair]",
    )

    each_word_once = slip(
        "You count every word once, however often it comes. A word that comes 5 times has its pairs 5 times: by what "
        "should the count of a pair grow?",
        "+= count",
        "+= 1",
    )

    once_in_a_word = slip(
        "A pair that stands in a word twice counts once there: a set, or an `in`, asks whether it is there, not how "
        "often. Over what should your loop run, pairs or places?",
        "pairwise(word)",
        "set(pairwise(word))",
    )

    side_by_side = slip(
        "Your pairs do not overlap: after (a, b) you go on behind b. In the word abc, which token would never be "
        "first of a pair, and why should it not be?",
        "pairwise(word)",
        "zip(word[::2], word[1::2], strict=False)",
    )

    start_of_words_only = slip(
        "You look at the first two tokens of each word only. How many places has a word of five tokens where two stand "
        "side by side?",
        "pairwise(word)",
        "[word[:2]] if word[1:] else []",
    )

    without_the_last_place = slip(
        "Your loop stops one place too early, so the last two tokens of a word are never a pair. In a word of two "
        "tokens there is one place: what does your range give for it?",
        "pairwise(word)",
        "pairwise(word[:-1])",
    )

    whichever_order = slip(
        "You count (a, b) and (b, a) as one pair. What comes first is part of the pair: would you merge both into the "
        "same new token?",
        "counts[pair] +=",
        "counts[tuple(sorted(pair))] +=",
    )

    @misconception(
        "A run of equal tokens counts less with you: in aaa you find (a, a) once, as if the places that you have "
        "counted were used up. By the docstring every place counts. How many has aaa?"
    )
    def runs_counted_like_merges(words):
        counts = {}
        for word, count in words.items():
            last = None
            for i in range(len(word) - 1):
                if word[i] == word[i + 1] and last == i - 1:
                    last = None
                    continue
                last = i if word[i] == word[i + 1] else None
                counts[word[i], word[i + 1]] = counts.get((word[i], word[i + 1]), 0) + count
        return min(counts, key=lambda pair: (-counts[pair], pair), default=None)

    @misconception(
        "You join all words to one long row, so the last token of a word and the first of the next become a pair. "
        "Merges would then reach across words. Where should each word's loop begin and end?"
    )
    def across_words(words):
        row = [token for word, count in words.items() for _ in range(count) for token in word]
        counts = {}
        for pair in pairwise(row):
            counts[pair] = counts.get(pair, 0) + 1
        return min(counts, key=lambda pair: (-counts[pair], pair), default=None)

    expects_a_pair = slip(
        "Where no word has two tokens your dictionary is empty, and min of nothing stops with an error. Training "
        "ends just then: which argument of min says what to give instead?",
        ", default=None",
        "",
    )

    @alternative
    def with_a_default(words):
        counts = defaultdict(int)
        for word, often in words.items():
            for a, b in pairwise(word):
                counts[a, b] += often
        if not counts:
            return None
        most = max(counts.values())
        return min(pair for pair, count in counts.items() if count == most)

    @alternative
    def by_sorting(words):
        counts = {}
        for word in words:
            for i in range(1, len(word)):
                counts.setdefault(word[i - 1 : i + 1], []).append(words[word])
        ranked = sorted(counts, key=lambda pair: pair)
        ranked.sort(key=lambda pair: sum(counts[pair]), reverse=True)
        return ranked[0] if ranked else None

"""02.3: a vocabulary learned from text, one merge after the other. The synthesis of 02.1 and 02.2."""

from __future__ import annotations

from ast import literal_eval
from collections import Counter
from itertools import pairwise

from ..declare import Case, alternative, exercise, holds, misconception, slip
from .drawn_words import Words, draw_words, pair_counts, words_of
from .merge_pair import MergePair
from .most_frequent_pair import MostFrequentPair

most_frequent_pair = MostFrequentPair.reference
merge_pair = MergePair.reference


def in_bytes(text: str) -> Words:
    """The words of a text such as "low 5, lower 2", as the numbers of their bytes."""
    return _numbered(words_of(text))


def _numbered(words: Words) -> Words:
    return {tuple("".join(word).encode()): count for word, count in words.items()}


def counted_merges(n: int) -> str:
    """How many merges, in words."""
    return "one merge" if n == 1 else f"{n} merges"


def not_the_next(want: list, got: list) -> str | None:
    """The first merge that is not the right one, in a sentence; None if those that are there are right."""
    at = next((i for i, (a, b) in enumerate(zip(got, want, strict=False)) if a != b), None)
    if at is None:
        return None
    before = f"After {counted_merges(at)} the next" if at else "The first"
    return f"{before} pair should be {want[at]!r}; yours is {got[at]!r}."


def most(words: Words, pair: tuple) -> int:
    """How often a pair stands in words."""
    return pair_counts(words)[pair]


@exercise("02.3", points=3, difficulty=2, minutes=20)
class TrainBpe:
    """Learn the merges of a tokenizer from words and their counts."""

    functions = ("train_bpe",)
    returns = ("merges",)
    compares = False  # the properties compare, in better words
    writes_out = True
    because = (
        "Each merge was found in the words as all merges before it had left them, and was carried out in every word "
        "before the next was looked for."
    )
    hints = (
        "Do three merges with a pencil on: low 5, lower 2. After the first, of which tokens do the words consist, and "
        "in which words do you count next?",
        "A loop over `new`. In it: ask most_frequent_pair of the words as they are now; if there is none, stop; write "
        "the pair down; make a new dictionary with merge_pair of every word, and add its count to what stands there "
        "already. That dictionary is `words` in the next round.",
        "for token in new: pair = most_frequent_pair(words); if pair is None: break; merges.append(pair); merged = "
        "{}; for word, count in words.items(): key = merge_pair(word, pair, token); merged[key] = merged.get(key, 0) + "
        "count; words = merged",
    )

    def cases(rng):
        yield Case("one merge", words=words_of("ab 3"), new=["Z"])
        yield Case("two merges", words=words_of("abc 3, ab 1"), new=["Y", "Z"])
        numbers = in_bytes("low 5, lower 2, newest 6, widest 3")
        yield Case("low, lower, newest, widest", words=numbers, new=list(range(256, 262)))
        tie = "Of pairs that come equally often, the smallest is merged first, as in most_frequent_pair."
        yield Case("ties", tie, words=in_bytes("zy 2, ab 2, cd 2, ya 1"), new=[256, 257, 258])
        yield Case(
            "the same words in another order", tie, words=in_bytes("ya 1, cd 2, zy 2, ab 2"), new=[256, 257, 258]
        )
        yield Case("a merge makes the next one possible", words=in_bytes("aaaa 2, aab 3"), new=[300, 301, 302])
        end = "Where no word has two tokens any more, training ends early."
        yield Case("more merges than pairs", end, words=in_bytes("ab 2, c 1"), new=[256, 257, 258, 259])
        yield Case("words of one token", end, words=in_bytes("a 2, b 5"), new=[256, 257])
        yield Case("no words", end, words={}, new=[256])
        yield Case("no merges asked for", "No new tokens, no merges.", words=in_bytes("ab 2, abc 1"), new=[])
        rare = "A pair that comes once is merged, too, as long as there is one."
        yield Case("pairs that come once", rare, words=in_bytes("abcd 1"), new=[256, 257, 258])
        equal = "Two words that become equal by a merge count together from then on."
        alike = {("a", "b", "c"): 5, ("ab", "c"): 2, ("d", "e"): 6, ("a", "b"): 3}
        yield Case("two words become equal", equal, words=alike, new=["ab", "X", "Y"])
        yield Case("9 words, many ties", words=_numbered(draw_words(rng, 9, "abc", 4, 2)), new=list(range(256, 261)))
        yield Case("14 words", words=_numbered(draw_words(rng, 14, "abcd", 8, 9)), new=list(range(400, 412)))

    def reference(words, new):
        """Learn the merges of a tokenizer from words and their counts.

        words: a dictionary from words, tuples of tokens, to how often each comes, as in most_frequent_pair. new: the
        tokens that the merges make, in order: a list or a range. Tokens are numbers, or all of them are texts. A new
        token may be one that some words have already.
        Each merge takes the pair that is most frequent in the words as they are then (ties: the smallest pair, as in
        most_frequent_pair), and puts the next new token in its place in all words, as merge_pair does. Two words that
        become equal by it count together. Training ends after len(new) merges, or earlier if no word has two tokens.
        Returns the pairs that were merged, in order: a list of tuples of two tokens. Leaves words and new as they are.
        Example: train_bpe({(97, 98, 99): 3, (97, 98): 1}, [256, 257]) is [(97, 98), (256, 99)].
        Source: Sennrich, Haddow and Birch, 2016, "Neural machine translation of rare words with subword units", section
        3.2.
        """
        merges = []
        for token in new:
            pair = most_frequent_pair(words)
            if pair is None:
                break
            merges.append(pair)
            merged = Counter()
            for word, count in words.items():
                merged[merge_pair(word, pair, token)] += count
            words = merged
        return merges

    def probe(solution, words, new):
        known, kept = dict(words), list(new)
        got, form = solution(words, new), ""
        if words != known or list(new) != kept:
            what = "words" if words != known else "new"
            form = f"Your function changed its input {what}; whoever called it still needs it."
        elif not isinstance(got, list):
            what = "nothing (None)" if got is None else f"a value of type {type(got).__name__}"
            form = f"Your function returned {what}, not a list of pairs."
        else:
            other = next((each for each in got if not (isinstance(each, tuple) and len(each) == 2)), None)
            bad = any(not (isinstance(each, tuple) and len(each) == 2) for each in got)
            form = f"Your list holds {other!r}, which is no tuple of two tokens." if bad else ""
        return {"merges": repr(got), "form": form, "count": len(got) if isinstance(got, list) else -1}

    def show(case):
        return "result = train_bpe(words, new), words, new"

    def fingerprint(case, result):
        return [result["merges"], result["form"]]

    @holds("a list of pairs, and the inputs as they were")
    def is_in_form(case, result):
        return result["form"] or None

    @holds("at most len(new) merges, and fewer only if no word has two tokens any more")
    def as_many_as_asked(case, result):
        want = len(TrainBpe.reference(case["words"], case["new"]))
        if result["form"] or result["count"] == want:
            return None
        return f"You made {counted_merges(result['count'])}; there should be {want} here."

    @holds("each merge is the most frequent pair of the words as they are then")
    def merges_are_right(case, result):
        want = TrainBpe.reference(case["words"], case["new"])
        return None if result["form"] else not_the_next(want, literal_eval(result["merges"]))

    never_merged = slip(
        "Your words stay as they were, so every round finds the same pair again. Which line makes the next round look "
        "at the merged words?",
        "words = merged",
        "pass",
    )

    @misconception(
        "Each merge is made in the words as they came at first, so the merges before the last one are forgotten. In "
        "which words should the next pair be looked for?"
    )
    def merged_from_the_start(words, new):
        merges, now = [], words
        for token in new:
            pair = most_frequent_pair(now)
            if pair is None:
                break
            merges.append(pair)
            now = Counter()
            for word, count in words.items():
                now[merge_pair(word, pair, token)] += count
        return merges

    @misconception(
        "You count all pairs once, at the beginning, and take the most frequent ones. A merge changes which pairs "
        "there are: after (a, b) has become one token, what has happened to the pair (b, c)?"
    )
    def counted_once(words, new):
        counts = Counter()
        for word, count in words.items():
            for i in range(len(word) - 1):
                counts[word[i : i + 2]] += count
        return sorted(counts, key=lambda pair: (-counts[pair], pair))[: len(new)]

    overwritten = slip(
        "Two words became equal by a merge, and the count of the second has replaced that of the first. What should "
        "happen to what stands in the dictionary already?",
        "] += count",
        "] = count",
    )

    counts_forgotten = slip(
        "After the first merge every word counts once. What should a merged word bring with it besides its tokens?",
        "] += count",
        "] += 1",
    )

    goes_on_without_pairs = slip(
        "When all words are single tokens there is no pair left, and most_frequent_pair gives None: your loop goes on "
        "with it. What should the loop do then?",
        "if pair is None:",
        "if False:",
    )

    stops_at_rare_pairs = slip(
        "You stop where the best pair comes only once. Some tokenizers do, since such a merge saves little; the "
        "docstring goes on as long as there is a pair. Which condition should end the loop?",
        "if pair is None:",
        "if pair is None or most(words, pair) < 2:",
    )

    one_too_few = slip(
        "The last merge is missing. How many merges should len(new) tokens make?",
        "in new:",
        "in list(new)[:-1]:",
    )

    new_tokens_returned = slip(
        "You return the new tokens. They are known already; which two tokens each of them is made of is what was "
        "learned. What should be written down in each round?",
        "merges.append(pair)",
        "merges.append(token)",
    )

    @misconception(
        "Ties fall to the pair that your loop meets first, so the same words in another order give another tokenizer. "
        "Is most_frequent_pair, whose rule decides, what you call?"
    )
    def first_seen_ties(words, new):
        merges = []
        for token in new:
            counts = Counter()
            for word, count in words.items():
                for i in range(len(word) - 1):
                    counts[word[i : i + 2]] += count
            if not counts:
                break
            pair = max(counts, key=lambda pair: counts[pair])
            merges.append(pair)
            merged = Counter()
            for word, count in words.items():
                merged[merge_pair(word, pair, token)] += count
            words = merged
        return merges

    @alternative
    def with_lists_of_words(words, new):
        rows, merges = [[list(word), count] for word, count in words.items()], []
        for token in new:
            counts = {}
            for row, count in rows:
                for pair in pairwise(row):
                    counts[pair] = counts.get(pair, 0) + count
            if not counts:
                return merges
            most = max(counts.values())
            best = min(pair for pair in counts if counts[pair] == most)
            merges.append(best)
            for each in rows:
                each[0] = list(merge_pair(tuple(each[0]), best, token))
        return merges

    @alternative
    def by_recursion(words, new):
        best = most_frequent_pair(words) if len(new) else None
        if best is None:
            return []
        later = {}
        for word in words:
            key = merge_pair(word, best, new[0])
            later[key] = later.get(key, 0) + words[word]
        return [best, *TrainBpe.alternatives[1].solution(later, new[1:])]

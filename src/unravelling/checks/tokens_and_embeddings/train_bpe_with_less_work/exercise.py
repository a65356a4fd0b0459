"""02.5: the same tokenizer as in 02.3, with a fifth of the work."""

from __future__ import annotations

from ast import literal_eval
from collections import Counter, defaultdict
from itertools import pairwise

from ...declare import alternative, exercise, holds, misconception, slip
from ...less_work import Budget
from ..merge_pair import MergePair
from ..train_bpe import TrainBpe, not_the_next
from .probe import cases, least_looks, plain_work, probe, show

merge_pair = MergePair.reference
BUDGET = Budget("looks at tokens", share=0.2, plain=plain_work, least=least_looks)


@exercise("02.5", points=4, difficulty=3, minutes=45)
class TrainBpeWithLessWork:
    """Learn the same merges with a fifth of the looks: keep the counts up to date, instead of counting anew."""

    functions = ("train_bpe_with_less_work",)
    returns = ("merges",)
    compares = False  # the properties compare, in better words
    writes_out = True
    because = (
        "The pairs were counted once. After that, each merge took out and put back the counts of the words that it "
        "touched, and a list of the words for each pair said which these are."
    )
    hints = (
        "One merge in a text of 400 words: in how many of them does the pair stand? All others have the same pairs as "
        "before. What do you need to know to find the few without walking through all?",
        "Keep three things: the words as rows that you may change, a count for every pair, and for every pair the set "
        "of rows in which it stands. A merge visits the rows of its pair. For each: take the counts of all of its "
        "pairs out, merge, put the counts of its new pairs in, and note the row for these. A pair whose count falls "
        "to 0 must go. A row may stand in the set of a pair that it no longer holds: that costs a visit and does no "
        "harm.",
        "for i in where.pop(pair): for old in pairwise(rows[i]): counts[old] -= often[i], and del counts[old] if that "
        "is 0; rows[i] = merge_pair(rows[i], pair, token); for now in pairwise(rows[i]): counts[now] += often[i]; "
        "where[now].add(i)",
    )

    cases = cases

    def reference(words, new):
        """Learn the same merges as train_bpe, with at most a fifth of the looks at tokens.

        words and new: as in train_bpe; all tokens are whole numbers. In the check they are numbers that count how often
        they are looked at: a look is a hash (to find or to put something in a dictionary or a set) or a comparison.
        Reading, storing and copying a token costs nothing. Counted is one large case: 400 words, 40 merges. There,
        counting all pairs anew for each merge takes more than half a million looks, and a fifth of that is allowed.
        Work with the tokens themselves. What you put in their place, such as int(token) or a text, is not counted, and
        an answer with fewer looks than any way needs is refused.
        Ties as in train_bpe: of pairs that come equally often, the smallest. It ends early where no word has two tokens
        any more.
        Returns the pairs that were merged, in order: a list of tuples of two tokens. Leaves words and new as they are.
        Example: train_bpe_with_less_work({(97, 98, 99): 3, (97, 98): 1}, [256, 257]) is [(97, 98), (256, 99)].
        Source: Sennrich, Haddow and Birch, 2016, "Neural machine translation of rare words with subword units", section
        3.2, where an index of pairs is kept up to date.
        """
        rows, often = list(words), list(words.values())
        counts, where = Counter(), defaultdict(set)
        for i, row in enumerate(rows):
            for pair in pairwise(row):
                counts[pair] += often[i]
                where[pair].add(i)
        merges = []
        for token in new:
            pair = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
            if pair is None:
                break
            merges.append(pair)
            for i in where.pop(pair, ()):
                for old in pairwise(rows[i]):
                    counts[old] -= often[i]
                    if not counts[old]:
                        del counts[old]
                rows[i] = merge_pair(rows[i], pair, token)
                for now in pairwise(rows[i]):
                    counts[now] += often[i]
                    where[now].add(i)
        return merges

    probe = probe
    show = show
    found = BUDGET.found

    def fingerprint(case, result):
        return [result["merges"], result["form"], BUDGET.spent_as_plain(case, result)]

    @holds("a list of pairs, and the inputs as they were")
    def is_in_form(case, result):
        return result["form"] or None

    @holds("the merges of train_bpe, as many and in the same order")
    def same_merges(case, result):
        want = TrainBpe.reference(case["words"], case["new"])
        if result["form"] or result["merges"] == repr(want):
            return None
        got = literal_eval(result["merges"])
        return not_the_next(want, got) or f"Your list has {len(got)} pairs; train_bpe finds {len(want)} here."

    within_budget = BUDGET.kept()
    is_counted = BUDGET.counted()

    @misconception(
        "Your merges are right, and for each of them all pairs of all words are counted anew, though most words have "
        "not changed. What could you keep from one merge to the next, and what does a merge change in it?"
    )
    def counted_anew(words, new):
        return TrainBpe.reference(words, new)

    @misconception(
        "You keep the counts, and that saves most of it. But each merge still walks through all words to find those "
        "that hold the pair, and compares token after token on the way. What could you note beside a pair's count?"
    )
    def all_words_walked(words, new):
        rows, often = list(words), list(words.values())
        counts = Counter()
        for i, row in enumerate(rows):
            for pair in pairwise(row):
                counts[pair] += often[i]
        merges = []
        for token in new:
            pair = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
            if pair is None:
                break
            merges.append(pair)
            for i, row in enumerate(rows):
                merged = merge_pair(row, pair, token)
                if len(merged) == len(row):
                    continue
                for old in pairwise(row):
                    counts[old] -= often[i]
                    if not counts[old]:
                        del counts[old]
                rows[i] = merged
                for now in pairwise(merged):
                    counts[now] += often[i]
        return merges

    old_pairs_stay = slip(
        "A merge takes its own pair out of the counts and leaves those that its two tokens made with their neighbours, "
        "which no word has any more. After (a, b) is merged in x a b y, which pairs are gone?",
        ("for old in pairwise(rows[i]):", "for old in (each for each in pairwise(rows[i]) if each == pair):"),
        ("for now in pairwise(rows[i]):", "for now in (each for each in pairwise(rows[i]) if token in each):"),
    )

    neighbours_stay = slip(
        "The merged pair is gone from your counts, and the pairs that its two tokens made with their neighbours stay, "
        "though no word has them any more. After (a, b) is merged in x a b y, what is left of (x, a) and (b, y)?",
        ("for i in where.pop(pair, ()):", "del counts[pair]\n        for i in where.pop(pair, ()):"),
        ("for old in pairwise(rows[i]):", "for old in ():"),
        ("for now in pairwise(rows[i]):", "for now in (each for each in pairwise(rows[i]) if token in each):"),
    )

    new_pairs_missing = slip(
        "The pairs that a new token makes with its neighbours are never counted, so no merge can build on another. "
        "After (a, b) is merged in x a b y, which pairs are new?",
        ("for now in pairwise(rows[i]):", "for now in (each for each in pairwise(rows[i]) if token not in each):"),
    )

    taken_out_once = slip(
        "You take each pair out once, however often its word comes. By how much did that word raise the count when it "
        "was counted?",
        "-= often[i]",
        "-= 1",
    )

    put_in_once = slip(
        "The new pairs count once for each word, however often it comes. By how much should a word that comes 5 times "
        "raise the count of its pairs?",
        ("counts[now] += often[i]", "counts[now] += 1"),
        ("counts[old] -= often[i]", "counts[old] -= min(counts[old], often[i])"),
    )

    empty_pairs_merged = slip(
        "Pairs whose count has fallen to 0 stay among the counts, and when nothing else is left they are merged, "
        "though no word has them. What should happen to a pair that nobody has any more?",
        ("if not counts[old]:", "if False:"),
    )

    new_places_not_noted = slip(
        "The counts are right, but you do not note in which words the new pairs stand, so later merges of them are "
        "written down and carried out nowhere. Where else must a new pair be entered?",
        ("counts[now] += often[i]\n                where[now].add(i)", "counts[now] += often[i]"),
    )

    first_seen_ties = slip(
        "Ties fall to the pair that came into your counts first, and with counts that are kept up to date that is "
        "another one than before. Which pair does the docstring ask for?",
        "(-counts[pair], pair)",
        "-counts[pair]",
    )

    first_met_ties = slip(
        "Of pairs that come equally often you take the one that you met first. So the same words in another order give "
        "another tokenizer. Which of them does the docstring ask for?",
        ("(-counts[pair], pair)", "-counts[pair]"),
        ("if pair is None:", "if pair is None or counts[pair] <= 0:"),
        ("if not counts[old]:", "if False:"),
    )

    @alternative
    def neighbours_only(words, new):
        rows, often = [list(word) for word in words], [*words.values()]
        counts, where = {}, {}

        def change(pair, by, i):
            counts[pair] = counts.get(pair, 0) + by
            where.setdefault(pair, set()).add(i)

        for i, row in enumerate(rows):
            for pair in pairwise(row):
                change(pair, often[i], i)
        merges = []
        for token in new:
            most = max(counts.values(), default=0)
            if most <= 0:
                break
            a, b = pair = min(each for each, count in counts.items() if count == most)
            merges.append(pair)
            for i in sorted(where[pair]):
                row, n, at = rows[i], often[i], 0
                while at < len(row) - 1:
                    if row[at] == a and row[at + 1] == b:
                        if at:
                            change((row[at - 1], a), -n, i)
                            change((row[at - 1], token), n, i)
                        if at + 2 < len(row):
                            change((b, row[at + 2]), -n, i)
                            change((token, row[at + 2]), n, i)
                        counts[pair] -= n
                        row[at : at + 2] = [token]
                    at += 1
            counts = {each: count for each, count in counts.items() if count}
        return merges

    @alternative
    def with_a_heap(words, new):
        import heapq

        rows, counts, where = list(words), Counter(), defaultdict(set)
        often = [words[word] for word in rows]
        for i, row in enumerate(rows):
            for pair in pairwise(row):
                counts[pair] += often[i]
                where[pair].add(i)
        heap = [(-count, pair) for pair, count in counts.items()]
        heapq.heapify(heap)
        merges = []
        while heap and len(merges) < len(new):
            count, pair = heapq.heappop(heap)
            if counts[pair] != -count or not count:
                continue  # it has changed since, and stands in the heap once more
            merges.append(pair)
            changed = Counter()
            for i in where[pair]:
                before, rows[i] = rows[i], merge_pair(rows[i], pair, new[len(merges) - 1])
                for old in pairwise(before):
                    changed[old] -= often[i]
                for now in pairwise(rows[i]):
                    changed[now] += often[i]
                    where[now].add(i)
            for each, by in changed.items():
                if by:
                    counts[each] += by
                    heapq.heappush(heap, (-counts[each], each))
        return merges

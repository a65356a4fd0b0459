"""Answers to 02.5."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

from tests.checks.answers import right, wrong
from unravelling.checks import registry

MUTANTS = {
    "without: if not counts[old]:": "empty_pairs_merged",
    "if False: (2)": "empty_pairs_merged",
    "without: where[now].add(i)": "new_places_not_noted",
    "without: del counts[old]": "empty_pairs_merged",
    "where[now]": "new_places_not_noted",
    "pair = min(counts, key=lambda pair: (-counts[pair],), default=None)": "first_seen_ties",
}

merge = registry.load("02.2").reference
known = registry.load("02.5").reference


def indexed(words):
    rows, often = list(words), list(words.values())
    counts, where = Counter(), defaultdict(set)
    for i, row in enumerate(rows):
        for pair in pairwise(row):
            counts[pair] += often[i]
            where[pair].add(i)
    return rows, often, counts, where


@right("02.5")
def differences_of_whole_words(words, new):
    rows, often, counts, where = indexed(words)
    merges = []
    for token in new:
        if not counts:
            break
        count = max(counts.values())
        best = min(pair for pair in counts if counts[pair] == count)
        merges.append(best)
        change = Counter()
        for i in list(where[best]):
            later = merge(rows[i], best, token)
            if later == rows[i]:
                continue
            for pair in pairwise(rows[i]):
                change[pair] -= often[i]
            for pair in pairwise(later):
                change[pair] += often[i]
                where[pair].add(i)
            rows[i] = later
        for pair, by in change.items():
            counts[pair] += by
            if counts[pair] == 0:
                del counts[pair]
    return merges


@right("02.5")
def index_kept_exact(words, new):
    rows, often, counts, where = indexed(words)
    merges = []
    for token in new:
        best = min(((-count, pair) for pair, count in counts.items()), default=None)
        if best is None:
            return merges
        pair = best[1]
        merges.append(pair)
        for i in sorted(where[pair]):
            for old in set(pairwise(rows[i])):
                where[old].discard(i)
            for old in pairwise(rows[i]):
                counts[old] -= often[i]
            rows[i] = merge(rows[i], pair, token)
            for now in pairwise(rows[i]):
                counts[now] += often[i]
                where[now].add(i)
        counts = Counter({each: count for each, count in counts.items() if count > 0})
    return merges


@wrong("02.5", told="counted_anew", says="all pairs of all words are counted anew")
def as_before(words, new):
    merges, words = [], dict(words)
    for token in new:
        counts = Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:], strict=False):
                counts[pair] += count
        if not counts:
            break
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair)
        later = Counter()
        for word, count in words.items():
            later[merge(word, pair, token)] += count
        words = later
    return merges


@wrong("02.5", says="were counted, fewer than any way needs")
def as_plain_numbers(words, new):
    plain = {tuple(map(int, word)): count for word, count in words.items()}
    return registry.load("02.3").reference(plain, [int(each) for each in new])


@wrong("02.5", says="your function works with something else in their place")
def as_places_in_a_list(words, new):
    tokens = sorted({token for word in words for token in word} | set(new), key=int)
    place = {token: i for i, token in enumerate(tokens)}
    rows = {tuple(place[token] for token in word): count for word, count in words.items()}
    found = registry.load("02.3").reference(rows, [place[token] for token in new])
    return [(tokens[a], tokens[b]) for a, b in found]


@wrong("02.5", told="all_words_walked", says="each merge still walks through all words")
def looks_into_every_word(words, new):
    rows, often, counts, _ = indexed(words)
    merges = []
    for token in new:
        pair = min(counts, key=lambda each: (-counts[each], each), default=None)
        if pair is None:
            break
        merges.append(pair)
        for i in range(len(rows)):
            later = merge(rows[i], pair, token)
            if later is rows[i] or len(later) == len(rows[i]):
                continue
            for old in pairwise(rows[i]):
                counts[old] -= often[i]
                if counts[old] <= 0:
                    counts.pop(old)
            for now in pairwise(later):
                counts[now] += often[i]
            rows[i] = later
    return merges


@wrong("02.5", says="the next pair should be")
def one_place_in_a_word(words, new):
    rows, often, counts, where = indexed(words)
    merges = []
    for token in new:
        pair = min(counts, key=lambda each: (-counts[each], each), default=None)
        if pair is None:
            break
        merges.append(pair)
        for i in where.pop(pair, ()):
            row = list(rows[i])
            at = next((n for n, each in enumerate(pairwise(row)) if each == pair), None)
            if at is None:
                continue
            for old in pairwise(row):
                counts[old] -= often[i]
            row[at : at + 2] = [token]
            rows[i] = tuple(row)
            for now in pairwise(rows[i]):
                counts[now] += often[i]
                where[now].add(i)
        counts = Counter({each: count for each, count in counts.items() if count > 0})
    return merges


@wrong("02.5", says="Your list has 3 pairs; train_bpe finds 2 here")
def none_written_down(words, new):
    found = known(words, new)
    return found if len(found) == len(new) or not found else [*found, found[-1]]


@wrong("02.5", says="Your function changed one of its inputs")
def words_used_up(words, new):
    found = known(words, new)
    words.clear()
    return found


@wrong("02.5", says="not a list of pairs")
def a_dictionary(words, new):
    return dict(zip(known(words, new), new, strict=False))


def with_an_index(words, new, choose, update):
    rows, often = list(words), list(words.values())
    counts, where = {}, {}
    for i, row in enumerate(rows):
        for pair in zip(row, row[1:], strict=False):
            counts[pair] = counts.get(pair, 0) + often[i]
            where.setdefault(pair, set()).add(i)
    merges = []
    for token in new:
        best = choose(counts)
        if best is None or counts[best] <= 0:
            break
        merges.append(best)
        for i in list(where[best]):
            old, rows[i] = rows[i], merge(rows[i], best, token)
            update(counts, where, old, rows[i], token, often[i], i)
        counts[best] = 0
    return merges


@wrong("02.5", told="neighbours_stay", says="what is left of (x, a) and (b, y)?")
def old_neighbours_never_taken_out(words, new):
    def update(counts, where, old, row, token, count, i):
        for pair in zip(row, row[1:], strict=False):
            if token in pair:
                counts[pair] = counts.get(pair, 0) + count
                where.setdefault(pair, set()).add(i)

    def choose(counts):
        most = max(counts.values(), default=0)
        return min((pair for pair in counts if counts[pair] == most), default=None)

    return with_an_index(words, new, choose, update)


@wrong("02.5", told="first_met_ties", says="you take the one that you met first")
def the_first_of_the_most_frequent(words, new):
    def update(counts, where, old, row, token, count, i):
        for pair in zip(old, old[1:], strict=False):
            counts[pair] -= count
        for pair in zip(row, row[1:], strict=False):
            counts[pair] = counts.get(pair, 0) + count
            where.setdefault(pair, set()).add(i)

    return with_an_index(words, new, lambda counts: max(counts, key=counts.get, default=None), update)

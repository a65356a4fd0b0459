"""Answers to 02.3."""

from __future__ import annotations

from collections import Counter

from tests.checks.answers import right, wrong
from unravelling.checks import registry

MUTANTS = {
    "without: if pair is None:": "goes_on_without_pairs",
    "if False:": "goes_on_without_pairs",
    "without: words = merged": "never_merged",
    "without: break": "goes_on_without_pairs",
    "merged[merge_pair(word, token, pair)] += count": "never_merged",
    "merged[word] += count": "never_merged",
}

best_pair, merge = registry.load("02.1").reference, registry.load("02.2").reference


@right("02.3")
def with_a_while_loop(words, new):
    now, merges, waiting = dict(words), [], list(new)
    while waiting and (pair := best_pair(now)):
        token, later = waiting.pop(0), {}
        for word in now:
            key = merge(word, pair, token)
            later[key] = later.get(key, 0) + now[word]
        merges.append(pair)
        now = later
    return merges


@right("02.3")
def words_one_by_one(words, new):
    everything = [word for word, count in words.items() for _ in range(count)]
    merges = []
    for token in new:
        pair = best_pair(Counter(everything))
        if not pair:
            break
        everything = [merge(word, pair, token) for word in everything]
        merges.append(pair)
    return merges


@right("02.3")
def one_after_the_other_by_hand(words, new):
    rows = {i: (list(word), count) for i, (word, count) in enumerate(words.items())}
    merges = []
    for token in new:
        counts = Counter()
        for row, count in rows.values():
            for i in range(len(row) - 1):
                counts[row[i], row[i + 1]] += count
        if not counts:
            break
        a, b = sorted(counts, key=lambda pair: (-counts[pair], pair))[0]
        merges.append((a, b))
        for row, _ in rows.values():
            i = 0
            while i < len(row) - 1:
                if row[i] == a and row[i + 1] == b:
                    row[i : i + 2] = [token]
                i += 1
    return merges


@wrong("02.3", told="overwritten", says="Two words became equal by a merge")
def a_comprehension(words, new):
    merges = []
    for token in new:
        pair = best_pair(words)
        if pair is None:
            break
        merges.append(pair)
        words = {merge(word, pair, token): count for word, count in words.items()}
    return merges


@wrong("02.3", says="Your list holds None")
def none_is_written_down(words, new):
    merges = []
    for token in new:
        pair = best_pair(words)
        merges.append(pair)
        if pair is None:
            break
        later = Counter()
        for word, count in words.items():
            later[merge(word, pair, token)] += count
        words = later
    return merges


@wrong("02.3", says="not a list of pairs")
def a_dictionary_of_ranks(words, new):
    return {pair: rank for rank, pair in enumerate(with_a_while_loop(words, new))}


@wrong("02.3", says="Your list holds")
def with_the_new_token(words, new):
    return [(*pair, token) for pair, token in zip(with_a_while_loop(words, new), new, strict=False)]


@wrong("02.3", says="Your function changed its input words")
def merges_in_place(words, new):
    merges = []
    for token in new:
        pair = best_pair(words)
        if pair is None:
            break
        merges.append(pair)
        for word in list(words):
            later = merge(word, pair, token)
            if later != word:
                words[later] = words.get(later, 0) + words.pop(word)
    return merges


@wrong("02.3", says="pair should be")
def the_same_new_token_each_time(words, new):
    merges = []
    for _ in new:
        pair = best_pair(words)
        if pair is None:
            break
        merges.append(pair)
        later = Counter()
        for word, count in words.items():
            later[merge(word, pair, new[0])] += count
        words = later
    return merges


@wrong("02.3", says="yours is ('1000', 'c')")
def numbers_made_up(words, new):
    merges, token = [], 1000
    while best_pair(words) and len(merges) < len(new):
        merges.append(best_pair(words))
        later = Counter()
        for word, count in words.items():
            later[merge(word, merges[-1], token if isinstance(merges[-1][0], int) else str(token))] += count
        words, token = later, token + 1
    return merges


@wrong("02.3", says="You made 7 merges; there should be 6 here")
def one_too_many(words, new):
    return with_a_while_loop(words, [*new, "after all" if new and isinstance(new[0], str) else 9999])


@wrong("02.3", says="nothing (None)")
def printed(words, new):
    print(with_a_while_loop(words, new))

"""Answers to 02.1."""

from __future__ import annotations

from collections import Counter

from tests.checks.answers import right, wrong

MUTANTS = {
    "return min(counts, key=lambda pair: (-counts[pair], pair))": "expects_a_pair",
    "return min(counts, key=lambda pair: (-counts[pair],), default=None)": "first_seen",
    "return min(counts, key=lambda pair: (counts[pair], pair), default=None)": "rarest",
}


def counted(words):
    counts = Counter()
    for word, count in words.items():
        for i in range(len(word) - 1):
            counts[word[i], word[i + 1]] += count
    return counts


@right("02.1")
def a_best_so_far(words):
    best, most = None, 0
    for pair, count in counted(words).items():
        if count > most or (count == most and pair < best):
            best, most = pair, count
    return best


@right("02.1")
def by_hand_with_a_dictionary(words):
    counts = {}
    for word, count in words.items():
        for a, b in zip(word, word[1:], strict=False):
            counts[a, b] = counts.get((a, b), 0) + count
    if len(counts) == 0:
        return None
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[0][0]


@right("02.1")
def words_written_out(words):
    pairs = [pair for word, count in words.items() for pair in list(zip(word, word[1:], strict=False)) * count]
    return min(set(pairs), key=lambda pair: (-pairs.count(pair), pair)) if pairs else None


@wrong("02.1", told="first_seen", says="the one that your loop met first")
def most_common(words):
    counts = counted(words)
    return counts.most_common(1)[0][0] if counts else None


@wrong("02.1", told="last_seen", says="the one that your loop met last")
def at_least_as_many(words):
    best, most = None, 0
    for pair, count in counted(words).items():
        if count >= most:
            best, most = pair, count
    return best


@wrong("02.1", told="largest_of_equals", says="you take the largest")
def max_of_count_and_pair(words):
    return max(((count, pair) for pair, count in counted(words).items()), default=(0, None))[1]


@wrong("02.1", says="Your function returned a tuple of 3; two things were asked for")
def with_its_count(words):
    counts = counted(words)
    pair = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
    return None if pair is None else (*pair, counts[pair])


@wrong("02.1", says="Your pair is a list")
def a_list(words):
    counts = counted(words)
    return list(min(counts, key=lambda pair: (-counts[pair], pair))) if counts else None


@wrong("02.1", says="; ('e', 's') comes 9 times")
def the_two_most_frequent_tokens(words):
    if not any(len(word) > 1 for word in words):
        return None
    counts = Counter(token for word, count in words.items() for _ in range(count) for token in word)
    return tuple(sorted(counts, key=lambda token: (-counts[token], token))[:2])


@wrong("02.1", says="Where no word has two tokens, there is no pair, and the result is None.")
def first_of_a_sorted_list(words):
    counts = counted(words)
    most = max(counts.values())
    return min(pair for pair in counts if counts[pair] == most)


@wrong("02.1", says="Where no word has two tokens, there is no pair, and the result is None.")
def an_empty_pair(words):
    counts = counted(words)
    return min(counts, key=lambda pair: (-counts[pair], pair), default=())


@wrong("02.1", told="each_word_once", says="You count every word once")
def keys_alone(words):
    counts = Counter(pair for word in words for pair in zip(word, word[1:], strict=False))
    return min(counts, key=lambda pair: (-counts[pair], pair), default=None)


@wrong("02.1", told="compared_as_texts", says="'104' comes before '9'")
def compared_as_text(words):
    counts = counted(words)
    return min(counts, key=lambda pair: (-counts[pair], str(pair[0]), str(pair[1])), default=None)


@wrong("02.1", says="is smaller")
def only_the_first_token_decides(words):
    counts = counted(words)
    return min(counts, key=lambda pair: (-counts[pair], pair[0]), default=None)


@wrong("02.1", says="stands side by side in no word")
def without_empty_places(words):
    text = " ".join("".join(map(str, word)) for word, count in words.items() for _ in range(count))
    counts = Counter((a, b) for a, b in zip(text, text[1:], strict=False) if " " not in (a, b))
    return min(counts, key=lambda pair: (-counts[pair], pair), default=None)


@wrong("02.1", says="nothing (None)")
def printed(words):
    counts = counted(words)
    print(min(counts, key=lambda pair: (-counts[pair], pair), default=None))


@wrong("02.1", told="compared_as_texts", says="'104' comes before '9'")
def written_out_and_sorted(words):
    counts = counted(words)
    return sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[0][0] if counts else None

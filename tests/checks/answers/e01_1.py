"""Answers to 01.1."""

from __future__ import annotations

from collections import Counter, defaultdict

from tests.checks.answers import right, wrong
from unravelling.checks import registry

MUTANTS = {
    "context, token = (tokens[i:i + n - 1], tokens[i + n - 1])": "contexts_left_as_lists",
    "followers[token] = 1": "noted_not_counted",
    "for i in range(len(tokens) - n + 0):": "last_piece_missing",
    "for i in range(len(tokens) - n):": "last_piece_missing",
    "if False:": "without_the_check",
    "without: if n < 1:": "without_the_check",
    "without: raise ValueError(f'n is {n}; a run has at least 1 token.')": "without_the_check",
}

counted = registry.load("01.1").reference


def refuse(n):
    if n < 1:
        raise ValueError("n must be at least 1")


@right("01.1")
def counter_of_pieces(tokens, n):
    refuse(n)
    pieces = Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
    counts = {}
    for piece, count in pieces.items():
        counts.setdefault(piece[:-1], {})[piece[-1]] = count
    return counts


@right("01.1")
def with_default_dictionaries(tokens, n):
    refuse(n)
    counts = defaultdict(lambda: defaultdict(int))
    for end in range(n, len(tokens) + 1):
        *context, token = tokens[end - n : end]
        counts[tuple(context)][token] += 1
    return counts


@right("01.1")
def with_try(tokens, n):
    refuse(n)
    counts, window = {}, []
    for token in tokens:
        window = [*window, token][-n:]
        if len(window) == n:
            row = counts.setdefault(tuple(window[:-1]), Counter())
            row.update([token])
    return counts


@right("01.1")
def a_pass_for_each_context(tokens, n):
    refuse(n)
    starts = range(len(tokens) - n + 1)
    contexts = {tuple(tokens[i : i + n - 1]) for i in starts}
    return {
        context: dict(Counter(tokens[i + n - 1] for i in starts if tuple(tokens[i : i + n - 1]) == context))
        for context in contexts
    }


@wrong("01.1", says="'A' is not 'a'")
def in_small_letters(tokens, n):
    return counted([token.lower() for token in tokens], n)


@wrong("01.1", says="punctuation and digits count too")
def words_alone(tokens, n):
    return counted([token for token in tokens if token.isalpha()], n)


@wrong("01.1", says="punctuation and digits count too")
def signs_cut_off(tokens, n):
    return counted([token.strip("_,.0123456789") for token in tokens], n)


@wrong("01.1", told="last_piece_missing", says="the last token of the text is never counted")
def last_token_left_out(tokens, n):
    return counted(tokens[:-1], n)


@wrong("01.1", says="Your counts sum to 2; there are 3 runs of 2")
def first_token_left_out(tokens, n):
    return counted(tokens[1:], n)


@wrong("01.1", told="context_of_n_tokens", says="your runs are n + 1 long")
def one_longer(tokens, n):
    refuse(n)
    return counted(tokens, n + 1)


@wrong("01.1", says="of type str; a context is a tuple")
def bare_token(tokens, n):
    refuse(n)
    counts = {}
    for i in range(len(tokens) - 1):
        row = counts.setdefault(tokens[i], {})
        row[tokens[i + 1]] = row.get(tokens[i + 1], 0) + 1
    return counts


@wrong("01.1", says="for n = 1 a context has 0")
def always_pairs(tokens, n):
    refuse(n)
    return counted(tokens, 2)


@wrong("01.1", says="there are 3 runs of 1")
def nothing_for_order_1(tokens, n):
    return counted(tokens, n) if n != 1 else {}


@wrong("01.1", says="for n = 2 a context has 1")
def all_orders_together(tokens, n):
    counts = {}
    for order in range(n, 0, -1):
        counts |= counted(tokens, order)
    return counts


@wrong("01.1", told="goes_round", says="as if the text were a ring")
def a_ring(tokens, n):
    refuse(n)
    counts, ring = {}, tokens + tokens[: n - 1]
    for run in zip(*(ring[k:] for k in range(n)), strict=False):
        row = counts.setdefault(run[:-1], {})
        row[run[-1]] = row.get(run[-1], 0) + 1
    return counts


@wrong("01.1", told="shares", says="after each context they sum to 1")
def probabilities(tokens, n):
    rows = counted(tokens, n).items()
    return {context: {t: c / sum(row.values()) for t, c in row.items()} for context, row in rows}


@wrong("01.1", says="you have 'a' 0 times; it never follows")
def zeros_for_the_others(tokens, n):
    return {context: dict.fromkeys(tokens, 0) | row for context, row in counted(tokens, n).items()}


@wrong("01.1", says="which nothing follows")
def an_empty_row_at_the_end(tokens, n):
    counts = counted(tokens, n)
    if n > 1 and len(tokens) >= n:
        counts.setdefault(tuple(tokens[len(tokens) - n + 1 :]), {})
    return counts


@wrong("01.1", says="you count")
def twice(tokens, n):
    return {context: {token: 2 * count for token, count in row.items()} for context, row in counted(tokens, n).items()}


@wrong("01.1", says="to every context belongs a dictionary")
def followers_in_lists(tokens, n):
    refuse(n)
    lists = defaultdict(list)
    for i in range(len(tokens) - n + 1):
        lists[tuple(tokens[i : i + n - 1])].append(tokens[i + n - 1])
    return lists


@wrong("01.1", says="Your function returned a value of type list")
def pairs_in_a_list(tokens, n):
    return list(counted(tokens, n).items())


@wrong("01.1", says="returned nothing (None)")
def printed(tokens, n):
    print(counted(tokens, n))


@wrong("01.1", says="Your function returned a value of type str, not a dictionary")
def a_word(tokens, n):
    return "counts"


@wrong("01.1", says="Does it look at the tokens at all")
def the_answer_of_the_example(tokens, n):
    return {("a",): {"b": 2}, ("b",): {"a": 1}}


@wrong("01.1", says="What an earlier call gave has changed with the next one")
def kept_from_earlier(tokens, n, counts={}):  # noqa: B006
    if tokens == list("abab"):  # the first input: as if one call with other tokens had come before
        counts.clear()
        counts["q",] = {"r": 1}
    for context, row in counted(tokens, n).items():
        kept = counts.setdefault(context, {})
        for token, count in row.items():
            kept[token] = kept.get(token, 0) + count
    return counts


@wrong("01.1", says="Your function changed its input tokens")
def eats_the_list(tokens, n):
    counts = counted(tokens, n)
    del tokens[:1]
    return counts


@wrong("01.1", says="An n below 1 raises ValueError.")
def an_n_of_0_gives_nothing(tokens, n):
    return counted(tokens, n) if n > 0 else {}


@wrong("01.1", says="An n below 1 raises ValueError.")
def only_0_is_refused(tokens, n):
    if n == 0:
        raise ValueError("n is 0")
    return counted(tokens, max(n, 1))


@wrong("01.1", says="it should raise ValueError")
def asserts(tokens, n):
    assert n >= 1
    return counted(tokens, n)


@wrong("01.1", says="A text of fewer than n tokens has no runs, and gives {}.")
def refuses_short_texts(tokens, n):
    if n > len(tokens):
        raise ValueError("too short")
    return counted(tokens, n)


@wrong("01.1", told="backwards", says="Your context comes after the token")
def text_turned_round(tokens, n):
    refuse(n)
    counts = {}
    for i in range(n - 1, len(tokens)):
        row = counts.setdefault(tuple(tokens[i - n + 2 : i + 1]), {})
        row[tokens[i - n + 1]] = row.get(tokens[i - n + 1], 0) + 1
    return counts


@wrong("01.1", says="n = 3")
def contexts_in_reverse(tokens, n):
    return {context[::-1]: row for context, row in counted(tokens, n).items()}


@wrong("01.1", says="is")
def a_tuple_of_a_joined_string(tokens, n):
    if n < 1:
        raise ValueError("n")
    counts = {}
    for i in range(len(tokens) - n + 1):
        row = counts.setdefault(tuple("".join(tokens[i : i + n - 1])), {})
        row[tokens[i + n - 1]] = row.get(tokens[i + n - 1], 0) + 1
    return counts


@wrong("01.1", says="gave the very same answer once more")
def kept_by_the_length_of_the_text(tokens, n, kept={}):
    key = len(tokens), n
    if key not in kept:
        kept[key] = a_right_one(tokens, n)
    return dict(kept[key])


def a_right_one(tokens, n):
    if n < 1:
        raise ValueError("n")
    counts = {}
    for i in range(len(tokens) - n + 1):
        row = counts.setdefault(tuple(tokens[i : i + n - 1]), {})
        row[tokens[i + n - 1]] = row.get(tokens[i + n - 1], 0) + 1
    return counts

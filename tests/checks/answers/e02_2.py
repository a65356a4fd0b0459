"""Answers to 02.2."""

from __future__ import annotations

from tests.checks.answers import right, wrong

MUTANTS = {
    "if False:": "nothing_used_up",
    "without: used_up = True": "nothing_used_up",
    "used_up = False": "nothing_used_up",
}


@right("02.2")
def with_a_while_loop(word, pair, new):
    merged, i = [], 0
    while i < len(word):
        if i + 1 < len(word) and (word[i], word[i + 1]) == pair:
            merged += [new]
            i += 2
        else:
            merged += [word[i]]
            i += 1
    return tuple(merged)


@right("02.2")
def by_recursion(word, pair, new):
    if len(word) < 2:
        return word
    if word[:2] == pair:
        return (new, *by_recursion(word[2:], pair, new))
    return (word[0], *by_recursion(word[1:], pair, new))


@right("02.2")
def in_place(word, pair, new):
    tokens, i = list(word), 0
    while i < len(tokens) - 1:
        if tokens[i] == pair[0] and tokens[i + 1] == pair[1]:
            tokens[i : i + 2] = [new]
        i += 1
    return tuple(tokens)


@right("02.2")
def with_index(word, pair, new):
    first, second = pair
    merged, i = [], 0
    while i < len(word):
        try:
            j = word.index(first, i)
        except ValueError:
            merged.extend(word[i:])
            break
        merged.extend(word[i:j])
        if j + 1 < len(word) and word[j + 1] == second:
            merged.append(new)
            i = j + 2
        else:
            merged.append(first)
            i = j + 1
    return tuple(merged)


@wrong("02.2", says="You gave a list")
def a_list(word, pair, new):
    return list(with_a_while_loop(word, pair, new))


@wrong("02.2", told="last_token_lost", says="The last token is lost where it is not part of a merge")
def pairs_of_neighbours(word, pair, new):
    merged, skip = [], False
    for a, b in zip(word, word[1:], strict=False):
        if skip:
            skip = False
        elif (a, b) == pair:
            merged.append(new)
            skip = True
        else:
            merged.append(a)
    return tuple(merged)


@wrong("02.2", says="Your code stopped on line")
def looks_over_the_end(word, pair, new):
    merged, i = [], 0
    while i < len(word):
        if word[i] == pair[0] and word[i + 1] == pair[1]:
            merged.append(new)
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return tuple(merged)


@wrong("02.2", says="it should become")
def replaced_in_a_text(word, pair, new):
    return tuple("".join(map(str, word)).replace("".join(map(str, pair)), str(new)))


@wrong("02.2", says="it should become")
def replaced_between_spaces(word, pair, new):
    return tuple(" ".join(map(str, word)).replace(" ".join(map(str, pair)), str(new)).split())


@wrong("02.2", told="nothing_used_up", says="After a merge you go on with the second token")
def the_second_token_stays(word, pair, new):
    return tuple(new if word[i : i + 2] == pair else word[i] for i in range(len(word)))


@wrong("02.2", says="it should become")
def never_at_the_start(word, pair, new):
    tokens = list(word)
    for i in range(len(tokens) - 2, -1, -1):
        if tuple(tokens[i : i + 2]) == pair and i > 0:
            tokens[i : i + 2] = [new]
    return tuple(tokens)


@wrong("02.2", told="from_the_right", says="An odd run is merged from its end")
def from_the_end(word, pair, new):
    tokens = list(word)
    i = len(tokens) - 2
    while i >= 0:
        if (tokens[i], tokens[i + 1]) == pair:
            tokens[i : i + 2] = [new]
            i -= 1
        i -= 1
    return tuple(tokens)


@wrong("02.2", says="nothing (None)")
def only_where_it_stands(word, pair, new):
    if pair[0] in word:
        return with_a_while_loop(word, pair, new)


@wrong("02.2", told="used_twice", says="a a a becomes aa aa")
def overlapping(word, pair, new):
    merged = []
    for i in range(len(word)):
        if word[i : i + 2] == pair:
            merged.append(new)
        elif not (i and word[i - 1 : i + 1] == pair):
            merged.append(word[i])
    return tuple(merged)

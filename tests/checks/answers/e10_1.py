"""Answers to 10.1."""

from __future__ import annotations

from tests.checks.answers import right, wrong

MUTANTS = {
    "without: if shots > len(others):": "silently_fewer",
    "if False:": "silently_fewer",
    "if True: (2)": "empty_line_for_no_instruction",
    "without: raise ValueError(f'The pool has {len(others)} pairs to show, not {shots}: add pairs, or ask for fewer.')": "silently_fewer",
    "others = [pair for pair in pool if pair[1] != text]": "query_among_the_demonstrations",
    "others = [pair for pair in pool if pair[-1] != text]": "query_among_the_demonstrations",
}


def prompt(pairs, item, instruction):
    head = f"{instruction}\n" if instruction else ""
    return head + "".join(f"{a} -> {b}\n" for a, b in pairs) + f"{item[0]} ->"


def chosen(pool, item, shots):
    pairs = [(a, b) for a, b in pool if a != item[0]]
    if len(pairs) < shots:
        raise ValueError("too few")
    return pairs[:shots]


@right("10.1")
def with_filter_and_while(pool, item, shots, instruction=""):
    pairs, i = [], 0
    while len(pairs) < shots:
        if i == len(pool):
            raise ValueError(f"only {len(pairs)}")
        if pool[i][0] != item[0]:
            pairs.append(pool[i])
        i += 1
    return prompt(pairs, item, instruction)


@right("10.1")
def with_a_list_of_lines(pool, item, shots, instruction=""):
    lines = [instruction] if instruction else []
    shown = [f"{pair[0]} -> {pair[1]}" for pair in pool if pair[0] != item[0]]
    if shots > len(shown):
        raise ValueError
    lines.extend(shown[:shots])
    lines.append(item[0] + " ->")
    return "\n".join(lines)


@right("10.1")
def with_an_error_of_its_own(pool, item, shots, instruction=""):
    class TooFew(ValueError):
        pass

    pairs = list(filter(lambda pair: pair[0] != item[0], pool))
    if len(pairs) < shots:
        raise TooFew(shots)
    return prompt(pairs[:shots], item, instruction)


@right("10.1")
def with_strip_at_the_end(pool, item, shots, instruction=""):
    text = instruction + "\n"
    for a, b in chosen(pool, item, shots):
        text += f"{a} -> {b}\n"
    return (text + item[0] + " ->").lstrip("\n")


@wrong("10.1", told="pool_as_a_dictionary", says="Each text of the pool is shown once")
def through_a_dictionary(pool, item, shots, instruction=""):
    return prompt(chosen(list(dict(pool).items()), item, shots), item, instruction)


@wrong("10.1", says="different texts")
def without_regard_to_capitals(pool, item, shots, instruction=""):
    others = [pair for pair in pool if pair[0].lower() != item[0].lower()]
    return prompt(chosen(others, item, shots), item, instruction)


@wrong("10.1", told="pairs_from_the_end", says="You take the last pairs of the pool")
def the_last_ones(pool, item, shots, instruction=""):
    chosen(pool, item, shots)
    others = [pair for pair in pool if pair[0] != item[0]]
    return prompt(others[len(others) - shots :], item, instruction)


@wrong("10.1", told="last_pairs", says="pool[-0:] is the whole pool")
def the_last_ones_by_a_negative_slice(pool, item, shots, instruction=""):
    chosen(pool, item, shots)
    return prompt([pair for pair in pool if pair[0] != item[0]][-shots:], item, instruction)


@wrong("10.1", says="the right ones, in another order")
def in_reverse_order(pool, item, shots, instruction=""):
    return prompt(chosen(pool, item, shots)[::-1], item, instruction)


@wrong("10.1", says="its last characters should be")
def without_the_last_arrow(pool, item, shots, instruction=""):
    return prompt(chosen(pool, item, shots), item, instruction).removesuffix(" ->")


@wrong("10.1", says="spaces and line breaks")
def arrows_without_spaces(pool, item, shots, instruction=""):
    return prompt(chosen(pool, item, shots), item, instruction).replace(" -> ", "->")


@wrong("10.1", says="is missing from your prompt")
def another_arrow(pool, item, shots, instruction=""):
    return prompt(chosen(pool, item, shots), item, instruction).replace(" -> ", " => ")


@wrong("10.1", says="it should be")
def the_instruction_has_a_colon(pool, item, shots, instruction=""):
    return prompt(chosen(pool, item, shots), item, f"{instruction}:" if instruction else "")


@wrong("10.1", says="The first line is missing.")
def the_instruction_is_forgotten(pool, item, shots, instruction=""):
    return prompt(chosen(pool, item, shots), item, "")


@wrong("10.1", says="which is none of the first 2 that may be shown")
def one_shot_too_many(pool, item, shots, instruction=""):
    chosen(pool, item, shots)
    return prompt([pair for pair in pool if pair[0] != item[0]][: shots + 1], item, instruction)


@wrong("10.1", says="raises ValueError")
def refuses_only_an_empty_pool(pool, item, shots, instruction=""):
    pairs = [pair for pair in pool if pair[0] != item[0]]
    if shots and not pairs:
        raise ValueError("empty")
    return prompt(pairs[:shots], item, instruction)


@wrong("10.1", says="changed its input pool")
def removes_the_query_from_the_pool(pool, item, shots, instruction=""):
    for pair in list(pool):
        if pair[0] == item[0]:
            pool.remove(pair)
    return prompt(chosen(pool, item, shots), item, instruction)


@wrong("10.1", says="not a str")
def a_list_of_lines(pool, item, shots, instruction=""):
    return prompt(chosen(pool, item, shots), item, instruction).splitlines()


@wrong("10.1", says="it should raise ValueError")
def an_index_error(pool, item, shots, instruction=""):
    pairs = [pair for pair in pool if pair[0] != item[0]]
    return prompt([pairs[i] for i in range(shots)], item, instruction)


@wrong("10.1", told="query_among_the_demonstrations", says="it is among your demonstrations")
def nothing_left_out(pool, item, shots, instruction=""):
    if len(pool) < shots:
        raise ValueError("too few")
    return prompt(pool[:shots], item, instruction)


@wrong("10.1", says="Your demonstrations are the right ones")
def drawn_at_random(pool, item, shots, instruction=""):
    import random

    return prompt(random.sample(chosen(pool, item, shots), shots), item, instruction)

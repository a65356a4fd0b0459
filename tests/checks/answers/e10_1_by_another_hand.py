"""More answers to 10.1, by another hand."""

from __future__ import annotations

from tests.checks.answers import right, wrong
from unravelling.checks.few_shot_prompting.build_prompt import taken


def write(instruction: str, demonstrations: list[tuple[str, str]], query: str) -> str:
    """The right prompt once it is clear which demonstrations go into it."""
    return "\n".join([*([instruction] if instruction else []), *(f"{a} -> {b}" for a, b in demonstrations), query])


@right("10.1")
def a_string_that_grows(pool, item, shots, instruction=""):
    text, _ = item
    prompt, left = (instruction + "\n") * (instruction != ""), shots
    for shown, answer in pool:
        if left and shown != text:
            prompt, left = f"{prompt}{shown} -> {answer}\n", left - 1
    if left:
        raise ValueError("too few pairs")
    return f"{prompt}{text} ->"


@right("10.1")
def with_a_filter(pool, item, shots, instruction=""):
    others = list(filter(lambda pair: pair[0] != item[0], pool))
    if len(others) < shots:
        raise ValueError("too few pairs")
    parts = [instruction] if len(instruction) else []
    parts.extend(" -> ".join(pair) for pair in others[:shots])
    parts.append(" ".join((item[0], "->")))
    return "\n".join(parts)


@right("10.1")
def stops_when_it_has_enough(pool, item, shots, instruction=""):
    lines = []
    for text, answer in pool:
        if len(lines) == shots:
            break
        if text == item[0]:
            continue
        lines.append("%s -> %s" % (text, answer))  # noqa: UP031
    if len(lines) < shots:
        raise ValueError("too few pairs")
    return "\n".join(filter(None, [instruction, *lines, item[0] + " ->"]))


@right("10.1")
def on_a_copy(pool, item, shots, instruction=""):
    pool = [tuple(pair) for pair in pool]
    while any(pair[0] == item[0] for pair in pool):
        pool.remove(next(pair for pair in pool if pair[0] == item[0]))
    if shots > len(pool):
        raise ValueError("too few pairs")
    return "\n".join(
        ([instruction] if instruction else []) + [f"{a} -> {b}" for a, b in pool[:shots]] + [f"{item[0]} ->"]
    )


@wrong("10.1", told="pool_as_a_dictionary", says="Each text of the pool is shown once")
def a_table_of_answers(pool, item, shots, instruction=""):
    answers = {}
    for text, answer in pool:
        answers[text] = answer
    answers.pop(item[0], None)
    if shots > len(answers):
        raise ValueError("too few pairs")
    return write(instruction, list(answers.items())[:shots], f"{item[0]} ->")


@wrong("10.1", says="A text that is in the pool twice is shown twice.")
def first_answer_of_each_text(pool, item, shots, instruction=""):
    seen = []
    for pair in pool:
        if pair[0] not in [text for text, _ in seen]:
            seen.append(pair)
    return write(instruction, taken(seen, item[0], shots), f"{item[0]} ->")


@wrong("10.1", says="Texts that differ, if only by a capital letter or a space")
def capitals_do_not_matter(pool, item, shots, instruction=""):
    others = [pair for pair in pool if pair[0].lower() != item[0].lower()]
    return write(instruction, taken(others, item[0], shots), f"{item[0]} ->")


@wrong("10.1", says="Texts that differ, if only by a capital letter or a space")
def spaces_cut_off(pool, item, shots, instruction=""):
    pairs = [(text.strip(), answer.strip()) for text, answer in pool]
    return write(instruction, taken(pairs, item[0].strip(), shots), f"{item[0].strip()} ->")


@wrong("10.1", says="A pool with fewer than `shots` pairs to show")
def fewer_where_it_has_to_be(pool, item, shots, instruction=""):
    others = [pair for pair in pool if pair[0] != item[0]]
    if shots > len(pool):
        raise ValueError("too few pairs")
    return write(instruction, others[:shots], f"{item[0]} ->")


@wrong("10.1", says="not enough pairs")
def part_of_the_text_is_enough(pool, item, shots, instruction=""):
    others = [pair for pair in pool if item[0] not in pair[0]]
    return write(instruction, taken(others, item[0], shots), f"{item[0]} ->")


@wrong("10.1", told="pairs_from_the_end", says="At which end does your slice begin?")
def counted_from_the_end(pool, item, shots, instruction=""):
    taken(pool, item[0], shots)
    others = [pair for pair in pool if pair[0] != item[0]]
    return write(instruction, others[-shots:] if shots else [], f"{item[0]} ->")


@wrong("10.1", says="the right ones, in another order")
def demonstrations_backwards(pool, item, shots, instruction=""):
    return write(instruction, taken(pool, item[0], shots)[::-1], f"{item[0]} ->")


@wrong("10.1", says="is missing from your prompt")
def sorted_pairs(pool, item, shots, instruction=""):
    return write(instruction, taken(sorted(pool), item[0], shots), f"{item[0]} ->")


@wrong("10.1", says="which is none of the first 2 that may be shown")
def shots_plus_one(pool, item, shots, instruction=""):
    taken(pool, item[0], shots)
    return write(instruction, [pair for pair in pool if pair[0] != item[0]][: shots + 1], f"{item[0]} ->")


@wrong("10.1", says="capital letters")
def in_small_letters(pool, item, shots, instruction=""):
    return write(instruction, taken(pool, item[0], shots), f"{item[0]} ->").lower()


@wrong("10.1", says="its last characters should be")
def no_arrow_for_the_query(pool, item, shots, instruction=""):
    return write(instruction, taken(pool, item[0], shots), item[0])


@wrong("10.1", says="is missing from your prompt")
def a_colon_for_the_arrow(pool, item, shots, instruction=""):
    return write(instruction, taken(pool, item[0], shots), f"{item[0]} ->").replace(" -> ", ": ")


@wrong("10.1", says="is missing from your prompt")
def no_spaces_round_the_arrow(pool, item, shots, instruction=""):
    lines = [f"{a}->{b}" for a, b in taken(pool, item[0], shots)]
    return "\n".join([*([instruction] if instruction else []), *lines, f"{item[0]} ->"])


@wrong("10.1", told="newline_at_the_end", says="Your prompt ends with a newline")
def every_line_ends(pool, item, shots, instruction=""):
    return "".join(line + "\n" for line in write(instruction, taken(pool, item[0], shots), f"{item[0]} ->").split("\n"))


@wrong("10.1", says="The first line is missing.")
def instruction_left_out(pool, item, shots, instruction=""):
    return write("", taken(pool, item[0], shots), f"{item[0]} ->")


@wrong("10.1", says="not a str")
def cut_at_the_line_breaks(pool, item, shots, instruction=""):
    return write(instruction, taken(pool, item[0], shots), f"{item[0]} ->").split("\n")


@wrong("10.1", says="nothing (None)")
def printed(pool, item, shots, instruction=""):
    print(write(instruction, taken(pool, item[0], shots), f"{item[0]} ->"))


@wrong("10.1", says="changed its input pool")
def query_taken_out_of_the_pool(pool, item, shots, instruction=""):
    pool[:] = [pair for pair in pool if pair[0] != item[0]]
    return write(instruction, taken(pool, item[0], shots), f"{item[0]} ->")


@wrong("10.1", says="A pool with fewer than `shots` pairs to show")
def an_index_error_for_a_small_pool(pool, item, shots, instruction=""):
    others = [pair for pair in pool if pair[0] != item[0]]
    return write(instruction, [others[i] for i in range(shots)], f"{item[0]} ->")


@wrong("10.1", says="The instruction need not be given")
def an_instruction_of_its_own(pool, item, shots, instruction="Opposites:"):
    return write(instruction, taken(pool, item[0], shots), f"{item[0]} ->")

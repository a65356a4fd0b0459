"""10.1: a few-shot prompt in the arrow format."""

from __future__ import annotations

import torch

from ..declare import Case, alternative, exercise, holds, slip
from ..random_inputs import randint

OPPOSITES = [
    ("hot", "cold"),
    ("big", "small"),
    ("early", "late"),
    ("full", "empty"),
    ("wide", "narrow"),
    ("young", "old"),
    ("heavy", "light"),
    ("open", "closed"),
]
REVIEWS = [
    ("A lovely film.", "positive"),
    ("I left after ten minutes.", "negative"),
    ("Great songs, fine actors.", "positive"),
    ("Far too long.", "negative"),
]


def drawn(rng: torch.Generator, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs in an order of their own."""
    return [pairs[place] for place in torch.randperm(len(pairs), generator=rng).tolist()]


def taken(pool, text: str, shots: int) -> list[tuple[str, str]]:
    """The right demonstrations, or ValueError."""
    others = [pair for pair in pool if pair[0] != text]
    if shots > len(others):
        raise ValueError("not enough pairs")
    return others[:shots]


@exercise("10.1", points=1, difficulty=1, minutes=8)
class BuildPrompt:
    """Write a few-shot prompt, with nothing in it that tells the answer to the query."""

    functions = ("build_prompt",)
    returns = ("prompt",)
    because = (
        "The demonstrations set the pattern, the query stops at its arrow, and nothing in the prompt gives its "
        "answer away."
    )
    hints = (
        "Three parts, each on lines of its own: the instruction if there is one, the demonstrations, the query. What "
        "would the model see of the query's answer if the query itself were in the pool?",
        "First the pairs that may be used: those whose text is not the query's. Are there enough? Then a list of "
        "lines: the instruction, unless it is empty; 'text -> answer' for the first `shots` of these pairs; "
        "'text ->' for the query. Join the lines with a newline between them, and put nothing behind the last arrow.",
        'text = item[0]; others = [pair for pair in pool if pair[0] != text]; lines = [f"{a} -> {b}" for a, b in '
        'others[:shots]]; at the end "\\n".join([*lines, f"{text} ->"]). Still missing: the ValueError, and the '
        "instruction.",
    )

    def cases(rng):
        pool, reviews = drawn(rng, OPPOSITES), drawn(rng, REVIEWS)
        item, *others = pool
        yield Case("a query and nothing else", pool=[], item=("hot", "cold"), shots=0, instruction="")
        yield Case("one demonstration", pool=[others[0]], item=item, shots=1, instruction="")
        yield Case("two of four, and an instruction", pool=others[:4], item=item, shots=2, instruction="Opposites:")
        yield Case("four in the pool, none to be shown", pool=others[:4], item=item, shots=0, instruction="")
        yield Case("an instruction alone", pool=others[:2], item=item, shots=0, instruction="Write the opposite.")
        yield Case("the query comes first in the pool", pool=pool[:4], item=item, shots=2, instruction="")
        last = [*others[:3], item]
        yield Case("the query comes last in the pool, all others shown", pool=last, item=item, shots=3, instruction="")
        near = [("woman", "women"), ("man", "men, more than one"), ("man", "men"), ("foot", "feet")]
        yield Case("the pool answers the query in other words", pool=near, item=("man", "men"), shots=2, instruction="")
        yield Case(
            "answers that many share", pool=reviews[1:], item=reviews[0], shots=3, instruction="How was the film?"
        )
        shots = randint(rng, 4, 6)
        yield Case(f"{shots} demonstrations", pool=drawn(rng, pool), item=item, shots=shots, instruction="")
        twice = "A text that is in the pool twice is shown twice."
        bank = [("bank", "river"), ("bank", "money"), *others[:2]]
        yield Case("a text twice in the pool", twice, pool=bank, item=item, shots=3, instruction="")
        capital = "Texts that differ, if only by a capital letter or a space, are different texts."
        polish = [("polish", "shine"), ("Polish", "of Poland"), *others[:2]]
        yield Case("texts that differ by a capital", capital, pool=polish, item=polish[0], shots=2, instruction="")
        spaces = [(" a", "b "), ("a.", "c"), ("ba", "d")]
        yield Case("texts with spaces and signs", capital, pool=spaces, item=("a", "d"), shots=3, instruction="")
        usual = "The instruction need not be given; there is none then."
        yield Case("no word of an instruction", usual, pool=others[:3], item=item, shots=1)
        few = "A pool with fewer than `shots` pairs to show raises ValueError."
        yield Case("more shots than pairs", few, pool=others[:2], item=item, shots=3, instruction="")
        yield Case(
            "as many shots as pairs, one of them the query", few, pool=pool[:3], item=item, shots=3, instruction=""
        )
        yield Case("nothing to be shown, and one shot asked for", few, pool=[], item=item, shots=1, instruction="")

    def reference(pool, item, shots, instruction=""):
        r"""Write a few-shot prompt in the arrow format.

        pool: a list of (text, answer) pairs of strings from which demonstrations are taken. item: the (text, answer)
        pair that is asked about; its answer must not be told. shots: how many demonstrations to show, 0 or more.
        instruction: a line to begin with; "" for none.
        Returns a string of lines with "\n" between them: the instruction, if there is one; then "text -> answer" for
        each of the first `shots` pairs of the pool, in their order, leaving out those whose text is that of the item;
        last "text ->" for the item. Nothing follows that arrow, not even a space or a newline.
        If the pool has fewer than `shots` pairs to show, raises ValueError. Texts are the same only if they are equal
        to the last letter and space, and a text that is in the pool twice is shown twice. Leaves the pool as it is.
        Example: build_prompt([("hot", "cold"), ("big", "small")], ("big", "small"), 1) is "hot -> cold\nbig ->".
        Source: Brown et al., 2020, "Language Models are Few-Shot Learners", section 2.
        """
        text = item[0]
        others = [pair for pair in pool if pair[0] != text]
        if shots > len(others):
            raise ValueError(f"The pool has {len(others)} pairs to show, not {shots}: add pairs, or ask for fewer.")
        lines = [f"{a} -> {b}" for a, b in others[:shots]]
        if instruction:
            lines.insert(0, instruction)
        return "\n".join([*lines, f"{text} ->"])

    @holds("the prompt does not tell the answer it asks for")
    def answer_is_not_told(case, result):
        text = case["item"][0]
        for line in result.splitlines():
            if line.startswith(f"{text} ->") and line.removeprefix(f"{text} ->").strip():
                return f"Your prompt has the line {line!r}, and {text!r} is what it should ask: the answer is told."
        return None

    @holds("the prompt ends with the arrow")
    def ends_with_the_arrow(case, result):
        ending = f"{case['item'][0]} ->"
        if result.endswith(ending):
            return None
        return f"Your prompt ends with {result[-len(ending) - 4 :]!r}; its last characters should be {ending!r}."

    @holds("a line for each of the first `shots` pairs whose text is not the item's, in their order")
    def demonstrations_are_right(case, result):
        there = result.split("\n")
        want = [f"{a} -> {b}" for a, b in taken(case["pool"], case["item"][0], case["shots"])]
        for line in want:
            if line not in there:
                return f"The line {line!r} is missing from your prompt."
        for a, b in case["pool"]:
            line = f"{a} -> {b}"
            if line in there and line not in want:
                return f"Your prompt has the line {line!r}, which is none of the first {len(want)} that may be shown."
        if [line for line in there if line in want] != want:
            return "Your demonstrations are the right ones, in another order or more than once."
        return None

    answer_told = slip(
        "The query's line is written like a demonstration, answer included. The model would only have to copy. Which "
        "part of that line should the model write itself?",
        'f"{text} ->"',
        'f"{text} -> {item[1]}"',
    )

    query_among_the_demonstrations = slip(
        "When the query is in the pool, it is among your demonstrations, with its answer. A high accuracy would then "
        "show only that the model can copy. Which pairs must be left out first?",
        " if pair[0] != text",
        "",
    )

    left_out_too_late = slip(
        "You take the first pairs and then leave the query out, so one demonstration is missing whenever the query was "
        "among them. In which order should these two steps come?",
        "in others[:shots]",
        "in pool[:shots] if a != text",
    )

    whole_pairs_compared = slip(
        "You leave out the pair that equals the item. If the pool has the same text with its answer in other words, "
        "the answer is told all the same. What of the two pairs should be compared?",
        "pair[0] != text",
        "pair != item",
    )

    same_answer_left_out = slip(
        "Every pair that has the query's answer is left out. With two answers, positive and negative, only "
        "demonstrations of the wrong one remain, and that tells the answer too. What makes a pair the query's own: "
        "its text, or its answer?",
        "others[:shots]",
        "[pair for pair in others if pair[1] != item[1]][:shots]",
    )

    space_at_the_end = slip(
        "There is a space behind the last arrow. The model's words begin with their own space, so after yours it "
        "needs a word without one. What should be the last character?",
        'f"{text} ->"',
        'f"{text} -> "',
    )

    newline_at_the_end = slip(
        "Your prompt ends with a newline. The pattern says that after a newline a new pair begins, so the query would "
        "go without an answer. Between which lines does a newline belong?",
        'f"{text} ->"',
        r'f"{text} ->\n"',
    )

    query_first = slip(
        "The query comes before the demonstrations. The model goes on from the end of the text: what is there?",
        ('[f"{a} -> {b}" for a, b in others[:shots]]', '[f"{text} ->"] + [f"{a} -> {b}" for a, b in others[:shots]]'),
        ('[*lines, f"{text} ->"]', "lines"),
    )

    instruction_last = slip(
        "The instruction comes between the demonstrations and the query, where it breaks the pattern. Where should "
        "it go?",
        "lines.insert(0, instruction)",
        "lines.append(instruction)",
    )

    empty_line_for_no_instruction = slip(
        "Where there is no instruction, your prompt begins with an empty line. What should happen to the line of an "
        "instruction that is empty?",
        "if instruction",
        "if True",
    )

    last_pairs = slip(
        "You take the last pairs of the pool. You need the first; and with no shots, pool[-0:] is the whole pool. "
        "How do you write the first ones as a slice?",
        "others[:shots]",
        "others[-shots:]",
    )

    pairs_from_the_end = slip(
        "You take the last pairs of the pool; the first are asked for. At which end does your slice begin?",
        "others[:shots]",
        "others[len(others) - shots :]",
    )

    pool_as_a_dictionary = slip(
        "Each text of the pool is shown once, with its last answer, as a dictionary keeps it. The pool is a list of "
        "pairs, in which a text may come twice; what would go through them one by one?",
        "in pool",
        "in dict(pool).items()",
    )

    whole_pool = slip(
        "The whole pool is shown, however many shots were asked for. Which argument says how many?",
        "others[:shots]",
        "others",
    )

    in_one_line = slip(
        "The lines run together, with a space where a newline should be: the model cannot see where an answer ends. "
        "What do you join the lines with?",
        r'"\n".join',
        '" ".join',
    )

    empty_lines_between = slip(
        "There is an empty line between the lines. That is a format too, but another one than asked for, and results "
        "can be compared only in the same format. What is between two lines here?",
        r'"\n".join',
        r'"\n\n".join',
    )

    silently_fewer = slip(
        "If the pool is too small, your function shows fewer demonstrations and says nothing: a report of 8 shots "
        "would be about 3. What should happen instead?",
        "shots > len(others)",
        "False",
    )

    @alternative
    def one_line_after_the_other(pool, item, shots, instruction=""):
        query, _ = item
        prompt = instruction + "\n" if instruction else ""
        shown = 0
        for text, answer in pool:
            if text == query or shown == shots:
                continue
            prompt += text + " -> " + answer + "\n"
            shown += 1
        if shown < shots:
            raise ValueError("The pool is too small.")
        return prompt + query + " ->"

    @alternative
    def with_format_and_islice(pool, item, shots, instruction=""):
        from itertools import islice

        shown = list(islice((pair for pair in pool if pair[0] != item[0]), shots))
        if len(shown) != shots:
            raise ValueError("The pool is too small.")
        start = f"{instruction}\n" * bool(instruction)
        return start + "".join(map("{0[0]} -> {0[1]}\n".format, shown)) + item[0] + " ->"

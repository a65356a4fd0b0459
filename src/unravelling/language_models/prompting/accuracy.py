"""How often a model completes a prompt rightly: by shots, over several draws, with an instruction, with wrong answers.

    measured = accuracy(decoder, task("antonyms"), shots=4)
    str(measured.interval)                   # "0.68 (0.55 to 0.79)"
    measured.right                           # (draws, items): right or wrong

Right means: the model's own likeliest line is the answer, letter for letter. So a synonym counts as wrong.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from unravelling.language_models.prompting import model_answers
from unravelling.language_models.prompting.intervals import Interval, bootstrap
from unravelling.language_models.prompting.prompts import Format, arrow, chat
from unravelling.language_models.prompting.tasks import Pair, PromptError, Task

DRAWS = 4
ARROWS = Format()
CHAT_TOKENS = 12
LABELS = ("right", "random")


@dataclass(frozen=True)
class Measured:
    """What a model said and whether it was right: each (draws, items). A wrong answer may be broken off."""

    right: np.ndarray
    said: tuple[tuple[str, ...], ...]

    @cached_property
    def interval(self) -> Interval:
        """The mean and its 95% bootstrap interval over items and draws."""
        return bootstrap(self.right)

    @property
    def mean(self) -> float:
        """The share of right answers."""
        return float(self.right.mean())

    @property
    def by_draw(self) -> list[float]:
        """The share of right answers of each draw."""
        return self.right.mean(axis=1).tolist()


def accuracy(
    decoder: Any,
    task: Task,
    shots: int,
    draws: int = DRAWS,
    labels: str = "right",
    instruction: str = "",
    written: Format = ARROWS,
) -> Measured:
    """Ask every item of the test after `shots` demonstrations, once for each draw of the demonstrations.

    labels: "random" gives each demonstration the answer of another one. instruction: a first line. written: another
    format than the arrow. With no shots there is nothing to draw, and one row. Raises PromptError, or ModelError for a
    prompt that is longer than the model's context.
    """
    if labels not in LABELS:
        raise PromptError(f"labels must be {' or '.join(LABELS)}, not {labels!r}.")
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 1:
        raise PromptError(f"draws must be a whole number from 1 on, not {draws!r}.")
    said = []
    for number in range(draws if shots else 1):
        shown = task.draw(shots, number)
        if labels == "random":
            shown = mixed_up(shown, task, number)
        said.append(tuple(answers(decoder, task, written.prefix(shown, instruction), written)))
    return _marked(task, said)


def answers(decoder: Any, task: Task, prefix: str, written: Format = ARROWS) -> list[str]:
    """What the model answers to each item of the test behind a prefix; broken off where it departs from the answer."""
    questions, wanted, most = _asked(decoder, task, written)
    return [said.strip() for said in model_answers.completions(decoder, prefix, questions, most, wanted)]


def with_instruction(decoder: Any, task: Task, instruction: str = "", as_chat: bool = True) -> Measured:
    """Zero shots and an instruction, in the model's chat template or as a first line before the arrow.

    A chat model answers in sentences. So here an answer is right if the wanted words stand in its first line, as words
    of their own, whatever else is there: a milder judge than that of `accuracy`.
    """
    said_first = instruction or task.instruction
    if not said_first:
        raise PromptError(f"The task '{task.name}' has no instruction: write one, such as 'Write the opposite.'")
    texts = [text for text, _ in task.test]
    if as_chat:
        before, after = chat(decoder, said_first)
        said = model_answers.completions(decoder, before, [text + after for text in texts], CHAT_TOKENS)
    else:
        said = model_answers.completions(
            decoder, arrow([], said_first), [ARROWS.fill(text) for text in texts], CHAT_TOKENS
        )
    return _marked(task, [tuple(line.strip() for line in said)], mild=True)


def mixed_up(demonstrations: Sequence[Pair], task: Task, number: int = 0) -> tuple[Pair, ...]:
    """The same texts with answers at random: in a task of labels any label, else the answer of another demonstration.

    Of a single demonstration of an open task the answer comes from the rest of the pool.
    """
    chance = random.Random(f"labels {number}")
    if task.labels:
        return tuple((text, chance.choice(task.labels)) for text, _ in demonstrations)
    given = [answer for _, answer in demonstrations]
    if len(given) == 1:
        others = [answer for _, answer in task.pool if answer != given[0]]
        return tuple((text, chance.choice(others or given)) for text, _ in demonstrations)
    # Turned round in a circle drawn at random: nobody keeps her own.
    order = chance.sample(range(len(given)), len(given))
    new = dict(zip(order, [given[i] for i in order[1:] + order[:1]], strict=True))
    return tuple((text, new[i]) for i, (text, _) in enumerate(demonstrations))


@dataclass(frozen=True)
class Curve:
    """Accuracy by shots: what `curve` measured, shots -> Measured."""

    task: Task
    by_shots: dict[int, Measured]

    def __getitem__(self, shots: int) -> Measured:
        return self.by_shots[shots]


def curve(
    decoder: Any,
    task: Task,
    shots: Sequence[int] = (0, 1, 2, 4, 8),
    draws: int = DRAWS,
    seen: Callable[[int, int], None] = lambda done, of: None,
    **how: Any,
) -> Curve:
    """`accuracy` for each number of shots. seen(done, of): called before each, and at the end."""
    found = {}
    for done, count in enumerate(shots):
        seen(done, len(shots))
        found[count] = accuracy(decoder, task, count, draws, **how)
    seen(len(shots), len(shots))
    return Curve(task, found)


def _asked(decoder: Any, task: Task, written: Format) -> tuple[list[str], list[str], int]:
    questions = [written.fill(text) for text, _ in task.test]
    wanted = [written.space + answer for _, answer in task.test]
    longest = max(len(decoder.tokenizer(answer, add_special_tokens=False)["input_ids"]) for answer in wanted)
    return questions, wanted, longest + 1  # the end of the line is said too


def _marked(task: Task, said: Sequence[tuple[str, ...]], mild: bool = False) -> Measured:
    wanted = [answer for _, answer in task.test]
    right = [[_is_right(each, goal, mild) for each, goal in zip(row, wanted, strict=True)] for row in said]
    return Measured(np.array(right), tuple(said))


def _is_right(said: str, wanted: str, mild: bool) -> bool:
    if not mild:
        return said == wanted
    return f" {' '.join(_words(wanted))} " in f" {' '.join(_words(said))} "


def _words(text: str) -> Iterator[str]:
    for word in text.casefold().split():
        bare = "".join(letter for letter in word if letter.isalnum())
        if bare:
            yield bare

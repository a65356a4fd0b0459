"""Tasks: pairs of a text and its answer, of which some may be shown and the others are asked.

    antonyms = task("antonyms")
    antonyms.pool[:2]                        # (("hot", "cold"), ("up", "down")): may stand in a prompt
    len(antonyms.test)                       # 40: are asked, and stand in no prompt
    mine = Task.from_text("young animals", '''
        cat -> kitten
        dog -> puppy
        ...''')

The pairs were written for this course. Each file of `items` has one pair a line; what stands above the line of dashes
is the pool. No word of an open task (one with as many answers as questions) stands both in its pool and in its test.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

ARROW = " ->"
FEWEST = 8  # pairs of a task: half of them to show, half to ask
MOST_SHOTS = 8
FEW_LABELS = 5  # with at most so many different answers a task is one of labels
_FOLDER = "items"
_NAMES = ("antonyms", "plurals", "past tense", "capitals", "sentiment", "addition")

Pair = tuple[str, str]


class PromptError(ValueError):
    """A task or a prompt cannot be used. The message is one sentence that says what to change."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook: the sentence alone."""
        return [f"PromptError: {self}"]


@dataclass(frozen=True)
class Task:
    """Pairs (text, answer): `pool`, from which demonstrations are drawn, and `test`, which is asked.

    Raises PromptError if one text stands twice, if a pair of the test is given away by the pool (the same text, or the
    pair turned round), if a text or an answer is empty or has several lines or an arrow, or if there are too few.
    """

    name: str
    pool: tuple[Pair, ...]
    test: tuple[Pair, ...]
    instruction: str = ""  # for prompts that say what to do

    def __post_init__(self) -> None:
        object.__setattr__(self, "pool", _pairs(self.pool))
        object.__setattr__(self, "test", _pairs(self.test))
        if not self.pool:
            raise PromptError(f"The task '{self.name}' has no pairs to show: put at least one into the pool.")
        if not self.test:
            raise PromptError(f"The task '{self.name}' has no pairs to ask: put at least one into the test.")
        _refuse_twice(self.name, (*self.pool, *self.test))
        leaked = leaks(self.pool, self.test)
        if leaked:
            text, answer = leaked[0]
            raise PromptError(
                f"The task '{self.name}' gives away its test: '{text}' and '{answer}' are together in the pool too. "
                "Take the pair out of one of them."
            )

    @classmethod
    def from_pairs(cls, name: str, pairs: Iterable[Pair], shown: int = MOST_SHOTS, instruction: str = "") -> Task:
        """A task of your own from a list of (text, answer) pairs: the first half, at most `shown`, are the pool."""
        every = _pairs(pairs)
        _refuse_twice(name, every)
        if len(every) < FEWEST:
            raise PromptError(
                f"The task '{name}' has {len(every)} pair{'' if len(every) == 1 else 's'}: write at least {FEWEST}, so "
                "that there are some to show and others to ask."
            )
        cut = min(shown, len(every) // 2)
        return cls(name, every[:cut], every[cut:], instruction)

    @classmethod
    def from_text(cls, name: str, text: str, shown: int = MOST_SHOTS, instruction: str = "") -> Task:
        """The same from text with one pair a line, or with ";" between pairs: "cat -> kitten; dog -> puppy"."""
        return cls.from_pairs(name, pairs_of(text), shown, instruction)

    @property
    def labels(self) -> tuple[str, ...]:
        """The different answers, in order of the alphabet, if there are at most five; else ()."""
        answers = sorted({answer for _, answer in (*self.pool, *self.test)})
        return tuple(answers) if len(answers) <= FEW_LABELS else ()

    def draw(self, shots: int, number: int = 0) -> tuple[Pair, ...]:
        """`shots` demonstrations from the pool, in an order drawn with the seed `number`.

        A draw with more shots begins with those of the same draw with fewer. Raises PromptError for more shots than
        the pool has, or fewer than 0.
        """
        if isinstance(shots, bool) or not isinstance(shots, int) or not 0 <= shots <= len(self.pool):
            raise PromptError(
                f"The task '{self.name}' can show 0 to {len(self.pool)} demonstrations, not {shots!r}: ask for fewer, "
                "or put more pairs into its pool."
            )
        return tuple(random.Random(f"draw {number}").sample(self.pool, len(self.pool))[:shots])


def pairs_of(text: str) -> list[Pair]:
    """The pairs of a text with one pair a line (or ";" between pairs), an arrow "->" between text and answer.

    Raises PromptError for a line without exactly one arrow. Empty lines are left out.
    """
    found = []
    for line in text.replace(";", "\n").splitlines():
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split("->")]
        if len(parts) != 2:
            raise PromptError(f"'{line.strip()[:60]}' is no pair: write it as 'text -> answer', with one arrow.")
        found.append((parts[0], parts[1]))
    return found


def leaks(pool: Sequence[Pair], test: Sequence[Pair]) -> list[Pair]:
    """The pairs of the test that the pool gives away: their text stands there, or the pair does, turned round."""
    shown = {_plain(text) for text, _ in pool}
    turned = {(_plain(answer), _plain(text)) for text, answer in pool}
    return [pair for pair in test if _plain(pair[0]) in shown or (_plain(pair[0]), _plain(pair[1])) in turned]


def names() -> tuple[str, ...]:
    """The names of the tasks that come with the course."""
    return _NAMES


@lru_cache
def task(name: str) -> Task:
    """One of the course's tasks. Raises PromptError for a name that there is not."""
    if name not in _NAMES:
        raise PromptError(f"There is no task {name!r}: choose one of {', '.join(_NAMES)}, or write your own Task.")
    pool, test = _sums() if name == "addition" else _read(name)
    return Task(name, tuple(pool), tuple(test), _INSTRUCTIONS[name])


_INSTRUCTIONS = {
    "antonyms": "Write the opposite of the word.",
    "plurals": "Write the plural of the word.",
    "past tense": "Write the past tense of the verb.",
    "capitals": "Write the capital of the country.",
    "sentiment": "Is the review positive or negative?",
    "addition": "Add the two numbers.",
}


def _read(name: str) -> tuple[list[Pair], list[Pair]]:
    text = (files(__package__) / _FOLDER / f"{name.replace(' ', '_')}.txt").read_text(encoding="utf-8-sig")
    pool, test = text.split("---\n")
    return pairs_of(pool), pairs_of(test)


def _sums() -> tuple[list[Pair], list[Pair]]:
    """Each sum of two digits once, either way round, so that none in the pool is the other of one in the test."""
    chance = random.Random(10)
    sums = [(a, b) if chance.random() < 0.5 else (b, a) for a in range(10) for b in range(a, 10)]
    chance.shuffle(sums)
    pairs = [(f"{a} + {b}", str(a + b)) for a, b in sums]
    return pairs[:12], pairs[12:52]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _pairs(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    found = []
    for pair in pairs:
        if isinstance(pair, str) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise PromptError(f"A pair is two texts, ('cat', 'kitten'), not {pair!r}.")
        text, answer = (part.strip() for part in pair)
        if not text or not answer:
            raise PromptError(f"The pair {tuple(pair)!r} is half empty: give it a text and an answer.")
        if any("\n" in part or "->" in part for part in (text, answer)):
            raise PromptError(f"The pair {tuple(pair)!r} has a line's end or an arrow in it, which the prompt needs.")
        found.append((text, answer))
    return tuple(found)


def _refuse_twice(name: str, pairs: Sequence[Pair]) -> None:
    counts = Counter(_plain(text) for text, _ in pairs)
    twice = [text for text, count in counts.items() if count > 1]
    if twice:
        raise PromptError(f"'{twice[0]}' is more than once in the task '{name}': keep one of its lines.")

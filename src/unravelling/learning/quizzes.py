"""Questions of each module, from `questions/NN.toml`. Every option says why it is right or not.

[[question]]
text = "What must sum to 1?"
[[question.option]]
text = "each row"
right = true
why = "The softmax runs over the keys."
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

_FEWEST, _MOST = 4, 6


class QuizError(LookupError):
    """A quiz that does not exist or is not well made; the message is a sentence."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Option:
    """One answer. why: the sentence shown when it is chosen."""

    text: str
    right: bool
    why: str


@dataclass(frozen=True)
class Question:
    """id: "04.q1", by the order in the file. options: in a shuffled order that is always the same."""

    id: str
    text: str
    options: tuple[Option, ...]


def modules() -> list[str]:
    """Numbers of the modules that have a quiz."""
    files = (entry.name for entry in resources.files(__package__).joinpath("questions").iterdir())
    return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))


def load(module: str) -> list[Question]:
    """The questions of a module ("04"). Raises QuizError if it has no quiz, or one that is not well made."""
    if module not in modules():
        quotes = "" if isinstance(module, str) else " Write the number in quotes."
        raise QuizError(f"Module {module!r} has no quiz.{quotes} There are: {', '.join(modules())}.")
    file = resources.files(__package__).joinpath("questions", f"{module}.toml")
    return parse(module, file.read_text(encoding="utf-8-sig"))


def parse(module: str, text: str) -> list[Question]:
    """Questions from the text of a TOML file, validated. Raises QuizError with the place and what to do."""
    try:
        tables = tomllib.loads(text).get("question", [])
    except tomllib.TOMLDecodeError as error:
        raise QuizError(f"The quiz of module {module} is not valid TOML: {error}.") from error
    # Module 00 is exempt from the minimum: its quiz only shows how quizzes work.
    if not (_FEWEST if module != "00" else 1) <= len(tables) <= _MOST:
        raise QuizError(f"The quiz of module {module} has {len(tables)} questions: give it {_FEWEST} to {_MOST}.")
    return [_question(f"{module}.q{number}", table) for number, table in enumerate(tables, start=1)]


def _question(id: str, table: dict[str, Any]) -> Question:
    options = [_option(id, each) for each in table.get("option", [])]
    if not str(table.get("text", "")).strip():
        raise QuizError(f"Question {id} has no text.")
    if len(options) < 2:
        raise QuizError(f"Question {id} has {len(options)} options: give it at least 2.")
    right = sum(option.right for option in options)
    if right != 1:
        raise QuizError(f"Question {id} has {right} right options: mark exactly one with right = true.")
    if len({option.text for option in options}) < len(options):
        raise QuizError(f"Question {id} has the same option twice.")
    random.Random(id).shuffle(options)  # seeded by the id: the same order for everyone, always
    return Question(id, table["text"].strip(), tuple(options))


def _option(id: str, table: dict[str, Any]) -> Option:
    for part in ("text", "why"):
        if not str(table.get(part, "")).strip():
            raise QuizError(f"An option of question {id} has no {part}: every option needs a text and says why.")
    return Option(table["text"].strip(), table.get("right", False) is True, table["why"].strip())

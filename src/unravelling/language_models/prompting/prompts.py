"""From demonstrations to the text that a model reads: the arrow format, an instruction, a chat, a template of your own.

    arrow([("hot", "cold"), ("big", "small")])        # "hot -> cold\\nbig -> small\\n"
    asked("up")                                       # "up ->"
    chat(decoder, "Write the opposite of the word.")  # what stands before the word, and what after it

A prompt is the first of these, which all questions of a test share, and the second, which is the question's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from unravelling.language_models.prompting.tasks import ARROW, Pair, PromptError

SLOT = "\u241e"  # stands in a chat where the text will be; no text has it


def arrow(demonstrations: Sequence[Pair], instruction: str = "") -> str:
    """The lines before the question: the instruction, if any, then "text -> answer" for each demonstration."""
    lines = [instruction] * bool(instruction) + [f"{text}{ARROW} {answer}" for text, answer in demonstrations]
    return "".join(f"{line}\n" for line in lines)


def asked(text: str) -> str:
    """The line that asks: the text and the arrow, nothing behind it."""
    return f"{text}{ARROW}"


class Format(NamedTuple):
    """How a demonstration is written. pattern: a line with {text} and {answer}, which comes last; join: between two."""

    pattern: str = "{text} -> {answer}"
    join: str = "\n"

    @property
    def question(self) -> str:
        """The pattern up to the answer, without the space before it, which belongs to the answer's first token."""
        return self.pattern[: self.pattern.index("{answer}")].rstrip(" ")

    def prefix(self, demonstrations: Sequence[Pair], instruction: str = "") -> str:
        """The demonstrations, each with what separates it from the next."""
        lines = [instruction] * bool(instruction)
        lines += [self.fill(text) + self.space + answer for text, answer in demonstrations]
        return "".join(line + self.join for line in lines)

    def fill(self, text: str) -> str:
        """The question about a text."""
        return self.question.replace("{text}", text)

    @property
    def space(self) -> str:
        """What stands between the question and the answer: a space or nothing."""
        return self.pattern[len(self.question) : self.pattern.index("{answer}")]


def format_of(pattern: str) -> Format:
    """A format from a pattern that the learner wrote, in which "\\n" may stand for a line's end.

    Raises PromptError unless {text} and then {answer} stand in it once each, and the answer last.
    """
    pattern = pattern.strip().replace("\\n", "\n")
    for name in ("{text}", "{answer}"):
        if pattern.count(name) != 1:
            raise PromptError(f"A template needs {name} exactly once: write for example '{{text}} -> {{answer}}'.")
    if pattern.index("{text}") > pattern.index("{answer}"):
        raise PromptError("In a template {text} comes before {answer}: the model goes on from the end.")
    if not pattern.endswith("{answer}"):
        raise PromptError("A template ends with {answer}, since the model goes on from there: put it last.")
    several = "\n" in pattern
    return Format(pattern, "\n\n" if several else "\n")


def chat(decoder: Any, instruction: str, before: str = "", after: str = "") -> tuple[str, str]:
    """One turn of a chat that says what to do: what stands before the text, and what stands after it.

    instruction: the first line of the user's turn. before, after: written around the text. The model's own chat
    template is used. Raises PromptError for a model that has none: it was not tuned to chat.
    """
    if getattr(decoder.tokenizer, "chat_template", None) is None:
        raise PromptError(f"The {decoder.name} has no chat template: it was not tuned to chat, so use another model.")
    turn = [{"role": "user", "content": f"{instruction}\n{before}{SLOT}{after}"}]
    whole = decoder.tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
    head, _, tail = whole.partition(SLOT)
    return head, tail

"""Two sentences that differ in one word: what the model would write next after each."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

import torch
from cachetools import LRUCache, cachedmethod
from torch import Tensor

from unravelling import models
from unravelling.demos.base import BadInput, Demo, Scene, Text, Values
from unravelling.language_models.bias.gaps import SLOT, beginning
from unravelling.language_models.continuations import next_token_log_probabilities

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

SHOWN = 8
REMEMBERED = 24  # sentences, each as many numbers as the vocabulary has tokens


class Swapped(NamedTuple):
    """sentences: with the one word and with the other. rows: (token, its probability after each), largest first.

    tokens: each word and how many tokens it is read as: a rare name is cut into several. moved: the share of the
    probability that lies on other tokens after the one word than after the other.
    """

    sentences: tuple[str, str]
    rows: list[tuple[str, float, float]]
    tokens: list[tuple[str, int]]
    moved: float


class SwapWord(Demo):
    """Write a sentence with {} where a word goes, and two words for it.

    decoder: a loaded model or a name for `models.load`.
    """

    title = "Swap a word"
    sentence = Text("sentence, with {} for the word", "The {} came home late because", most_words=40)
    one = Text("one word", "nurse", most_words=6)
    other = Text("other word", "mechanic", most_words=6)

    def __init__(self, decoder: Pretrained | str, sentence: str = "", one: str = "", other: str = "") -> None:
        super().__init__()
        self.decoder = models.loaded(decoder)
        self._known: LRUCache[object, Tensor] = LRUCache(REMEMBERED)
        for name, value in (("sentence", sentence), ("one", one), ("other", other)):
            if value:
                setattr(self, name, value)

    def compute(self, v: Values) -> Swapped:
        written = v.sentence.strip()
        if written.count(SLOT) != 1:
            raise BadInput("The sentence needs {} once, where the word goes: 'The {} came home late because'.")
        words = [v.one.strip(), v.other.strip()]
        if words[0] == words[1]:
            raise BadInput(f"Both words are '{words[0]}', and nothing can differ: change one of them.")
        sentences = tuple(written.replace(SLOT, word) for word in words)
        chances = torch.stack([self._read(written, word) for word in words])
        best = torch.topk(chances.amax(0), SHOWN).indices
        rows = [(self.decoder.tokenizer.decode([i]), *chances[:, i].tolist()) for i in best.tolist()]
        tokenizer = self.decoder.tokenizer
        counts = [len(tokenizer(f" {word}", add_special_tokens=False, verbose=False)["input_ids"]) for word in words]
        moved = (chances[0] - chances[1]).abs().sum().item() / 2
        return Swapped(sentences, rows, list(zip(words, counts, strict=True)), moved)

    @cachedmethod(attrgetter("_known"))
    def _read(self, written: str, word: str) -> Tensor:
        """(V,): probabilities of the next token. Each sentence alone, so that it is the same whatever the other is."""
        prefix, texts = beginning(self.decoder, written, [word])
        return next_token_log_probabilities(self.decoder, prefix, texts)[0].exp()

    def draw(self, v: Values, data: Swapped) -> Scene:
        scene = Scene(height=96 + 34 * len(data.rows))
        for place, (sentence, role, sign) in enumerate(zip(data.sentences, ("query", "key"), "AB", strict=True)):
            shown = sentence if len(sentence) < 96 else "… " + sentence[-94:].partition(" ")[2]
            scene.text(8, 16 + 22 * place, f"{sign}: {shown} …", role=role, bold=True)
        scene.text(8, 66, "next token", role="muted", size=12)
        widest = max(max(row[1:]) for row in data.rows)
        for place, (token, *both) in enumerate(data.rows):
            y = 82 + 34 * place
            scene.text(120, y + 12, named(token), align="right", bold=True)
            for line, (share, role, sign) in enumerate(zip(both, ("query", "key"), "AB", strict=True)):
                top = y + 14 * line
                scene.text(132, top + 6, sign, size=11, role=role)
                scene.bar(146, top, 380, 11, share / widest, role, on_track=False, opacity=0.85, radius=2)
                scene.text(154 + 380 * share / widest, top + 6, f"{share:.1%}", size=11)
            scene.text(745, y + 12, ratio(*both), align="right", size=12)
        return scene

    def describe(self, v: Values, data: Swapped) -> str:
        one, other = (max(data.rows, key=lambda row: row[place]) for place in (1, 2))
        if one == other:
            likeliest = f"“{named(one[0])}” after both words ({one[1]:.1%} and {one[2]:.1%})"
        else:
            likeliest = (
                f"“{named(one[0])}” after “{v.one.strip()}” ({one[1]:.1%}), “{named(other[0])}” after "
                f"“{v.other.strip()}” ({other[2]:.1%})"
            )
        split = [
            f" “{word}”, with the space before it, is read as {count} tokens."
            for word, count in data.tokens
            if count > 1
        ]
        return (
            f"The likeliest next token is {likeliest}. The swap moves {data.moved:.0%} of the probability from some "
            f"tokens to others.{''.join(split)}"
        )


def named(token: str) -> str:
    """A token as it can be read: what is only white space has a name."""
    return token.strip() or ("a line's end" if "\n" in token else "a space")


def ratio(one: float, other: float) -> str:
    """Which of two probabilities is larger, and how many times."""
    times = max(one, other) / max(min(one, other), 1e-9)
    return "about the same" if times < 1.1 else f"{'A' if one > other else 'B'}: {times:.1f} times"

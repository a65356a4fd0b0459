"""Shannon's guessing game without its picture: the rules, the ranks, and the bound on the entropy that they give.

Source: Shannon, Prediction and Entropy of Printed English (1951), sections 3 to 5.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from unravelling.language_models import CharacterNGrams

# What can be guessed, the most frequent in English first: a model breaks ties in this order.
SYMBOLS = " etaoinsrhldcumfpgwybv,.k'-x\"jq;:z()?!"
GIVEN = 24  # characters of a passage that are shown before the guessing begins, at least


def passages(text: str, shortest: int = 80, longest: int = 145) -> list[str]:
    """Stretches of whole words from `text` that can be played: each begins a sentence and has only `SYMBOLS`.

    Curly quotation marks and dashes become straight ones; headings are left out. A sentence longer than `longest` is
    cut after a word, and short sentences are joined. Where nothing is long enough, what there is is taken, if it is
    longer than `GIVEN`.
    """
    plain = text.translate(str.maketrans("‘’“”–—", "''\"\"--"))
    found: list[str] = []
    held = ""
    paragraphs = (" ".join(part.split()) for part in plain.split("\n\n"))
    for sentence in (each for part in paragraphs for each in _sentences(part)):
        if sentence[-1] not in ".?!" or not set(sentence.lower()) <= set(SYMBOLS):  # a heading, or a foreign character
            held = ""  # what stands on both sides of a left-out sentence does not belong together
            continue
        held = f"{held} {sentence}".strip()
        if len(held) >= shortest:
            found.append(_cut(held, longest))
            held = ""
    if not found and len(held) > GIVEN:
        found.append(held)
    return found


def _sentences(text: str) -> list[str]:
    ends = [i + 1 for i in range(len(text) - 2) if text[i] in ".?!" and text[i + 1] == " " and text[i + 2].isupper()]
    return [text[a:b].strip() for a, b in zip([0, *ends], [*ends, len(text)], strict=True) if text[a:b].strip()]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest].rpartition(" ")[0]


def symbol_of(character: str) -> str:
    """What has to be guessed for a character: capitals count as small letters."""
    return character.lower()


def folded(distribution: Mapping[str, float]) -> dict[str, float]:
    """A model's probabilities of characters, added up to probabilities of `SYMBOLS`; all others are left out."""
    shares = dict.fromkeys(SYMBOLS, 0.0)
    for character, probability in distribution.items():
        symbol = " " if character == "\n" else character.lower()
        if symbol in shares:
            shares[symbol] += probability
    return shares


def rank_of(symbol: str, distribution: Mapping[str, float]) -> int:
    """Guesses that a model needs which tries the most probable symbol first. Equal ones in the order of `SYMBOLS`."""
    shares = folded(distribution)
    order = sorted(SYMBOLS, key=lambda each: (-shares[each], SYMBOLS.index(each)))
    return order.index(symbol) + 1


def upper_bound(ranks: Sequence[int]) -> float:
    """Shannon's upper bound in bits per character: the entropy of how often the 1st, 2nd, ... guess was right.

    A letter that was given up after k wrong guesses has the rank -1 - k. That is an outcome like any other, and then
    the letter has to be told: log2 of the number of symbols not yet tried. (Were it but a rank, whoever gives up every
    time would need no bits at all.) From few letters the bound comes out too low: without any given up, n letters
    cannot show more than log2(n) bits. ValueError without any.
    """
    if not ranks:
        raise ValueError("Without a single letter guessed there is nothing to count.")
    shares = [count / len(ranks) for count in Counter(ranks).values()]
    told = sum(math.log2(untried(rank)) for rank in ranks if rank < 0) / len(ranks)
    return -sum(share * math.log2(share) for share in shares) + told


def untried(rank: int) -> int:
    """How many symbols had not been tried where a letter was given up, from its rank."""
    return len(SYMBOLS) + 1 + rank


@dataclass
class Game:
    """Where a player stands. place: index of the character to guess; everything before it is in sight.

    tried: wrong guesses for it. guesses: the rank of each solved character, by its place in this passage: the number of
    guesses, or below 0 where it was given up. mine: ranks of all passages together; theirs: the models' ranks for the
    same characters.
    """

    passages: Sequence[str]
    models: Mapping[str, CharacterNGrams]
    number: int = 0
    place: int = 0
    tried: list[str] = field(default_factory=list)
    guesses: dict[int, int] = field(default_factory=dict)
    mine: list[int] = field(default_factory=list)
    theirs: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.theirs = {name: [] for name in self.models}
        self.open(0)

    def open(self, number: int) -> None:
        """Begin a passage. The score goes on."""
        self.number = number % len(self.passages)
        # Some context to begin with, up to the end of a word.
        end = self.text.find(" ", min(GIVEN, len(self.text) // 2))
        self.place = end + 1 if 0 < end < len(self.text) - 1 else min(GIVEN, len(self.text) // 2)
        self.tried, self.guesses = [], {}

    @property
    def text(self) -> str:
        return self.passages[self.number]

    @property
    def shown(self) -> str:
        """What the player may see of the passage."""
        return self.text[: self.place]

    @property
    def finished(self) -> bool:
        return self.place >= len(self.text)

    def guess(self, symbol: str) -> bool:
        """One guess, a symbol of `SYMBOLS` not tried yet. True if it is right."""
        if self.finished or symbol not in SYMBOLS or symbol in self.tried:
            raise ValueError(f"{symbol!r} cannot be guessed now.")
        if symbol != symbol_of(self.text[self.place]):
            self.tried.append(symbol)
            return False
        self._solve(len(self.tried) + 1)
        return True

    def give_up(self) -> str:
        """Show the character. What that costs is in `upper_bound`; it is never right at once."""
        symbol = symbol_of(self.text[self.place])
        self._solve(-1 - len(self.tried))
        return symbol

    def _solve(self, rank: int) -> None:
        symbol, context = symbol_of(self.text[self.place]), self.text[: self.place]
        self.mine.append(rank)
        for name, model in self.models.items():
            self.theirs[name].append(rank_of(symbol, model.distribution(context)))
        self.guesses[self.place] = rank
        self.place, self.tried = self.place + 1, []


def spoken(symbol: str) -> str:
    """A symbol as it is written in a sentence: a space has to be called one."""
    return "a space" if symbol == " " else f"“{symbol}”"

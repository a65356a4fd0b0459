"""The texts that every model of the course learns from and is scored on, and the alphabet they are written in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

from unravelling import corpora

STAND_IN = "\ufffd"  # Unicode's own replacement character
RARE = 1 / 25_000  # a character below this share of a text is folded into the stand-in
_STRETCH = 2_500


def training_text(characters: int | None = None) -> str:
    """The training part of the encyclopedia, 2.6 million characters; or only its first `characters`.

    Raises ValueError if `characters` is not a positive whole number, ModelError if the text cannot be fetched.
    """
    text = corpora.load("encyclopedia", part="train")
    if characters is None:
        return text
    if isinstance(characters, bool) or not isinstance(characters, int) or characters < 1:
        raise ValueError(f"The number of characters must be a whole number of at least 1, not {characters!r}.")
    return text[:characters]


@lru_cache(maxsize=1)
def held_out() -> str:
    """The text of the scoreboard that no model of ours has seen: about 20,000 characters in whole sentences.

    The opening of each held-out article, up to the last sentence that ends within 2,500 characters; a blank line
    between them. A model pretrained on the web has very likely read these articles: for it, look at `our_own`.
    Raises ModelError if the text cannot be fetched.
    """
    openings = (_whole_sentences(article.text, _STRETCH) for article in corpora.articles("encyclopedia", "held_out"))
    return "\n\n".join(opening for opening in openings if opening)


@lru_cache(maxsize=1)
def our_own() -> str:
    """About 1,200 words of plain prose on an everyday subject, written for this course.

    It was published with the course and nowhere before, so that no pretrained model that is older than the course has
    seen it. A model can know the encyclopedia by heart; it cannot know this.
    """
    return resources.files(__package__).joinpath("our_own.txt").read_text(encoding="utf-8-sig").strip() + "\n"


def alphabet_of(text: str) -> tuple[str, ...]:
    """The characters of a text that make up at least one in 25,000 of it, in order, and the stand-in at the end.

    What is folded into the stand-in is lost: of the training text about one character in 760, mostly foreign
    scripts, signs of phonetics and mathematics. In a text of less than 25,000 characters nothing is rare. Raises
    ValueError if the text is empty.
    """
    if not text:
        raise ValueError("The text is empty: a model needs at least one character to learn from.")
    fewest = len(text) * RARE
    return (*sorted(c for c, n in Counter(text).items() if n >= fewest and c != STAND_IN), STAND_IN)


def normalise(text: str, alphabet: Sequence[str]) -> str:
    """The text with every character outside the alphabet replaced by the stand-in. Its length stays the same."""
    known = set(alphabet)
    return "".join(c if c in known else STAND_IN for c in text)


def _whole_sentences(text: str, most: int) -> str:
    if len(text) <= most:
        return text.rstrip()
    end = max(text.rfind(mark, 0, most) for mark in (". ", ".\n"))
    return text[: end + 1]

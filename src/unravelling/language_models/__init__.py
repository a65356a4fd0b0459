"""Language models that the lessons build and compare, and how they are compared.

    counts = Counts(training_text(), most=5)                  # counted once, shared by all orders
    model = CharacterNGrams.from_counts(counts, order=5)
    bits_per_character(model, held_out())                     # fair across models with different tokens
    words = WordNGrams(training_text())
    words.suggest(["the", "capital", "of"], order=3)

    network = CharacterLSTM(alphabet_of(text))                # or CharacterGPT
    for step in training.steps(network, text): ...            # one whole step at a time
    checkpoints.load("LSTM")                                  # the same, trained for half an hour

Plain Python and numpy; torch is imported where a pretrained model is scored, and with the networks, which are fetched
when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

from unravelling.language_models.char_ngrams import CharacterNGrams, Counts
from unravelling.language_models.pre_tokenizer import split_words
from unravelling.language_models.scoring import bits_per_character, perplexity
from unravelling.language_models.texts import STAND_IN, alphabet_of, held_out, normalise, our_own, training_text
from unravelling.language_models.token_bigram import token_bigram_bits
from unravelling.language_models.word_ngrams import Suggestion, WordNGrams, words_of

_LAZY = {
    "CharacterLSTM": "unravelling.language_models.networks",
    "CharacterGPT": "unravelling.language_models.networks",
}
_MODULES = ("checkpoints", "training")

__all__ = [
    "STAND_IN",
    "CharacterGPT",
    "CharacterLSTM",
    "CharacterNGrams",
    "Counts",
    "Suggestion",
    "WordNGrams",
    "alphabet_of",
    "bits_per_character",
    "checkpoints",
    "held_out",
    "normalise",
    "our_own",
    "perplexity",
    "split_words",
    "token_bigram_bits",
    "training",
    "training_text",
    "words_of",
]


def __getattr__(name: str) -> Any:
    """Fetch what needs torch when it is first used. Raises AttributeError for a name that there is not."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _LAZY:
        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it offers {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""Language models that the lessons build and compare, and how they are compared.

    counts = Counts(training_text(), most=5)                  # counted once, shared by all orders
    model = CharacterNGrams.from_counts(counts, order=5)
    bits_per_character(model, held_out())                     # fair across models with different tokens
    words = WordNGrams(training_text())
    words.suggest(["the", "capital", "of"], order=3)

Plain Python and numpy; torch is imported only where a pretrained model is scored.
"""

from unravelling.language_models.characters import CharacterNGrams, Counts
from unravelling.language_models.scoring import bits_per_character, perplexity
from unravelling.language_models.texts import STAND_IN, alphabet_of, held_out, normalise, our_own, training_text
from unravelling.language_models.words import Suggestion, WordNGrams, words_of

__all__ = [
    "STAND_IN",
    "CharacterNGrams",
    "Counts",
    "Suggestion",
    "WordNGrams",
    "alphabet_of",
    "bits_per_character",
    "held_out",
    "normalise",
    "our_own",
    "perplexity",
    "training_text",
    "words_of",
]

"""A bigram over the pieces of a tokenizer, measured in bits per character, so that any two ways to cut compare."""

from __future__ import annotations

import math
from typing import Any

from unravelling.language_models.char_ngrams import CharacterNGrams, Counts
from unravelling.language_models.texts import STAND_IN

_FIRST = 0xF0000  # each token is written as one character of a plane for private use: 65,533 of them


def token_bigram_bits(tokenizer: Any, text: str, new: str) -> float:
    """What a bigram of tokens (Kneser-Ney, learned from `text`) costs on `new`, in bits per character of `new`.

    tokenizer: of the library `tokenizers`. The cost is that of the one way in which it cuts the text. Raises
    ValueError if a text is empty or the vocabulary has more than 65,533 tokens.
    """
    size = tokenizer.get_vocab_size()
    if not text or not new:
        raise ValueError("A bigram needs a text to learn from and another to be measured on.")
    if size > 65_533:
        raise ValueError(f"There is room for 65,533 tokens, not for {size:,}.")
    alphabet = [*(chr(_FIRST + i) for i in range(size)), STAND_IN]
    learned, measured = ("".join(chr(_FIRST + i) for i in tokenizer.encode(each).ids) for each in (text, new))
    model = CharacterNGrams.from_counts(Counts(learned, most=2, alphabet=alphabet), 2)
    return -sum(model.log_probabilities(measured)) / math.log(2) / len(new)

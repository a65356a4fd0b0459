"""Right answers to 11.1 that are written otherwise."""

from __future__ import annotations

import re

from ...declare import alternative


def in_the_case_of(word, other):
    """The counterpart written as the word was: in small letters, with a capital, or in capitals throughout."""
    if len(word) > 1 and word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


@alternative
def with_letters_on_neither_side(sentences, swaps, unsure):
    pairs, doubtful = [], []
    alone = r"(?<![a-z])({})(?![a-z])"  # \b would not do: it takes digits and accents for parts of a word
    either = re.compile(alone.format("|".join(swaps) or "(?!)"), re.IGNORECASE | re.ASCII)
    for sentence in sentences:
        if any(re.search(alone.format(word), sentence, re.IGNORECASE | re.ASCII) for word in unsure):
            doubtful += [sentence]
        elif either.search(sentence):
            pairs += [[sentence, either.sub(lambda m: in_the_case_of(m[1], swaps[m[1].lower()]), sentence)]]
    return pairs, doubtful


@alternative
def letter_by_letter(sentences, swaps, unsure):
    def is_letter(character):
        return character.isascii() and character.isalpha()

    pairs, left_out = [], []
    for sentence in sentences:
        pieces = [""]
        for letter in sentence:
            if pieces[-1] and is_letter(letter) != is_letter(pieces[-1][-1]):
                pieces.append("")
            pieces[-1] += letter
        small = [piece.lower() for piece in pieces]
        if not unsure.isdisjoint(small):
            left_out.append(sentence)
            continue
        twin = []
        for piece, word in zip(pieces, small, strict=True):
            new = swaps.get(word)
            if new is None:
                twin.append(piece)
            elif piece == word:
                twin.append(new)
            elif piece == word.upper() and len(piece) >= 2:
                twin.append(new.upper())
            else:
                twin.append(new.title() if piece[0].isupper() else new)
        if any(word in swaps for word in small):
            pairs.append((sentence, "".join(twin)))
    return pairs, left_out

"""Cut a text into the words within which a tokenizer merges, without losing a character.

Most tokenizers do this with a regular expression. Ours asks Unicode what each character is, and keeps a vowel sign or
an accent that is a character of its own with the letter before it: expressions that look for letters alone cut there,
which breaks words of Hindi, Arabic or Hebrew.
"""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"  # zero-width: they belong to what they stand between


def split_words(text: str) -> list[str]:
    """The words of a text: runs of letters, of digits, of other signs, each with one space before it if there is one;
    what is left of white space are words of its own. Joined together they are the text again.

    Example: split_words("It cost 12 euros!") is ["It", " cost", " 12", " euros", "!"].
    """
    words: list[str] = []
    before = ""
    for character in text:
        kind = _kind(character, before)
        if before == "space" and kind != "space" and words[-1].endswith(" "):
            words[-1] = words[-1][:-1]  # its last space leads the new word
            words.append(" " + character)
        elif words and kind == before:
            words[-1] += character
        else:
            words.append(character)
        before = kind
    return [word for word in words if word]


def _kind(character: str, before: str) -> str:
    if character.isspace():
        return "space"
    if before and before != "space" and (unicodedata.category(character)[0] == "M" or character in _JOINERS):
        return before
    if character.isalpha() or unicodedata.category(character)[0] == "M":
        return "letter"
    return "digit" if character.isnumeric() else "sign"

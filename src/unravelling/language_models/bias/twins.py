"""A sentence and its twin, in which the words about one group are exchanged for those about another.

twin("He sat by his mother.")         # None: "his" has two counterparts, so a person must decide
twin("The father said he was late.")  # "The mother said she was late."
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

_PAIRS = "he she, himself herself, man woman, men women, boy girl, boys girls, father mother, son daughter, "
_PAIRS += "brother sister, husband wife, uncle aunt, king queen, grandfather grandmother, nephew niece"
SWAPS = {a: b for pair in _PAIRS.split(", ") for one, other in [pair.split()] for a, b in ((one, other), (other, one))}
UNSURE = frozenset({"her", "his", "him", "hers"})
_WORD = re.compile("[A-Za-z]+")


def twin(sentence: str, swaps: Mapping[str, str] = SWAPS, unsure: Set[str] = UNSURE) -> str | None:
    """The sentence with every word of `swaps` exchanged once, capitals kept; None if that cannot be done by a table.

    It cannot if a word of `unsure` stands in it, which has more than one counterpart, or no word of `swaps` at all.
    Source: Zhao et al., 2018, arXiv:1804.06876, where training texts are doubled in this way.
    """
    words = {word.lower() for word in _WORD.findall(sentence)}
    if words & unsure or not words & swaps.keys():
        return None
    return _WORD.sub(lambda found: _exchanged(found[0], swaps), sentence)


def _exchanged(word: str, swaps: Mapping[str, str]) -> str:
    other = swaps.get(word.lower())
    if other is None:
        return word
    if len(word) > 1 and word.isupper():
        return other.upper()
    return other[0].upper() + other[1:] if word[0].isupper() else other

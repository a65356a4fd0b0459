"""Words for 02.5, and how the looks at their tokens are counted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ...declare import Case
from ...random_inputs import randint
from ..drawn_words import Words, draw_words
from ..merge_pair import MergePair
from ..train_bpe import TrainBpe, in_bytes

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def cases(rng: Any) -> Iterator[Case]:
    """The cases of 02.5."""

    def case(name, words, new, rule="", measured=False):
        return Case(name, rule, slow=measured, words=words, new=list(new), measured=measured)

    yield case("two merges", in_bytes("abc 3, ab 1"), [256, 257])
    yield case("low, lower, newest, widest", in_bytes("low 5, lower 2, newest 6, widest 3"), range(256, 263))
    left = "A merge takes the pairs away that its two tokens made with their neighbours, in all words that hold it."
    yield case(
        "the pair before, and the pair behind", in_bytes("xaby 5, xab 4, aby 4, xa 4, by 3"), range(300, 304), left
    )
    yield case("counts that fall", in_bytes("abc 6, bcd 4, cde 3, de 2"), range(256, 260), left)
    runs = "Runs of equal tokens are merged from left to right, and their new neighbours counted as everywhere."
    yield case("runs", in_bytes("aaaaa 2, baaab 3, aab 1"), range(300, 305), runs)
    yield case("a pair that is twice in a word", in_bytes("abab 3, cabcab 2, ba 4"), range(256, 261), runs)
    tie = "Of pairs that come equally often, the smallest is merged first."
    yield case("ties", in_bytes("zy 2, ab 2, cd 2, ya 1, az 1"), range(256, 260), tie)
    end = "Where no word has two tokens any more, training ends early."
    yield case("more merges than pairs", in_bytes("abc 1, ab 2"), range(256, 262), end)
    yield case("no words", {}, [256], end)
    yield case("two words become equal", {(97, 98, 99): 5, (300, 99): 2, (100, 101): 6, (97, 98): 3}, [300, 301])
    drawn = {tuple("".join(word).encode()): n for word, n in draw_words(rng, 15, "abc", 7, 5).items()}
    yield case("15 words", drawn, range(256, 271))
    many = "What a merge does not touch need not be looked at again."
    yield case("400 words, 40 merges", _of_syllables(rng, 400), range(256, 296), many, measured=True)


def _of_syllables(rng: Any, count: int) -> Words:
    """Words of 2 or 3 syllables out of 200, early ones more often, as in a language."""
    syllables = ["".join(LETTERS[randint(rng, 0, 25)] for _ in range(randint(rng, 2, 4))) for _ in range(200)]
    words: Words = {}
    while len(words) < count:
        places = [min(randint(rng, 0, 199), randint(rng, 0, 199)) for _ in range(randint(rng, 2, 3))]
        words[tuple("".join(syllables[place] for place in places).encode())] = randint(rng, 1, 20)
    return words


def probe(solution, words, new, measured):
    from unravelling.checks.instruments.counted_work import counted_words

    meter, counted, coming = counted_words(words, new)
    got, form = solution(counted, coming), ""
    work = {"hashes": meter.hashed, "comparisons": meter.compared} if measured else {}
    if {tuple(map(int, word)): n for word, n in counted.items()} != words or [*map(int, coming)] != new:
        form = "Your function changed one of its inputs; whoever called it still needs them."
    elif not isinstance(got, list):
        what = "nothing (None)" if got is None else f"a value of type {type(got).__name__}"
        form = f"Your function returned {what}, not a list of pairs."
    else:
        bad = [each for each in got if not (isinstance(each, tuple) and len(each) == 2)]
        form = f"Your list holds {bad[0]!r}, which is no tuple of two tokens." if bad else ""
    merges = repr(got) if form else repr([(int(a), int(b)) for a, b in got])
    return {"merges": merges, "form": form, "work": work}


def show(case: Case) -> str:
    """The lines that show a failure of 02.5."""
    return """
from unravelling.checks.instruments.counted_work import counted_words
meter, counted, coming = counted_words(words, new)
merges = train_bpe_with_less_work(counted, coming)
result = merges, f"{meter.hashed:,} hashes and {meter.compared:,} comparisons of tokens", coming, counted
"""


@lru_cache(maxsize=64)
def plain_work(case: Case) -> dict[str, int]:
    """What it takes to count all pairs anew for each merge, as in 02.3."""
    return probe(TrainBpe.reference, case["words"], case["new"], True)["work"]


@lru_cache(maxsize=64)
def least_looks(case: Case) -> int:
    """Two for each place where a pair stands, and two for each place that is merged: fewer find no pair at all."""
    words, merged = dict(case["words"]), 0
    places = sum(len(word) - 1 for word in words)
    for pair, token in zip(TrainBpe.reference(words, case["new"]), case["new"], strict=False):  # type: ignore[arg-type]
        later: Words = {}
        for word, count in words.items():
            made = MergePair.reference(word, pair, token)
            merged += len(word) - len(made)
            later[made] = later.get(made, 0) + count
        words = later
    return 2 * (places + merged)

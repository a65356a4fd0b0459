"""Texts and token numbers for 02.4, and how a learner's two functions are tried on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from unravelling.language_models.pre_tokenizer import split_words

from ...declare import Case, share
from ...random_inputs import randint
from ..train_bpe import TrainBpe

HINDI = "\u0939\u093f\u0928\u094d\u0926\u0940"  # with two vowel signs, and a sign that takes a vowel away
FAMILY = "👩\u200d👧"  # two signs and a joiner
PIECES = ("ab", "abc", "bca", "é", "日本", HINDI, "e\u0301", FAMILY, "12", ", ", "\r\n", "  ", "!")


def cases(rng: Any) -> Iterator[Case]:
    """The cases of 02.4."""

    def case(name, text, merges, ids, special=None, rule=""):
        return Case(name, rule, text=text, merges=merges, special=special or {}, ids=ids)

    yield case("one merge", "abc", [(97, 98)], [256, 99])
    yield case("a merge of a merge", "low lower", [(108, 111), (256, 119)], [257, 32, 256, 101, 114])
    order = "Merges are made in the order of the list: an earlier one first, wherever it stands, however short."
    yield case("an early merge and a long token", "abc", [(98, 99), (97, 98), (257, 99)], [258, 97], rule=order)
    yield case("a short token before a long one", "abc", [(97, 98), (98, 99), (97, 257)], [258, 256], rule=order)
    yield case("an early merge on the right", "abcd abc", [(99, 100), (98, 99), (97, 98)], [257, 256], rule=order)
    yield case("a run", "aaaaa", [(97, 97), (256, 256)], [257, 256, 97])
    words = "No merge reaches from one word of split_words into the next."
    yield case("a merge that only words side by side have", "a b", [(97, 32), (32, 98)], [256, 257], rule=words)
    yield case("letters, then digits", "ab12", [(98, 49), (97, 98), (49, 50)], [257, 258], rule=words)
    utf8 = "A character is one to four bytes of UTF-8, and each byte is a token, unless it is merged."
    yield case("an accent", "né", [(195, 169)], [110, 256], rule=utf8)
    yield case(
        "characters of two, three and four bytes",
        "é€😀",
        [(226, 130), (240, 159)],
        [257, 152, 128, 256, 172],
        rule=utf8,
    )
    yield case("two ways to write é, and a line end", " e\u0301=é\r\n", [(101, 204), (195, 169)], [256, 129, 13, 10])
    yield case("joined emoji, and vowel signs", f"{FAMILY} {HINDI}", [(224, 164)], [256, 185, 32])
    half = "Bytes that make no character become the character U+FFFD, once the bytes of all tokens are joined."
    yield case("half a character", "", [(226, 130)], [195, 104, 256], rule=half)
    yield case("a character from two tokens", "€", [(226, 130)], [256, 172, 195, 169], rule=half)
    yield case("every single byte", "", [(195, 169)], list(range(256)), rule=half)
    special = "A special token becomes its number wherever it stands, and its number becomes its text again."
    end = {"<|end|>": 300}
    yield case("a special token", "hi<|end|>there", [(104, 105)], [256, 300, 104], end, special)
    yield case("a special token beside spaces", "a <|end|> b", [(32, 98)], [300, 256, 300], end, special)
    yield case("a special token and nothing else", "<|end|>", [(60, 124)], [300], end, special)
    signs = {"a.c": 290, "[x]+": 291}
    yield case(
        "special tokens with punctuation in them", "abc a.c xx [x]+", [(97, 98)], [291, 32, 290, 256], signs, special
    )
    plain = "A text that is not in `special` is a text like any other, whatever it looks like."
    yield case("no special tokens", "<|end|>", [(101, 110), (60, 124)], [257, 256, 100], rule=plain)
    longest = "Where several special tokens begin at one place, the longest is taken."
    twice = {"<a>": 300, "<a><a>": 301, "<a>b": 302}
    yield case("overlapping special tokens", "<a><a><a>b", [(97, 98)], [301, 302, 256], twice, longest)
    left = "Special tokens are looked for from left to right: one that begins earlier goes before a longer one."
    across = {"ab": 300, "bcd": 301}
    yield case("special tokens that share a letter", "abcd bcd", [(99, 100)], [301, 300, 256], across, left)
    yield case("no text, and no tokens", "", [(97, 98)], [])
    unknown = "A number that is no token raises ValueError."
    yield case("a number above all tokens", "", [(97, 98)], [97, 257], rule=unknown)
    yield case("a number below 0", "", [(97, 98)], [97, -1], end, unknown)
    text = "".join(PIECES[randint(rng, 0, len(PIECES) - 1)] + " " * randint(rng, 0, 1) for _ in range(24))
    merges = TrainBpe.reference({tuple(w.encode()): n for w, n in Counter(split_words(text)).items()}, range(256, 268))  # type: ignore[arg-type]  # mypy sees no class decorator
    ids = [randint(rng, 97, 255 + len(merges)) for _ in range(20)]
    yield case("24 pieces, 12 merges", text, merges, ids, {"<s>": 400})


def probe(solution, text, merges, special, ids):
    from numbers import Integral

    given = repr((merges, special, ids))
    got, form, back = solution.encode(text, merges, special), "", None
    what = "nothing (None)" if got is None else f"a value of type {type(got).__name__}"
    if not isinstance(got, (list, tuple)):
        form = f"encode returned {what}, not a list of numbers."
    elif not all(isinstance(each, Integral) for each in got):
        other = next(each for each in got if not isinstance(each, Integral))
        form = f"encode returned a list with {other!r} in it, which is no whole number."
    elif all(0 <= each < 256 + len(merges) or each in special.values() for each in got):
        back = solution.decode(list(got), merges, special)
    alone = [solution.decode([each], merges, special) for each in ids]
    said = solution.decode(list(ids), merges, special)
    strange = next((each for each in (said, *alone) if not isinstance(each, str)), "")
    if not isinstance(strange, str):
        form = form or f"decode returned a value of type {type(strange).__name__}, not a text."
    if repr((merges, special, ids)) != given:
        form = form or "One of the inputs merges, special and ids has changed; whoever called still needs them."
    return {
        "encode(text)": repr([int(each) for each in got]) if not form else repr(got),
        "decode(ids)": said if isinstance(said, str) else repr(said),
        "alone": repr(alone),
        "back": back if isinstance(back, str) else repr(back),
        "form": form,
    }


@share(points=3)
def encode(solution, text, merges, special, ids):
    given = repr((merges, special))
    got = solution.encode(text, merges, special)
    assert repr((merges, special)) == given and isinstance(got, (list, tuple))
    return repr([int(each) for each in got])


@share(points=1)
def decode(solution, text, merges, special, ids):
    given = repr((merges, special, ids))
    got = [solution.decode(list(ids), merges, special), *(solution.decode([each], merges, special) for each in ids)]
    assert repr((merges, special, ids)) == given and all(isinstance(each, str) for each in got)
    return repr(got)


def show(case: Case) -> str:
    """The lines that show a failure of 02.4."""
    return """
tokens = encode(text, merges, special)
there_and_back = decode(tokens, merges, special)
result = tokens, there_and_back, decode(ids, merges, special), merges, special, ids
result += tuple(decode([each], merges, special) for each in ids)
"""

"""How pairs are asked for, and the text of the cell that shows a failure."""

from __future__ import annotations


def probe(solution, sentences, swaps, unsure):
    doubtful = set(unsure)
    got = solution(sentences, swaps, doubtful)
    if doubtful != set(unsure):
        unsure[:] = doubtful  # so that it shows
    what = "nothing (None)" if got is None else f"a {type(got).__name__}"
    assert isinstance(got, (tuple, list)) and len(got) == 2, (
        f"Your function returned {what}{f' of {len(got)}' if isinstance(got, (tuple, list)) else ''}; it "
        "should be two lists, pairs and left_out, in this order."
    )
    pairs, left_out = got
    for name, each in (("pairs", pairs), ("left_out", left_out)):
        assert isinstance(each, (list, tuple)), f"What came back for {name} is a {type(each).__name__}, not a list."
    if left_out and all(isinstance(each, tuple) for each in left_out):
        assert any(isinstance(each, tuple) for each in pairs), (
            "The second list that came back holds tuples and the first none: pairs comes first, then left_out."
        )
    for each in pairs:
        fits = isinstance(each, (tuple, list)) and len(each) == 2 and all(isinstance(part, str) for part in each)
        assert fits, f"One of your pairs is {repr(each)[:80]}; a pair is a tuple (sentence, twin) of two texts."
    for each in left_out:
        assert isinstance(each, str), (
            f"In left_out you have {repr(each)[:80]}; it holds the sentences themselves, as texts."
        )
    told = {"pairs": "\n".join(" -> ".join(each) for each in pairs), "left_out": "\n".join(left_out)}
    other = solution(sentences, dict.fromkeys(swaps, "qqq"), set())  # other words for the same sentences
    exchanged = any(each[0] != each[1] for each in pairs)
    assert not (exchanged and isinstance(other, (tuple, list)) and len(other) == 2 and other[0] == pairs), (
        "Called with another table, your function gave the very same twins: either something is kept from the call "
        "before, or the counterparts do not come from swaps."
    )
    return told


def show(case):
    return """
unsure = set(unsure)
result = counterfactual_pairs(sentences, swaps, unsure)
other = counterfactual_pairs(sentences, dict.fromkeys(swaps, "qqq"), set())  # another table, and no unsure words
result = result, other
"""

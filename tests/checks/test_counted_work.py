"""The instrument that counts looks at numbers: it counts hashes and comparisons, and nothing else."""

from __future__ import annotations

import copy

from unravelling.checks.instruments.counted_work import Meter, counted_words


def test_hashes_and_comparisons_are_counted_apart():
    meter = Meter()
    a, b = meter.number(3), meter.number(4)
    assert (meter.hashed, meter.compared) == (0, 0)
    table = {(a, b): 1}
    assert (meter.hashed, meter.compared) == (2, 0)
    assert table[a, b] == 1 and meter.hashed == 4
    assert a < b and a != b and a == 3
    assert meter.compared == 3
    assert meter.looks == 7


def test_reading_storing_and_copying_cost_nothing():
    meter, words, coming = counted_words({(1, 2, 1): 5, (2,): 1}, [7, 2])
    rows = [list(word) for word in words]
    rows[0][1:] = rows[0][:1] * 2
    copied = copy.deepcopy(rows)
    assert meter.looks == 0
    assert [[int(each) for each in row] for row in copied] == [[1, 1, 1], [2]]
    assert [*words.values()] == [5, 1]
    assert coming[1] is next(iter(words))[1], "a token that stands in the words is the same one"


def test_numbers_are_found_by_ordinary_ones_and_the_other_way_round():
    meter = Meter()
    assert {meter.number(5): "five"}[5] == "five"
    assert {5: "five"}[meter.number(5)] == "five"
    assert sorted([meter.number(2), meter.number(1)]) == [1, 2]

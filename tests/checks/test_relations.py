"""What is told of wrong values is a fact about all of them."""

from __future__ import annotations

import math

import pytest
import torch

from unravelling.checks.relations import Pair, said

WANT = [torch.tensor([[1.5, -2.0, 3.25], [0.5, 4.0, -1.25]]), torch.tensor([[2.0, 1.0], [0.25, -3.0]])]


def told(turn, want=WANT, inputs=()):
    return said([Pair(f"case {n}", turn(each), each) for n, each in enumerate(want)], inputs)


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (lambda x: -x, "Every number has the wrong sign."),
        (lambda x: 2 * x, "Every number is twice what it should be."),
        (lambda x: x / 2, "Every number is half what it should be."),
        (lambda x: x / 3, "Every number is 1 / 3 of what it should be."),
        (lambda x: -x / 3, "Every number is -0.333 times what it should be."),
        (lambda x: x / math.log(2), "(1 / the natural logarithm of 2) times what it should be."),
        (lambda x: x + 0.5, "Every number is too large by 0.5."),
        (lambda x: x - 1, "Every number is too small by 1."),
        (lambda x: x.abs(), "the one asked for without its sign"),
        (lambda x: x.clamp(min=0), "negative numbers cut off at 0"),
        (lambda x: 1 - x, "Every number is 1 minus the one asked for."),
        (lambda x: x * x, "Every number is the square of the one asked for."),
        (lambda x: x.exp(), "Every number is the exponential of the one asked for."),
        (lambda x: x.flip(-1), "in reverse order along the last axis"),
        (lambda x: x.flip(0), "in reverse order along the first axis"),
        (lambda x: x.roll(1, -1), "one place too late along the last axis"),
        (lambda x: x.flatten().sort().values.view(x.shape), "These are the right numbers, in other places"),
        (lambda x: x * float("nan"), "NaN stands where a number should"),
        (lambda x: x.masked_fill(x > 0, float("inf")), "Infinity stands where a number should"),
        (lambda x: torch.full_like(x, 7.0), "Every number that came back is 7, whatever was asked."),
        (lambda x: x * x.shape[-1], "multiplied by one and the same: 3 with “case 0”, 2 with “case 1”"),
        (lambda x: torch.cat([x[..., :1] + 9, x[..., 1:]], -1), "Only the first one along the last axis is wrong"),
        (lambda x: torch.cat([x[:1] * 3, x[1:]]), "Only the first row is wrong"),
        (lambda x: x * (1 + 1e-3 * torch.rand(x.shape)), "The first digits agree, the later ones do not"),
    ],
)
def test_what_is_true_of_all_numbers_is_told(turn, words):
    assert words in told(turn)


SIZES = [
    {"layers": a, "width": b, "norm": c}
    for a, b, c in ((1, 2, True), (3, 2, True), (2, 5, False), (4, 3, True), (5, 7, False))
]


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (lambda a, b, c: -4 * a * b, "Every number is too small by 4 * layers * width."),
        (lambda a, b, c: b * b, "Every number is too large by width**2."),
        (lambda a, b, c: 2 * b * c - 9 * a * b, "Every number is too small by 9 * layers * width - 2 * width * norm."),
    ],
)
def test_a_difference_made_of_the_inputs_is_told_by_their_names(off, words):
    pairs = [Pair("", 1000 + off(*each.values()), 1000) for each in SIZES]
    assert said(pairs, SIZES) == words


def test_of_right_numbers_of_another_kind_nothing_is_told():
    assert said([Pair("", 3.0, 3), Pair("", 5.0, 5)]) == ""


def test_a_difference_that_only_looks_like_a_product_in_two_cases_is_not_told():
    pairs = [Pair("", 1000 + 4 * each["layers"] * each["width"], 1000) for each in SIZES[:2]]
    assert "layers" not in said(pairs, SIZES[:2])


def test_numbers_that_were_rounded_are_told_to_be():
    want = [torch.tensor([0.66666, 0.33333, 0.12345])]
    assert told(lambda x: (x * 100).round() / 100, want) == (
        "Every number is the right one, rounded to 2 decimals. Do not round."
    )


def test_right_whole_numbers_of_another_type_are_not_told_to_be_rounded():
    assert said([Pair("", 17.0, 17), Pair("", 65.0, 65)]) == ""


def test_an_input_that_came_back_is_named():
    given = [{"x": each + 1, "dim": -1} for each in WANT]
    assert said([Pair("", g["x"], w) for g, w in zip(given, WANT, strict=True)], given) == (
        "What came back is your input x as it was."
    )


def test_two_parts_in_each_others_place_are_told_to_be():
    pair = Pair("", (WANT[1], WANT[0]), (WANT[0], WANT[1]))
    assert said([pair]) == "The two things that came back are right, in each other's place."


@pytest.mark.parametrize(
    ("turn", "want"),
    [
        (lambda x: 3 * x, [torch.tensor([5.0])]),  # any number is some number of times another
        (lambda x: x + 3, [2.0]),
        (lambda x: x, []),
        (lambda x: torch.tensor([7.0, 1.0]), [torch.tensor([1.0, 2.0]), torch.tensor([3.0, 1.0])]),
        (lambda x: None, [1.0]),
        (lambda x: 10**5000, [1, 2]),
        (lambda x: [x, x], [{"a": torch.eye(2)}]),
        (lambda x: "a", ["b"]),
    ],
)
def test_of_one_number_or_of_what_has_no_pattern_nothing_is_told(turn, want):
    assert told(turn, want) == ""


def test_a_fact_that_holds_of_one_case_only_is_not_told():
    pairs = [Pair("", -WANT[0], WANT[0]), Pair("", WANT[1] + 1, WANT[1])]
    assert said(pairs) == ""


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        ("a -> b\n", "a -> b", "There is a line break at the end that was not asked for."),
        ("A -> b", "a -> b", "The text is right but for capital letters."),
        ("a->b", "a -> b", "the spaces and line breaks between them are not"),
        ("2\n1", "1\n2", "The lines are right, in reverse order."),
        ("1", "1\n2", "The last line is missing."),
        ([3, 1], [1, 3], "The items are right, in reverse order."),
        ([1, 3], [1, 1, 3], "Items that come more than once are there only once."),
        ([1], [1, 2, 3], "Items are missing; those that are there are right."),
        ({}, {"a": 1}, "The table that came back is empty."),
        ({"a": 1}, {"a": 1, "b": 2}, "Entries are missing; those that are there are right."),
        ({"a": 2}, {"a": 1}, "The entries are the right ones, with other values."),
    ],
)
def test_texts_lists_and_tables_are_told_apart_too(got, want, words):
    assert words in said([Pair("", got, want)])


def test_rows_that_are_alike_are_not_said_to_stand_in_reverse_order():
    want = torch.tensor([[-0.92, -0.04, 0.29], [-0.92, -0.04, 0.29]])
    assert "reverse order" not in told(lambda x: x + 0.00003, [want])


def test_numbers_that_are_nearly_right_are_not_called_so_many_times_too_large():
    want = [torch.tensor([1.67551, 0.31234, 2.71234], dtype=torch.float64)]
    assert told(lambda x: x * 1.000005, want).startswith("The first digits agree")


def test_of_numbers_that_are_right_nothing_is_told_since_something_else_is_wrong():
    assert told(lambda x: x) == ""
    assert told(float, [8, 9]) == ""


def test_of_right_numbers_beside_a_broken_rule_nothing_is_told():
    assert told(lambda x: x) == ""  # and not: every number is 1 times what it should be


def test_two_whole_numbers_that_happen_to_be_equally_far_off_are_not_told_an_offset():
    assert said([Pair("", (104, 105), (9, 10))]) == ""
    assert "too large by 95" in said([Pair("", (104, 105, 106), (9, 10, 11))])

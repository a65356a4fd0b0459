"""Quizzes are validated data."""

from __future__ import annotations

import pytest

from unravelling.learning import quizzes

OPTION = '[[question.option]]\ntext = "{}"\nwhy = "because"\n'
GOOD = '[[question]]\ntext = "?"\n' + OPTION.format("a") + "right = true\n" + OPTION.format("b") + OPTION.format("c")


@pytest.mark.parametrize("module", quizzes.modules())
def test_every_quiz_of_the_course_is_well_made(module):
    for question in quizzes.load(module):
        assert sum(option.right for option in question.options) == 1
        assert all(option.why for option in question.options)


def test_options_are_shuffled_the_same_way_each_time_and_not_all_right_ones_first():
    once, twice = (quizzes.parse("04", GOOD * 6) for _ in range(2))
    assert once == twice
    assert len({tuple(option.text for option in question.options) for question in once}) > 1
    assert [question.id for question in once] == [f"04.q{n}" for n in range(1, 7)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD * 3, "has 3 questions: give it 4 to 6"),
        (GOOD * 7, "has 7 questions"),
        (GOOD * 3 + GOOD.replace("right = true", ""), r"04\.q4 has 0 right options"),
        (GOOD * 3 + GOOD + "right = true\n", r"04\.q4 has 2 right options"),
        (GOOD * 3 + GOOD + '[[question.option]]\ntext = "d"\n', r"question 04\.q4 has no why"),
        (GOOD * 3 + GOOD.replace('"b"', '"a"'), "the same option twice"),
        (GOOD * 3 + '[[question]]\ntext = ""\n' + OPTION.format("a"), r"04\.q4 has no text"),
        (GOOD * 3 + '[[question]]\ntext = "?"\n', "0 options"),
        ("[[question", "not valid TOML"),
    ],
)
def test_a_quiz_that_is_not_well_made_is_refused_with_the_place(text, words):
    with pytest.raises(quizzes.QuizError, match=words):
        quizzes.parse("04", text)


def test_module_00_may_have_a_single_question():
    assert len(quizzes.parse("00", GOOD)) == 1


@pytest.mark.parametrize("unknown", ["77", "", 4])
def test_an_unknown_module_gets_a_sentence(unknown):
    with pytest.raises(quizzes.QuizError, match="has no quiz"):
        quizzes.load(unknown)

"""hint, quiz, predict, reveal and progress as a notebook shows them."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import IPython.display
import pytest

from unravelling.checks import registry
from unravelling.learning import hints, predictions, quizzes
from unravelling.learning import progress as kept
from unravelling.notebook.hint import hint
from unravelling.notebook.predict import predict, reveal
from unravelling.notebook.progress_table import progress
from unravelling.notebook.quiz import quiz


@pytest.fixture(autouse=True)
def a_new_session(monkeypatch, tmp_path):
    monkeypatch.setenv("UNRAVELLING_PROGRESS", str(tmp_path / "progress.jsonl"))
    monkeypatch.setattr(hints, "_opened", {})
    monkeypatch.setattr(kept, "_in_memory", [])
    monkeypatch.setattr(predictions, "predictions", {})


@pytest.fixture
def shown(monkeypatch):
    found = []
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr(IPython.display, "display", found.append)
    return found


def test_the_last_guess_counts_and_is_set_beside_the_answer(shown):
    predict("it", "Which word?", options=["piano", "door"])
    widget = shown[-1].widget
    widget.answers = {"it": 0}
    widget.answers = {"it": 1}
    reveal("it", "piano", "One head of 72.")
    assert shown[-1].plain == "You guessed door. Measured: piano. One head of 72."
    widget.answers = {"it": 0}
    reveal("it", "piano")
    assert shown[-1].plain == "You guessed piano. Measured: piano. You were right."


def test_options_with_commas_are_told_apart_in_plain_text():
    asked = predictions.ask("narrow", "What happens?", ["it falls, and 'door' rises", "it stays"], None, None, "")
    assert asked.choices() == "it falls, and 'door' rises; it stays"
    assert predictions.ask("it", "Which?", ["piano", "go"], None, None, "").choices() == "piano, go"


def test_a_number_says_how_far_off_the_guess_was(shown):
    predict("share", "How much?", low=0, high=100, unit="%")
    shown[-1].widget.answers = {"share": 30}
    reveal("share", 42.25)
    assert shown[-1].plain == "You guessed 30%. Measured: 42.25%. Your guess was 12.25 percentage points too low."
    reveal("share", 30.2)
    assert shown[-1].plain.endswith("As near as the slider goes.")


def test_how_many_times_is_compared_without_the_word_times_which_would_be_a_factor(shown):
    predict("tax", "How many times as many?", low=1, high=10, unit="times")
    predictions.predictions["tax"].guess = 4
    reveal("tax", 7.1)
    assert shown[-1].plain == "You guessed 4 times. Measured: 7.1 times. Your guess was too low: 4 against 7.1."


@pytest.mark.parametrize(
    ("low", "high", "step"), [(1, 10, 0.1), (0, 1, 0.01), (-1, 1, 0.02), (0, 100, 1), (0, 40, 1), (0.0, 0.3, 0.005)]
)
def test_a_slider_moves_so_that_round_numbers_can_be_chosen(low, high, step):
    assert predictions.Prediction("", low=low, high=high).step() == step


def test_a_whole_step_off_is_said_to_be_off_however_long_the_slider(shown):
    predict("chain", "How many steps?", low=1, high=3000, unit="steps")
    assert "a number from 1 step to 3,000 steps" in shown[-1].plain
    widget = shown[-1].widget
    for guess, said in ((1000, "Your guess was 1 step too low."), (1001, "You were right."),
                        (1006, "Your guess was 5 steps too high.")):  # fmt: skip
        widget.answers = {"chain": guess}
        reveal("chain", 1001, measured=False)
        assert shown[-1].plain == f"You guessed {guess:,} steps. Answer: 1,001 steps. {said}"


def test_reveal_works_without_a_guess_and_without_a_prediction(shown):
    predict("it", "Which word?", options=["piano", "door"])
    reveal("it", "piano")
    assert shown[-1].plain == "No guess this time. Measured: piano."
    reveal("never asked", "x")
    assert shown[-1].plain == "No guess this time. Measured: x."


def test_what_was_not_measured_is_not_called_so(shown):
    predict("it", "Which word?", options=["piano", "door"])
    reveal("it", "piano", measured=False)
    assert shown[-1].plain == "No guess this time. Answer: piano."
    reveal("never asked", 3, measured=False)
    assert shown[-1].plain == "No guess this time. Answer: 3."


def test_what_a_run_does_not_decide_makes_no_guess_right_or_wrong(shown):
    predict("it", "Which word?", options=["piano", "door"])
    reveal("it", None, "Both lie within chance.")
    assert shown[-1].plain == "No guess this time. Not decided here. Both lie within chance."
    predict("it", "Which word?", options=["piano", "door"])
    shown[-1].widget.answers = {"it": 0}
    reveal("it", None)
    assert shown[-1].plain == "You guessed piano. Not decided here."
    predict("share", "How much?", low=0, high=100, unit="%")
    shown[-1].widget.answers = {"share": 30}
    reveal("share", None)
    assert shown[-1].plain == "You guessed 30%. Not decided here."


def test_an_answer_that_does_not_fit_its_prediction_is_refused_with_a_sentence(shown):
    predict("it", "Which word?", options=["piano", "door"])
    with pytest.raises(ValueError, match="'window' is not one of the options of this prediction: piano, door"):
        reveal("it", "window")
    predict("n", "How much?", low=0, high=1)
    with pytest.raises(ValueError, match="asks for a number"):
        reveal("n", "much")


@pytest.mark.parametrize("wrong", [{}, {"options": ["one"]}, {"options": ["a", "a"]}, {"low": 2, "high": 1}])
def test_a_prediction_needs_options_or_two_ends(wrong):
    with pytest.raises(ValueError, match="predict needs"):
        predict("x", "?", **wrong)


def test_running_predict_again_keeps_the_guess(shown):
    for _ in range(2):
        predict("it", "Which word?", options=["piano", "door"])
        if len(shown) == 1:
            shown[0].widget.answers = {"it": 1}
    assert shown[1].widget.answers == {"it": 1}
    assert predictions.predictions["it"].guess == "door"


def test_a_quiz_keeps_the_first_choice_of_each_question_and_counts_it(shown):
    quiz("04")
    widget, questions = shown[-1].widget, quizzes.load("04")
    right = [next(i for i, option in enumerate(q.options) if option.right) for q in questions]
    answers = {}
    for number, (question, index) in enumerate(zip(questions, right, strict=True)):
        answers[question.id] = index if number else (index + 1) % len(question.options)
        widget.answers = dict(answers)
    widget.answers = {**answers, questions[0].id: right[0]}  # a second thought
    assert widget.status == f"{len(questions) - 1} of {len(questions)} right at the first try."
    assert kept.read().answers[questions[0].id] is False


def test_a_quiz_without_a_kernel_lists_every_option_and_gives_no_answer_away(shown):
    quiz("04")
    bundle, _ = shown[-1]._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    for question in quizzes.load("04"):
        for option in question.options:
            assert option.text in bundle["text/plain"]
            assert option.why not in bundle["text/html"] + bundle["text/plain"]


def test_what_does_not_exist_gets_a_sentence(shown):
    quiz("77")
    assert shown[-1].plain.startswith("Module '77' has no quiz. There are: 00, ")
    hint("04.99")
    assert "There is no exercise '04.99'" in shown[-1].plain


def test_running_a_cell_opens_no_hint_and_its_button_opens_one(shown):
    texts = registry.load("04.1").hints
    hint("04.1")
    hint("04.1")  # as Run All does
    assert shown[-1].plain == "3 hints, none open yet." and kept.read().exercises == {}
    ladder = shown[-1].widget
    for count, name in enumerate(("first", "second", "third")):
        assert ladder.button.description == f"Open the {name} of 3 hints"
        ladder.button.click()
        assert kept.read().exercises["04.1"].hints_opened == count + 1
        assert [f"Hint {n}." in ladder.page.value for n in (1, 2, 3)] == [n <= count + 1 for n in (1, 2, 3)]
    assert "the last one" in ladder.page.value and ladder.button.layout.display == "none"
    hint("04.1")
    assert all(text in shown[-1].plain for text in texts)
    live, _ = shown[-1]._repr_mimebundle_()
    assert live["application/vnd.jupyter.widget-view+json"]["model_id"] == shown[-1].widget.box.model_id


def test_what_was_opened_in_another_session_is_open(shown, monkeypatch):
    hint("04.1")
    shown[-1].widget.button.click()
    monkeypatch.setattr(hints, "_opened", {})
    hint("04.1")
    assert "Hint 1: " in shown[-1].plain and "1 of 3 hints" in shown[-1].plain


def test_where_there_is_no_button_each_call_opens_a_hint(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "IPython", type("Absent", (), {"get_ipython": lambda: None}))
    hint("04.1")
    assert capsys.readouterr().out.startswith("Hint 1: ")
    hint("04.1")
    assert "Hint 2: " in capsys.readouterr().out


def test_progress_is_a_table_with_named_rows_and_columns_and_a_plain_twin(shown):
    kept.record("check", "04.1", passed=True)
    progress()
    assert '<th scope="row"' in shown[-1].html and '<th scope="col"' in shown[-1].html
    assert "Module 04: 1 of " in shown[-1].plain


def test_text_of_authors_is_escaped_and_backticks_become_code(shown):
    predict("x", "Is `a < b` <script>?", options=["yes", "<no>"])
    html = shown[-1].html.replace('<code style="white-space: nowrap">', "<code>")
    assert "<code>a &lt; b</code> &lt;script&gt;" in html and "&lt;no&gt;" in html


def test_outside_a_notebook_all_is_printed(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "IPython", type("Absent", (), {"get_ipython": lambda: None}))
    reveal("x", 3)
    assert capsys.readouterr().out == "No guess this time. Measured: 3.\n"

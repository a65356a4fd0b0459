"""What the recall demos compute, say and draw, from runs that were really trained and from the recorded study."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import pytest

from tests.drawing.overlaps import overlaps
from unravelling.demos.recurrent_networks.recall import Recall, RecallStudy, five
from unravelling.language_models import recall_task
from unravelling.language_models.recall_task import RecallAttention, RecallLSTM, RecallRun, StudyRow, train


@pytest.fixture(scope="module")
def runs() -> list[RecallRun]:
    return [
        train(RecallAttention(), 5, steps=60),
        train(RecallLSTM(), 5, steps=60),
        train(RecallAttention(), 30, steps=60),
        train(RecallLSTM(), 30, steps=8),
    ]


def texts(demo) -> str:
    return "\n".join(mark["text"] for mark in demo.scene.marks if mark["kind"] == "text")


def curves(demo, role: str) -> list[dict]:
    return [m for m in demo.scene.marks if m["kind"] == "line" and m["role"] == role and not m["dash"]]


def test_it_begins_at_the_longest_distance_and_shows_what_was_measured(runs) -> None:
    demo = Recall(runs)
    assert demo.distance == 30
    assert demo.data.runs == {"attention": runs[2], "LSTM": runs[3]}
    assert f"{runs[3].accuracy:.0%} of 512 texts" in texts(demo)
    assert f"solved after {runs[2].seconds:.1f} s, {runs[2].steps} steps" in texts(demo)


def test_a_point_of_a_curve_is_the_accuracy_at_its_step(runs) -> None:
    demo = Recall(runs)
    demo.over = "steps"
    points = curves(demo, "query")[0]["points"]
    assert len(points) == runs[2].steps
    marks = [mark for mark in demo.scene.marks if mark["kind"] == "text" and mark["text"] in ("0", "100")]
    bottom, top = (next(m["y"] for m in marks if m["text"] == t and m["align"] == "right") for t in ("0", "100"))
    heights = [(bottom - y) / (bottom - top) for _, y in points]
    assert heights == pytest.approx(runs[2].curve, abs=1e-3)


def test_the_axis_is_in_seconds_or_in_steps(runs) -> None:
    demo = Recall(runs)
    assert "seconds of training" in texts(demo)
    assert demo.data.reach == max(runs[2].seconds, runs[3].seconds)
    demo.over = "steps"
    assert "steps of training" in texts(demo)
    assert demo.data.reach == runs[2].steps


def test_against_seconds_a_point_lies_where_its_step_was_done(runs) -> None:
    slow = replace(runs[2], times=tuple((step + 1) ** 2 for step in range(runs[2].steps)))
    demo = Recall([slow])
    across = [x for x, _ in curves(demo, "query")[0]["points"]]
    shares = [(x - across[0]) / (across[-1] - across[0]) for x in across]
    first, last = slow.times[0], slow.times[-1]
    assert shares == pytest.approx([(time - first) / (last - first) for time in slow.times], abs=1e-3)


def test_it_says_who_solved_it_and_who_guesses(runs) -> None:
    demo = Recall([runs[2], replace(runs[3], accuracy=0.13)])
    assert "attention recalls the symbol in" in demo.description
    assert "the LSTM is at chance (13%)" in demo.description
    assert "12.5%" in demo.description
    demo = Recall([replace(runs[3], accuracy=0.6)])
    assert "is right in 60% of fresh texts, not yet" in demo.description


def test_chance_ends_three_standard_errors_above_one_in_eight(runs) -> None:
    edge = 1 / 8 + 3 * math.sqrt(1 / 8 * 7 / 8 / 512)
    assert "at chance" in Recall([replace(runs[3], accuracy=edge - 0.001)]).description
    assert "at chance" not in Recall([replace(runs[3], accuracy=edge + 0.001)]).description


def test_labels_of_two_runs_that_end_alike_do_not_lie_on_each_other(runs) -> None:
    demo = Recall([replace(runs[2], accuracy=1.0), replace(runs[3], accuracy=1.0)])
    named = [mark["y"] for mark in demo.scene.marks if mark["kind"] == "text" and mark["text"] in ("attention", "LSTM")]
    assert abs(named[0] - named[1]) >= 50


@pytest.mark.parametrize("ends", [(1.0, 0.12), (0.13, 0.12), (0.2, 0.1)])
def test_what_guessing_gives_is_written_beside_its_line_and_on_no_curve(runs, ends: tuple[float, float]) -> None:
    demo = Recall([replace(run, accuracy=end) for run, end in zip(runs[2:], ends, strict=True)])
    (guessing,) = [mark for mark in demo.scene.marks if mark.get("text") == "guessing: 12.5%"]
    right = max(x for curve in curves(demo, "query") + curves(demo, "value") for x, _ in curve["points"])
    assert guessing["x"] > right
    for width in (500, 640, 760, 880):
        assert not overlaps(demo.scene, width)


@pytest.mark.parametrize("distance", [1, 5, 24, 25, 500])
def test_the_row_on_show_has_its_answer_and_fits_the_picture(runs, distance: int) -> None:
    demo = Recall([replace(runs[0], distance=distance)])
    assert demo.scene.marks[2]["text"] == recall_task.example(distance)[0]
    assert f"{distance} letter" in texts(demo)
    assert max(mark.get("x2", 0) for mark in demo.scene.marks) < 700


def test_a_comparison_that_was_stopped_shows_what_there_is(runs) -> None:
    empty = RecallRun("attention", 80, None, 0.1, 0, 1, (), (), 0.12, "interrupted")
    demo = Recall([*runs, empty])
    assert not curves(demo, "query")
    demo.distance = 30
    assert curves(demo, "query")


@pytest.mark.parametrize("wrong", [[], [1], "runs", None])
def test_anything_but_runs_is_refused_with_a_sentence(wrong) -> None:
    with pytest.raises(ValueError, match=r"give it what recall_task\.compare"):
        Recall(wrong)
    with pytest.raises(ValueError, match=r"give it recall_task\.study"):
        RecallStudy(wrong)


def test_the_longer_budget_replaces_the_seeds_that_needed_it() -> None:
    row = StudyRow("LSTM", 40, 2.0, 0.003, 0, 9, 5, 4.0, 100, 1.0, True, False)
    rows = [row, replace(row, seed=1, accuracy=0.2, solved=False),
            replace(row, seed=1, budget=30, accuracy=0.99, longer=True)]  # fmt: skip
    assert [r.accuracy for r in five(rows, "LSTM", 40, longer=False)] == [1.0, 0.2]
    assert [r.accuracy for r in five(rows, "LSTM", 40, longer=True)] == [1.0, 0.99]


def test_the_study_shows_five_seeds_of_both_networks_at_every_distance() -> None:
    demo = RecallStudy(recall_task.study())
    for role in ("query", "value"):
        assert sum(mark["kind"] == "circle" and mark["fill"] == role for mark in demo.scene.marks) == 30


def test_the_study_says_how_many_seeds_solved_the_chosen_distance() -> None:
    demo = RecallStudy(recall_task.study())
    for longer, each in ((False, "up to 5 s each"), (True, "up to 30 s each")):
        demo.time = longer
        for variant in ("LSTM", "LSTM fitted"):
            demo.lstm = variant
            for distance in (5, 80, 160):
                demo.distance = distance
                found = five(recall_task.study(), variant, distance, longer)
                solved = sum(row.solved for row in found)
                assert f"solved by {solved} of 5" in texts(demo)
                assert each in demo.description and each in texts(demo)
                assert f"with {solved or 'none'} of 5 seeds" in demo.description.split(";")[1]


def test_a_distance_that_was_not_tried_is_said_so() -> None:
    demo = RecallStudy(recall_task.study())
    demo.lstm, demo.distance = "LSTM closed", 80
    assert "was not tried" in demo.description
    assert "not tried at this distance" in texts(demo)


def test_every_control_changes_the_picture_within_100_milliseconds(runs) -> None:
    for demo in (Recall(runs), RecallStudy(recall_task.study())):
        for name, widget in demo.controls.items():
            values = [o[1] if isinstance(o, tuple) else o for o in widget.options]
            took = []
            for value in [*values, *values]:
                begun = time.process_time()
                widget.value = value
                took.append(time.process_time() - begun)
            assert min(took) < 0.1, name
            before = demo.scene.spec
            widget.value = next(value for value in values if value != widget.value)
            assert demo.scene.spec != before, name

"""The demos of module 06."""

from __future__ import annotations

import math

import numpy as np
import pytest

from unravelling.checks.instruments.faulty_gpts import PROGRAMS
from unravelling.checks.instruments.gpt_stages import simple_text, symptoms
from unravelling.checks.instruments.planted_faults import built
from unravelling.demos.build_and_train_a_gpt.draw_the_curve import STEPS, DrawTheCurve, curves, through
from unravelling.demos.build_and_train_a_gpt.ladder import Ladder
from unravelling.demos.build_and_train_a_gpt.six_faults import HEALTHY, LETTERS, Patient, SixFaults, recorded, smoothed
from unravelling.language_models import checkpoints


def test_a_smoothed_curve_begins_at_the_first_loss_and_is_then_the_mean_of_those_before() -> None:
    curve = smoothed([4.0, 2.0, 0.0, 1.0], steps=2)
    assert curve.tolist() == [4.0, 3.0, 1.0, 0.5]
    assert smoothed([3.0, 1.0], steps=1).tolist() == [3.0, 1.0]


@pytest.mark.parametrize(("losses", "steps"), [([], 10), ([1.0], 0)])
def test_nothing_to_smooth_is_refused(losses: list[float], steps: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        smoothed(losses, steps)


def test_what_is_recorded_is_what_a_patient_does_in_its_first_steps() -> None:
    losses, _, _ = symptoms(built(PROGRAMS["b"]), simple_text(), steps=3, letters=1)
    assert np.allclose(losses, recorded()["B"].losses[:3], atol=0.01)


def test_all_trainings_begin_near_a_blind_guess_and_the_healthy_one_ends_in_words_that_exist() -> None:
    for name, each in recorded().items():
        assert len(each.losses) == 300
        assert each.losses[0] == pytest.approx(math.log(20), abs=0.1), name
    assert set(recorded()) == {*LETTERS, HEALTHY}
    healthy = recorded()[HEALTHY]
    assert healthy.unseen < 0.45
    assert set(healthy.written[8:60].replace(".", "").split()[1:-1]) <= set(simple_text().replace(".", "").split())


def test_the_description_tells_the_numbers_of_the_chosen_patient() -> None:
    demo = SixFaults()
    demo.patient = "F"
    assert f"{recorded()['F'].unseen:.2f} on text that it has not seen" in demo.description
    assert demo.data.patient == recorded()["F"]


def test_each_step_shows_the_losses_as_they_were() -> None:
    demo = SixFaults()
    demo.curve = "each step"
    assert np.allclose(demo.data.smoothed[0], recorded()["A"].losses)


def test_all_curves_are_in_one_picture_with_the_chosen_one_and_the_healthy_one_on_top() -> None:
    demo = SixFaults(patient="C", curve="each step")
    curves = [mark for mark in demo.scene.marks if mark["kind"] == "line" and len(mark["points"]) == 300]
    assert len(curves) == 7 and [mark["role"] for mark in curves] == ["muted"] * 5 + ["good", "bad"]
    assert [each[0] for each in demo.data.others] == [recorded()[letter].losses[0] for letter in "ABDEF"]


def test_missing_or_empty_trainings_are_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="no training of healthy"):
        SixFaults({letter: Patient([1.0, 2.0], 1.0, "") for letter in LETTERS})
    short = {name: Patient([1.0], 1.0, "") for name in (*LETTERS, HEALTHY)}
    with pytest.raises(ValueError, match="at least 2 steps"):
        SixFaults(short)
    with pytest.raises(ValueError, match="at least 2 tokens"):
        SixFaults(V=1)


def test_a_guess_goes_straight_from_each_point_to_the_next() -> None:
    drawn = through(4.0, 2.0, 1.0)
    assert len(drawn) == STEPS
    assert drawn[[0, STEPS // 4, STEPS - 1]].tolist() == [4.0, 2.0, 1.0]
    assert drawn[STEPS // 8] == pytest.approx(3.0, abs=0.1)
    with pytest.raises(ValueError, match="at least 5"):
        through(1, 1, 1, steps=4)


def test_every_setting_has_a_curve_and_nothing_of_it_is_told_before_it_is_shown() -> None:
    demo = DrawTheCurve()
    assert set(demo.controls["setting"].options) == set(curves().losses)
    hidden = repr(demo.scene.spec) + demo.description
    assert f"{demo.data.off:.2f}" not in hidden
    assert f"{math.log(curves().V):.2f}" not in hidden
    demo.measured = "shown"
    assert f"{demo.data.off:.2f} apart on average" in demo.description


def test_another_setting_hides_the_curve_again() -> None:
    demo = DrawTheCurve()
    demo.measured = "shown"
    demo.setting = "only eight rows, again and again"
    assert demo.measured == "hidden"
    assert demo.data.measured.tolist() == curves().losses["only eight rows, again and again"]


def test_healthy_starts_are_near_a_blind_guess_and_shuffled_text_is_learned_less_well() -> None:
    losses = {name: each for name, each in curves().losses.items() if "spread" not in name}
    assert all(abs(each[0] - math.log(curves().V)) < 0.1 for each in losses.values())
    last = {name: np.mean(each[-10:]) for name, each in losses.items()}
    assert last["a text with its characters shuffled"] > last["as in the lesson: rate 0.003"] + 0.2


def rung(kind: str, bits: list[float], characters: int = 1_000) -> dict:
    curve = [{"characters": characters * (n + 1), "bits_aside": each} for n, each in enumerate(bits)]
    return {
        "kind": kind,
        "parameters": 10,
        "curve": curve,
        "trained_characters": characters * len(bits),
        "flops": 60.0 * characters * len(bits),
    }


def test_a_ladder_shows_each_point_by_characters_read_or_by_the_work_of_six_for_each_parameter() -> None:
    demo = Ladder(rungs={"GPT-1M": rung("GPT", [3.0, 2.5]), "LSTM-1M": rung("LSTM", [3.1, 2.4])})
    assert demo.data[0].at.tolist() == [1_000, 2_000]
    demo.across = "work done"
    assert demo.data[0].at.tolist() == [60_000, 120_000]
    assert "GPT-1M 2.50; LSTM-1M 2.40" in demo.description
    assert "Lowest is LSTM-1M" in demo.description


def test_a_ladder_without_a_curve_or_with_bits_that_are_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two points"):
        Ladder(rungs={"GPT-1M": rung("GPT", [3.0])})
    with pytest.raises(ValueError, match="bits of 6-gram"):
        Ladder({"6-gram": math.nan}, rungs={"GPT-1M": rung("GPT", [3.0, 2.0])})


def test_the_recorded_pairs_had_equal_work_and_every_rung_read_as_much() -> None:
    rungs = checkpoints.ladder()
    assert len({each["trained_characters"] for each in rungs.values()}) == 1
    for size in ("0.1M", "0.8M", "5M"):
        one, other = rungs[f"LSTM-{size}"], rungs[f"GPT-{size}"]
        assert one["flops"] == pytest.approx(other["flops"], rel=0.02)
        assert len(one["curve"]) == len(other["curve"]) >= 20


def test_a_curve_above_the_usual_axis_can_be_guessed_and_is_drawn_whole() -> None:
    demo = DrawTheCurve(setting="the last table begins with spread 1", start=20.4)
    lines = [mark for mark in demo.scene.marks if mark["kind"] == "line" and len(mark["points"]) == STEPS]
    (drawn,) = lines
    assert drawn["points"][0][1] == pytest.approx(66 + 258 * (1 - 20.4 / 21), abs=0.5)
    demo.measured = "shown"
    measured = curves().losses["the last table begins with spread 1"]
    assert demo.data.off == pytest.approx(np.mean(np.abs(through(20.4, 2.0, 2.0) - measured)))


def test_every_measured_loss_can_be_guessed() -> None:
    assert max(map(max, curves().losses.values())) <= DrawTheCurve().declared["start"].high


def test_the_picture_says_which_setting_is_asked_about() -> None:
    demo = DrawTheCurve()
    for setting in curves().losses:
        demo.setting = setting
        assert any(str(mark.get("text", "")).startswith(f"{setting}:") for mark in demo.scene.marks)


def test_spaces_that_nobody_sees_are_told() -> None:
    demo = SixFaults(patient="B")
    assert any(mark.get("text") == "“d”, then only spaces" for mark in demo.scene.marks)
    assert "The patient writes “d”, then only spaces, the healthy one “" in demo.description

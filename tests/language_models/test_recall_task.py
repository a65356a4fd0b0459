"""Recall over a distance: the task, the two networks, their training, and the recorded study."""

from __future__ import annotations

import importlib.util
import math
import time

import pytest
import torch

from tests.house.repository import ROOT
from unravelling.language_models import recall_task
from unravelling.language_models.recall_task import RecallAttention, RecallLSTM, train


def test_a_row_is_a_key_the_letters_between_and_a_question() -> None:
    ids, keys = recall_task.rows(6, 500, torch.Generator().manual_seed(0))
    texts = ["".join(recall_task.VOCABULARY[i] for i in row) for row in ids.tolist()]
    assert all(len(text) == 8 and text[0] in recall_task.KEYS and text[-1] == "?" for text in texts)
    assert all(set(text[1:-1]) <= set(recall_task.FILLERS) for text in texts)
    assert [recall_task.KEYS[k] for k in keys.tolist()] == [text[0] for text in texts]
    assert set(keys.tolist()) == set(range(8))


def test_an_example_is_a_row_of_the_task() -> None:
    assert len(recall_task.example(20)) == 22
    assert recall_task.example(20) != recall_task.example(20, seed=1)


def test_the_two_networks_have_as_many_parameters_within_5_percent() -> None:
    attention, lstm = map(recall_task.parameter_count, (RecallAttention(), RecallLSTM()))
    assert abs(attention / lstm - 1) < 0.05


def test_the_forget_gates_begin_with_the_bias_that_was_asked_for() -> None:
    lstm = RecallLSTM(forget_bias=2).lstm
    whole = (lstm.bias_ih_l0 + lstm.bias_hh_l0).detach().view(4, -1)
    assert torch.equal(whole[1], torch.full((64,), 2.0))
    assert not torch.equal(whole[0], whole[1])


def test_no_place_of_the_attention_network_is_told_what_comes_after_it() -> None:
    model = RecallAttention().eval()
    seen: list[torch.Tensor] = []
    model.feed_forward.register_forward_hook(lambda *given: seen.append(given[1][0][0]))
    ids, _ = recall_task.rows(10, 1, torch.Generator().manual_seed(0))
    model(ids)
    changed = ids.clone()
    changed[0, 7] = ids[0, 7] % 8 + 8 + (1 if ids[0, 7] < 15 else -1)
    model(changed)
    assert torch.allclose(seen[0][:7], seen[1][:7], atol=1e-6)
    assert not torch.allclose(seen[0][7], seen[1][7])


def test_the_same_seed_gives_the_same_network_and_leaves_torch_s_own_numbers_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = RecallLSTM(seed=1), RecallLSTM(seed=1), RecallLSTM(seed=2)
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(first.readout.weight, again.readout.weight)
    assert not torch.equal(first.readout.weight, other.readout.weight)


@pytest.mark.parametrize("make", [RecallAttention, RecallLSTM])
def test_both_networks_solve_a_short_distance_and_stop_there(make) -> None:
    run = train(make(), 5, seconds=30)
    assert run.solved and run.ended == "solved"
    assert run.seconds < 30
    assert run.steps == len(run.times) == len(run.curve) < 200
    assert run.curve[-1] > 0.9 > 0.3 > run.curve[0]
    assert f"solved after {run.seconds:.1f} s" in str(run)


def test_training_uses_one_thread_and_gives_the_others_back() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        seen: list[int] = []
        model = RecallLSTM()
        model.readout.register_forward_hook(lambda *_: seen.append(torch.get_num_threads()))
        train(model, 5, steps=1)
        assert set(seen) == {1}
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_a_run_of_steps_is_the_same_each_time() -> None:
    first, again = (train(RecallLSTM(), 8, steps=6) for _ in range(2))
    assert first.correct == again.correct and first.accuracy == again.accuracy
    assert train(RecallLSTM(), 8, steps=6, seed=1).correct != first.correct


def test_both_networks_see_the_same_rows() -> None:
    seen: dict[str, list[torch.Tensor]] = {}
    for model in (RecallAttention(), RecallLSTM()):
        rows = seen.setdefault(model.name, [])
        model.embedding.register_forward_hook(lambda _, given, __, rows=rows: rows.append(given[0]))
        train(model, 4, steps=3)
    assert all(torch.equal(a, b) for a, b in zip(*seen.values(), strict=True))


def test_the_curve_is_the_mean_of_the_last_five_batches() -> None:
    run = recall_task.RecallRun(
        "LSTM", 5, 2.0, 0.1, 0, 1, (0.0, 0.5, 1.0, 1.0, 1.0, 1.0), (1, 2, 3, 4, 5, 6), 1.0, "steps"
    )
    assert run.curve == pytest.approx([0, 0.25, 0.5, 0.625, 0.7, 0.9])


def test_the_seconds_end_a_run_that_does_not_solve_its_task() -> None:
    begun = time.perf_counter()
    run = train(RecallLSTM(), 60, seconds=0.5)
    assert run.ended == "time" and not run.solved
    assert 0.5 <= run.seconds <= time.perf_counter() - begun < 5


def test_an_interrupt_ends_the_run_and_keeps_it() -> None:
    ticks = iter(range(100))

    def clock() -> float:
        if (tick := next(ticks)) == 4:
            raise KeyboardInterrupt
        return float(tick)

    run = train(RecallLSTM(), 5, seconds=50, clock=clock)
    assert run.ended == "interrupted"
    assert run.steps == len(run.correct) == len(run.times) == 3


def test_comparing_after_an_interrupt_gives_the_runs_so_far(monkeypatch, capsys) -> None:
    runs = iter([train(RecallAttention(), 5, steps=1), train(RecallLSTM(), 5, steps=1)])
    last = recall_task.RecallRun("attention", 9, None, 0.1, 0, 1, (), (), 0.1, "interrupted")
    monkeypatch.setattr(recall_task, "train", lambda *_, **__: next(runs, last))
    found = recall_task.compare((5, 9, 20), seconds=1)
    assert [run.distance for run in found] == [5, 5, 9]
    assert "then stopped" in capsys.readouterr().out


def test_comparing_gives_both_networks_at_each_distance_and_prints_a_line_for_each(capsys) -> None:
    runs = recall_task.compare((2, 3), seconds=20)
    assert [(run.distance, run.model) for run in runs] == [(2, "attention"), (2, "LSTM"), (3, "attention"), (3, "LSTM")]
    assert capsys.readouterr().out.count("\n") == 2


def test_a_learning_rate_of_0_teaches_nothing_and_one_of_100_ends_without_a_traceback() -> None:
    model = RecallLSTM()
    before = model.readout.weight.clone()
    assert train(model, 5, steps=3, learning_rate=0).ended == "steps"
    assert torch.equal(model.readout.weight, before)
    assert not train(RecallAttention(), 5, steps=20, learning_rate=100).solved


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"distance": 0, "steps": 1}, "distance must be a whole number from 1 to 500, not 0"),
        ({"distance": 5.0, "steps": 1}, r"not 5\.0"),
        ({"distance": 501, "steps": 1}, "from 1 to 500"),
        ({"distance": 5}, "give seconds=, steps= or both"),
        ({"distance": 5, "seconds": 0}, "seconds must be a number above 0"),
        ({"distance": 5, "seconds": math.nan}, "seconds must be a number above 0"),
        ({"distance": 5, "steps": 0}, "steps must be a whole number of at least 1"),
        ({"distance": 5, "steps": 1, "learning_rate": -1}, "learning rate must be a finite number of at least 0"),
        ({"distance": 5, "steps": 1, "learning_rate": math.inf}, "learning rate must be a finite number"),
    ],
)
def test_foolish_arguments_are_refused_with_a_sentence(arguments, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        train(RecallLSTM(), **arguments)


def test_comparing_at_no_distance_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one distance"):
        recall_task.compare(())


def _script():
    spec = importlib.util.spec_from_file_location("recall_study", ROOT / "scripts" / "recall_study.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def _rows(variant: str, distance: int, longer: bool = False) -> list[recall_task.StudyRow]:
    return [
        row for row in recall_task.study() if (row.variant, row.distance, row.longer) == (variant, distance, longer)
    ]


def test_the_study_has_five_seeds_of_every_network_at_every_distance_and_equal_seconds() -> None:
    for variant, distances in _script().VARIANTS.items():
        for distance in distances:
            rows = _rows(variant, distance)
            assert [row.seed for row in rows] == [0, 1, 2, 3, 4], (variant, distance)
            unsolved = [row.seed for row in rows if not row.solved]
            longer = [row.seed for row in _rows(variant, distance, True)]
            # 80 is at chance with the longer budget, so 160 was not given it; the closed gates never were.
            given = variant in _script().LONGER_TOO and (variant, distance) != ("LSTM", 160)
            assert longer == (unsolved if given else [])
    assert {(row.longer, row.budget) for row in recall_task.study()} == {(False, 5), (True, 30)}
    sizes = {row.parameters for row in recall_task.study()}
    assert max(sizes) / min(sizes) < 1.05


def test_a_rate_is_that_of_the_nearest_distance_of_the_study() -> None:
    for variant in ("attention", "LSTM"):
        for asked, nearest in ((1, 5), (7, 5), (8, 10), (80, 80), (110, 80), (500, 160)):
            assert recall_task.tuned_rate(variant, asked) == _rows(variant, nearest)[0].learning_rate


def test_in_the_study_three_learning_rates_were_tried_on_other_seeds() -> None:
    tuned = [entry for entry in recall_task._study()["entries"] if entry["part"] == "tuning"]
    assert not {entry["seed"] for entry in tuned} & {0, 1, 2, 3, 4}
    for variant in _script().VARIANTS:
        assert len({entry["learning_rate"] for entry in tuned if entry["variant"] == variant}) >= 3


@pytest.mark.parametrize(
    ("variant", "distance", "seed"), [("attention", 20, 0), ("LSTM", 20, 1), ("LSTM fitted", 40, 0)]
)
def test_a_run_of_the_study_that_solved_its_task_does_so_again(variant: str, distance: int, seed: int) -> None:
    row = _rows(variant, distance)[seed]
    assert row.solved
    again = train(_script().model_of(variant, distance, seed), distance, steps=2 * row.steps,
                  learning_rate=row.learning_rate, seed=seed)  # fmt: skip
    assert again.solved


def test_a_run_of_the_study_that_stayed_at_chance_does_so_again() -> None:
    row = _rows("LSTM", 80)[0]
    assert not row.solved and row.accuracy < 0.2
    model = _script().model_of("LSTM", 80, 0)
    again = train(model, 80, steps=min(row.steps, 100), learning_rate=row.learning_rate, seed=0)
    assert again.accuracy < 0.2


def test_the_study_says_how_it_was_made_and_how_far_it_holds() -> None:
    assert set(recall_task.study_made()) == {"date", "machine", "torch", "command"}
    assert len(recall_task.study_reading().split()) > 60


def test_the_claim_of_the_lesson_is_what_the_study_found() -> None:
    for distance in (5, 20):
        assert all(row.solved for row in _rows("attention", distance) + _rows("LSTM", distance))
    assert all(row.solved for row in _rows("attention", 80))
    assert all(row.accuracy < 0.2 for row in _rows("LSTM", 80))


def test_the_reading_says_what_the_entries_say() -> None:
    def steps(variant: str, *distances: int, longer: bool = False) -> list[int]:
        return [row.steps for distance in distances for row in _rows(variant, distance, longer) if row.solved]

    said = recall_task.study_reading()
    quick, far = steps("attention", 5, 10, 20, 40, 80), steps("attention", 160, longer=True)
    assert f"in {min(quick)} to {max(quick)} steps" in said and len(quick) == 25
    assert f"160 with all seeds, in {min(far)} to {max(far)} steps" in said and len(far) == 5
    assert "40 with three of five" in said and len(steps("LSTM", 40)) == 3
    assert "it solves 40 with all" in said and len(steps("LSTM", 40, longer=True)) == 2
    assert "at 80 all five are still at chance" in said
    assert max(row.accuracy for row in _rows("LSTM", 80, True)) < 0.2 and not steps("LSTM", 160)
    opened = steps("LSTM fitted", 80)
    assert f"in {min(opened)} to {max(opened)} steps" in said and len(opened) == 5
    assert "160 with two of five in 30" in said and len(steps("LSTM fitted", 160, longer=True)) == 2
    assert "fails at 20 with three of five" in said and len(steps("LSTM closed", 20)) == 2
    times = [b / a for a, b in zip(steps("LSTM", 10), steps("LSTM closed", 10), strict=True)]
    assert "nine to thirty times" in said and (math.floor(min(times)), round(max(times))) == (9, 30)

"""The bench on which a learner trains GPTs of her choice: it starts, stops, refuses, and keeps what was before."""

from __future__ import annotations

import math
import re
import threading

import pytest
import torch

from unravelling.demos.base import BadInput
from unravelling.demos.training import TrainLive
from unravelling.language_models import alphabet_of

TEXT = "The cat sat on the mat, and the dog sat on the cat. " * 40


def press(bench: TrainLive) -> None:
    bench.declared["go"].buttons(bench.controls["go"])[0].click()


def texts(bench: TrainLive) -> list[str]:
    return [mark["text"] for mark in bench.scene.marks if mark["kind"] == "text"]


def test_before_the_first_start_it_says_what_to_do_and_shows_the_loss_of_a_guess() -> None:
    bench = TrainLive(TEXT, seconds=2)
    assert "Nothing is trained yet: choose, and press Start." in bench.description
    V = len(alphabet_of(TEXT))
    assert f"guessing: ln {V} = {math.log(V):.2f}" in texts(bench)
    assert bench.go == ("Start",) and bench.controls["moment"].layout.display == "none" and not bench.running


def test_the_picture_says_what_start_would_train() -> None:
    bench = TrainLive(TEXT, seconds=2)
    bench.layers, bench.rate, bench.every = 3, "0.03", 100
    assert "Next: 3 layers, 4 heads, learning rate 0.03, a look at what it writes every 100 steps" in texts(bench)
    bench.heads = 5
    assert "(not with 5 heads, which cannot share a width of 64)" in texts(bench)


def test_start_trains_the_gpt_that_was_chosen_and_samples_it_every_so_many_steps() -> None:
    bench = TrainLive(TEXT, seconds=2)
    bench.layers, bench.heads, bench.rate, bench.every = 1, 8, "0.03", 25
    press(bench)
    assert bench.go == ("Stop",)
    run = bench.wait()
    assert (bench.model.layers, bench.model.heads, bench.model.d) == (1, 8, 64)
    assert run.ended == "time" and run.loss < 0.8 * run.losses[0] and bench.go == ("Start",) and not bench.running
    steps = [moment.step for moment in run.moments]
    assert steps[:-1] == list(range(0, steps[-1], 25))[: len(steps) - 1] and len(steps) > 2
    assert bench.moment == len(steps) - 1 and bench.controls["moment"].layout.display is None
    assert bench.description.startswith("1 layer, 8 heads, learning rate 0.03. After 2 seconds")


def test_stop_ends_it_after_a_whole_step_and_the_next_run_has_the_last_one_beside_it() -> None:
    bench = TrainLive(TEXT, seconds=600)
    press(bench)
    while len(bench.run.losses) < 3:
        threading.Event().wait(0.01)
    bench.heads = 2  # the learner goes on choosing meanwhile
    with pytest.raises(BadInput, match="stop it first"):
        bench.start()
    press(bench)
    first = bench.wait()
    assert first.ended == "stopped" and first.sentence.startswith("You stopped it") and not bench.model.training
    bench.limit = 0.2
    press(bench)
    bench.wait()
    assert [run for _, run in bench.now.earlier] == [first] and bench.model.heads == 2
    assert any(each.startswith("2 layers, 4 heads, learning rate 0.003: ") for each in texts(bench))
    assert "Earlier: 2 layers, 4 heads" in bench.description


def test_each_start_begins_with_the_same_numbers_and_leaves_the_learners_draws_alone() -> None:
    before = torch.get_rng_state()
    bench = TrainLive(TEXT, seconds=0.2)
    press(bench)
    one = bench.wait().losses[0]
    press(bench)
    assert bench.wait().losses[0] == one and torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("heads", [3, 5, 6, 7])
def test_heads_that_do_not_divide_the_width_are_refused_with_a_sentence(heads: int) -> None:
    bench = TrainLive(TEXT, seconds=1)
    bench.heads = heads
    press(bench)
    assert f"{heads} heads cannot share a width of 64" in bench.problem and "1, 2, 4 or 8" in bench.problem
    assert not bench.running and bench.model is None


def test_foolish_learning_rates_end_in_a_sentence() -> None:
    bench = TrainLive(TEXT, seconds=20)
    bench.rate = "10"
    press(bench)
    assert bench.wait().ended == "diverged" and "at learning rate 10: take a smaller one" in bench.description
    back = int(re.search(r"has its weights of step (\d+)", bench.run.sentence).group(1))
    assert bench.run.moments[-1].step == back == len(bench.run.losses) - 1
    assert f"What the model writes after {back} step{'' if back == 1 else 's'}:" in texts(bench)
    bench.limit, bench.rate = 0.3, "0"
    press(bench)
    assert "No parameter has moved" in bench.wait().sentence
    assert any("learning rate 10: diverged after" in each for each in texts(bench))


def test_a_text_with_nothing_to_predict_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        TrainLive("a")

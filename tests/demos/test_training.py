"""Watching a training run: how it ends, what is kept of it, what it says, and that the model is always usable."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
import torch
from torch import nn

from unravelling.demos.training import Run, Training, train, watch
from unravelling.demos.training.live import POINTS
from unravelling.demos.training.run import Moment, follow
from unravelling.demos.training.stop_button import StopButton, interrupts_asked
from unravelling.language_models import alphabet_of
from unravelling.language_models.networks import CharacterGPT, CharacterLSTM
from unravelling.language_models.training import Diverged, Step
from unravelling.language_models.training import steps as steps_of

TEXT = "The cat sat on the mat, and the dog sat on the cat. " * 40
FIELD = ("text/html", "image/png", "text/plain")


def small(kind: type = CharacterLSTM) -> CharacterLSTM | CharacterGPT:
    torch.manual_seed(0)
    if kind is CharacterGPT:
        return CharacterGPT(alphabet_of(TEXT), d=16, layers=1, heads=2, context=16)
    return CharacterLSTM(alphabet_of(TEXT), d=16)


def fake(losses: list[float], wait: float = 0.0) -> Iterator[Step]:
    """Steps of 10 tokens with these losses."""
    for number, loss in enumerate(losses, 1):
        time.sleep(wait)
        yield Step(number, loss, 10 * number, wait * number)


def quick(model: nn.Module, **values: object) -> Run:
    return train(model, TEXT, **{"batch": 4, "length": 12, "show": False, "seconds": 0.4, **values})


def is_usable(model: CharacterLSTM) -> bool:
    finite = all(torch.isfinite(each).all() for each in model.parameters())
    return finite and not model.training and len(model.sample("The", 5, torch.Generator().manual_seed(0))) == 5


# How a run ends


@pytest.mark.parametrize("kind", [CharacterLSTM, CharacterGPT])
def test_a_network_learns_for_its_seconds_and_the_run_says_what_it_cost(kind):
    model = small(kind)
    run = quick(model, seconds=1.5, learning_rate=1e-2)
    assert run.ended == "time" and run.sentence == "It stopped when its 1.5 seconds were up."
    assert 1.5 <= run.seconds == run.at[-1] < 4 and len(run.losses) == len(run.at)
    assert run.tokens == len(run.losses) * 4 * 12 and run.unit == "characters"
    assert run.loss < 0.9 * run.losses[0] and run.guessing == math.log(len(model.alphabet))
    looked_up = sum(part.weight.numel() for part in model.modules() if isinstance(part, nn.Embedding))
    assert run.flops == 6 * (sum(each.numel() for each in model.parameters()) - looked_up) * run.tokens
    assert is_usable(model)


def test_a_run_without_steps_left_is_finished_and_one_without_any_step_says_so():
    run = watch(fake([3.0, 2.0, 1.0]), 60, math.log(84), show=False)
    assert (run.ended, run.losses, run.tokens) == ("finished", [3.0, 2.0, 1.0], 30)
    assert run.flops is None and run.unit == "tokens" and run.seconds < 1
    none = watch(iter([]), 5, 4.0, show=False)
    assert (none.ended, none.sentence, none.moments) == ("finished", "There was no step to make.", [Moment(0, 0.0, "")])
    assert Training(none).description == "There was no step to make."


def test_a_learning_rate_far_too_large_ends_in_a_sentence_and_a_usable_model():
    model = small()
    run = quick(model, learning_rate=100, seconds=30)
    assert run.ended == "diverged" and "100: take a smaller one" in run.sentence and run.seconds < 30
    assert is_usable(model)


def test_a_loop_of_ones_own_that_diverges_ends_in_a_sentence_too():
    def breaks() -> Iterator[Step]:
        yield Step(1, 3.0, 10, 0.0)
        raise Diverged("It left all bounds.")

    run = watch(breaks(), 5, 4.0, show=False)
    assert (run.ended, run.sentence, run.losses) == ("diverged", "It left all bounds.", [3.0])
    run = watch(fake([3.0, math.nan, 1.0]), 5, 4.0, show=False)
    assert (run.ended, run.losses) == ("diverged", [3.0])
    assert "no longer a number at step 2" in run.sentence


def test_a_learning_rate_of_0_is_told_to_have_taught_nothing():
    run = quick(small(), learning_rate=0)
    assert run.ended == "time" and "No parameter has moved, so nothing was learnt" in run.sentence
    assert "nothing was learnt" in Training(run).description
    assert "nothing was learnt" not in quick(small()).sentence


def test_a_second_training_of_the_same_model_says_that_it_goes_on():
    model = small()
    first = quick(model, seconds=1.5, learning_rate=1e-2)
    assert "trained before" not in first.sentence
    again = quick(model)
    assert f"Its first loss was {again.losses[0]:.2f} already: the model had been trained before." in again.sentence


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"learning_rate": -1}, "The learning rate must be"),
        ({"learning_rate": math.nan}, "The learning rate must be"),
        ({"text": ""}, "The text has no characters"),
        ({"text": "a"}, "The text has 1 character"),
        ({"seconds": 0}, "seconds must be a number above 0, not 0"),
        ({"seconds": math.nan}, "seconds must be a number above 0"),
        ({"seconds": "long"}, "seconds must be a number above 0, not 'long'"),
        ({"batch": 0}, "batch"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence_before_anything_is_shown(values, words, capsys):
    model = small()
    with pytest.raises(ValueError, match=words):
        train(model, **{"text": TEXT, "seconds": 1, **values})
    assert capsys.readouterr().out == ""


def test_guessing_must_be_a_loss():
    with pytest.raises(ValueError, match="guessing must be the loss of a blind guess"):
        watch(fake([1.0]), 5, 0.0)


# Stopping


def test_the_button_stops_a_run_between_two_steps(monkeypatch):
    monkeypatch.setattr(Training, "show", lambda self: pressing.append(self.button))
    pressing: list[StopButton] = []
    model, made = small(), []

    def steps() -> Iterator[Step]:
        for step in steps_of(model, TEXT, batch=2, length=8):
            if step.number == 3:
                # As the page sends it, in a thread of its own.
                thread = threading.Thread(target=pressing[0]._handle_custom_msg, args=({"stop": True}, []))
                thread.start()
                thread.join()
            made.append(step.number)
            yield step

    run = watch(steps(), 60, 4.0, model=model)
    assert run.ended == "stopped" and made == [1, 2, 3] and len(run.losses) == 3
    assert run.sentence.startswith("You stopped it after") and pressing[0].over
    assert is_usable(model)


def test_an_interrupt_in_the_middle_of_a_step_waits_for_its_end():
    model, before = small(), signal.getsignal(signal.SIGINT)

    class Slow(nn.Module):
        """Interrupts the process while a batch goes through."""

        def __init__(self) -> None:
            super().__init__()
            self.passes = 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.passes += 1
            if self.passes == 3:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
            return x

    slow = Slow()
    read = model.read
    model.read = lambda ids, state=None: (slow(ids), read(ids, state))[1]
    run = quick(model, seconds=60)
    assert run.ended == "interrupted" and len(run.losses) == 3
    assert "the step at hand was finished first" in run.sentence
    assert signal.getsignal(signal.SIGINT) is before and is_usable(model)


@pytest.mark.parametrize("when", ["show", "finish"])
def test_an_interrupt_while_the_view_is_put_up_or_finished_is_no_traceback(monkeypatch, when):
    whole = getattr(Training, when)

    def interrupted(view: Training) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        if when == "finish":
            whole(view)

    monkeypatch.setattr(Training, "show", lambda view: None)
    monkeypatch.setattr(Training, when, interrupted)
    run = watch(fake([3.0, 2.0]), 5, 4.0)
    assert run.ended == ("interrupted" if when == "show" else "finished")


def test_a_second_interrupt_breaks_in_as_ever_and_the_old_handler_comes_back():
    # A process that was started in the background ignores interrupts; Python's own way is what is asked about here.
    found = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), interrupts_asked() as asked:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
            assert asked.is_set()
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, found)


def test_a_run_in_another_thread_leaves_signals_alone():
    found = []
    thread = threading.Thread(target=lambda: found.append(watch(fake([1.0]), 5, 4.0, show=False)))
    thread.start()
    thread.join()
    assert found[0].ended == "finished"


def test_an_error_of_ones_own_loop_is_not_hidden_and_the_view_does_not_go_on(monkeypatch):
    monkeypatch.setattr(Training, "show", lambda self: shown.append(self))
    shown: list[Training] = []
    model = small()

    def steps() -> Iterator[Step]:
        yield Step(1, 3.0, 10, 0.0)
        model.train()
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        watch(steps(), 5, 4.0, model=model)
    assert shown[0].button.over and "It broke off with an error." in shown[0].description and not model.training


# What is kept


def test_samples_are_taken_at_moments_that_double_and_their_time_is_not_counted():
    spent = []

    def sample() -> str:
        time.sleep(0.05)
        spent.append(0.05)
        return f"sample {len(spent)}"

    run = watch(fake([2.0] * 10_000, wait=0.002), 1.0, 4.0, sample=sample, show=False)
    assert [moment.text for moment in run.moments] == [f"sample {n}" for n in range(1, len(spent) + 1)]
    assert run.moments[0] == Moment(0, 0.0, "sample 1") and run.moments[-1].step == len(run.losses)
    assert 4 <= len(run.moments) <= 8 and run.seconds < 1.3
    later = [moment.seconds for moment in run.moments[1:]]
    assert later == sorted(later) and all(any(s >= 2**-k for k in range(7)) for s in later)


def test_sampling_leaves_the_training_as_it_was():
    """The same seed trains the same weights whether samples are taken meanwhile or not."""
    one, other = small(), small()
    for model, sample in ((one, None), (other, lambda: "")):
        steps = steps_of(model, TEXT, batch=2, length=8, seed=3)
        watch((next(steps) for _ in range(6)), 60, 4.0, model=model, sample=sample, show=False)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_the_loss_that_is_told_is_the_mean_of_the_last_20_steps():
    run = Run(10, 4.0, losses=[float(n) for n in range(100)])
    assert run.loss == sum(range(80, 100)) / 20 and run.loss_at(3) == 1.0 and run.loss_at(0) == 0.0
    assert math.isnan(Run(10, 4.0).loss)


# What is shown


@pytest.fixture
def over() -> Training:
    run = Run(15, math.log(84), "characters", weights=356_000)
    run.losses = [4.4 * 0.99**n + 0.02 * (n % 3) for n in range(412)]
    run.at = [15 * (n + 1) / 412 for n in range(412)]
    run.seconds, run.tokens, run.ended, run.sentence = (
        15.0,
        843_776,
        "time",
        "It stopped when its 15 seconds were up.",
    )
    run.moments = [Moment(0, 0.0, "xqz;"), Moment(103, 3.75, "the th\nhe an", 210_944)]
    run.moments.append(Moment(412, 15.0, "The sea " * 12, 843_776))
    return Training(run, "LSTM of 356,000 parameters")


def test_the_finding_is_told_in_nats_and_bits_with_what_it_cost(over):
    bits = over.run.loss / math.log(2)
    assert over.description.startswith(
        f"After 15 seconds and 412 steps the loss is {over.run.loss:.2f} nats ({bits:.2f} bits per character); "
        "guessing would be 4.43. It stopped when its 15 seconds were up. Cost: 15 seconds, 843,776 characters, "
        "356,000 parameters at work (those that are only looked up do not count): about 1.8 TFLOP by 6ND."
    )
    assert over.description.endswith("It now writes: “" + "The sea " * 12 + "”")


def test_the_slider_goes_through_the_moments(over):
    assert (over.controls["moment"].min, over.controls["moment"].max, over.moment) == (0, 2, 2)
    over.moment = 1
    assert over.data.step == 103 and "After 3.8 seconds and 103 steps" in over.description
    assert "It wrote then: “the th¶he an”" in over.description
    texts = [mark["text"] for mark in over.scene.marks if mark["kind"] == "text"]
    assert {"210,944", "451 GFLOP", "the th¶he an", "103 of 412"} <= set(
        texts
    ) and "What the model writes after 103 steps:" in texts
    over.moment = 0
    assert over.description.startswith("Before the first step the loss is 4.40 nats")


def test_no_character_of_a_sample_is_lost_in_the_picture(over):
    lines = [mark["text"] for mark in over.scene.marks if mark["kind"] == "text" and mark["mono"]]
    assert "".join(lines) == "The sea " * 12 and len(lines) == 2


def test_the_guess_is_a_labelled_line_and_the_curve_is_thinned(over):
    texts = [mark["text"] for mark in over.scene.marks if mark["kind"] == "text"]
    assert "guessing: ln 84 = 4.43" in texts
    curves = [mark for mark in over.scene.marks if mark["kind"] == "line" and len(mark["points"]) > 50]
    assert len(curves) == 2 and all(len(mark["points"]) == POINTS for mark in curves)
    assert "guessing: 4.40" in str(Training(Run(5, 4.4)).scene.marks)


def test_while_it_runs_the_view_says_how_to_stop_and_has_no_slider():
    view = Training(Run(15, math.log(84), seconds=3.25))
    assert view.controls["moment"].layout.display == "none" and not view.button.over
    assert "3.2 of 15 seconds" in str(view.scene.marks)
    assert "The notebook’s own stop button ■ ends it after a whole step" in str(view.scene.marks)
    view.button._handle_custom_msg({"here": True}, [])
    view.redraw()
    assert view.button.heard and "Stop, or the notebook’s own ■, ends it after a whole step" in str(view.scene.marks)
    assert view.description == "Training goes on: the curve grows with its steps, and the result will appear here."
    view.run.ended = view.run.sentence = "time"
    view.finish()
    assert view.controls["moment"].layout.display is None and view.button.over


def test_only_a_button_in_use_is_heard():
    button = StopButton()
    button._handle_custom_msg("nonsense", [])
    button.over = True
    button._handle_custom_msg({"here": True, "stop": True}, [])
    assert not button.heard and not button.asked.is_set()


def test_drawing_takes_less_than_a_twentieth_of_the_time(over, monkeypatch):
    clock, drawn = [0.0], []
    monkeypatch.setattr("unravelling.demos.training.live.time.monotonic", lambda: clock[0])
    over._drawn = over._cost = 0.0

    def draws_slowly() -> None:
        drawn.append(clock[0])
        clock[0] += 0.1

    monkeypatch.setattr(over, "redraw", draws_slowly)
    while clock[0] < 60:
        over.follow()
        clock[0] += 0.01
    assert 0.1 * len(drawn) < 0.05 * 60
    monkeypatch.setattr(over, "redraw", lambda: drawn.append(0))
    over._cost = 0.0
    drawn.clear()
    begun = clock[0]
    while clock[0] < begun + 10:
        over.follow()
        clock[0] += 0.01
    assert 35 <= len(drawn) <= 41


def test_the_end_is_stored_as_a_still_and_the_beginning_without_one(over):
    assert set(over._repr_mimebundle_()[0]) >= set(FIELD)
    view = Training(Run(15, math.log(84)))
    bundle, _ = view._repr_mimebundle_()
    assert "image/png" not in bundle and bundle["text/html"] == f"<p>{view.description}</p>"


def test_a_run_is_told_in_one_line_and_not_shown_twice(over):
    assert repr(over.run) == (
        f"<a run of 412 steps in 15 seconds, loss {over.run.loss:.2f} nats. It stopped when its 15 seconds were up.>"
    )
    assert not hasattr(over.run, "_repr_mimebundle_")


def test_a_run_is_followed_without_any_widget():
    run = Run(5, 4.0)
    follow(run, fake([3.0, 2.0]))
    assert (run.ended, run.losses) == ("finished", [3.0, 2.0])

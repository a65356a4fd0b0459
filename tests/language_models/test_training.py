"""Training goes in whole steps, learns, stops cleanly, and gives the last good weights back when it fails."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from unravelling.language_models import (
    STAND_IN,
    CharacterGPT,
    CharacterLSTM,
    alphabet_of,
    bits_per_character,
    training,
)
from unravelling.language_models.training import Diverged, Step, flops, rise_and_fall, steps

TEXT = "the rose is red and the sea is deep. " * 12
ALPHABET = alphabet_of(TEXT)
KINDS = ["LSTM", "GPT"]


def network(kind: str):
    torch.manual_seed(0)
    return (
        CharacterLSTM(ALPHABET, d=24) if kind == "LSTM" else CharacterGPT(ALPHABET, d=24, layers=2, heads=2, context=16)
    )


def train(model, number: int, text: str = TEXT, **how) -> list[Step]:
    how = {"batch": 8, "length": 16, **how}
    running = steps(model, text, **how)
    made = list(itertools.islice(running, number))
    running.close()
    return made


def weights(model) -> dict[str, torch.Tensor]:
    return {name: each.detach().clone() for name, each in model.state_dict().items()}


def same(one, other) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_learns_a_text_nearly_by_heart(kind):
    model = network(kind)
    before = bits_per_character(model.eval(), TEXT)
    made = train(model, 120, learning_rate=1e-2)
    assert before > 3.5
    assert bits_per_character(model, TEXT) < 1
    assert made[-1].loss < 1 < made[0].loss


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_loss_is_that_of_guessing_and_steps_count_up(kind):
    made = train(network(kind), 5)
    assert abs(made[0].loss - math.log(len(ALPHABET))) < 0.3
    assert [step.number for step in made] == [1, 2, 3, 4, 5]
    assert [step.tokens for step in made] == [128 * n for n in range(1, 6)]
    assert all(later.seconds > earlier.seconds > 0 for earlier, later in itertools.pairwise(made))


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_whole_when_it_is_given_back(kind):
    """Stopping after n steps leaves the same weights as n steps of a longer training, in eval mode."""
    short, long = network(kind), network(kind)
    train(short, 3)
    running = steps(long, TEXT, batch=8, length=16)
    at_three = [weights(long) for _ in itertools.islice(running, 5)][2]
    assert same(weights(short), at_three)
    assert not short.training
    running.close()
    assert not long.training


@pytest.mark.parametrize("kind", KINDS)
def test_the_seed_decides_which_rows_are_read(kind):
    one, again, other = network(kind), network(kind), network(kind)
    losses = [[step.loss for step in train(model, 4, seed=seed)] for model, seed in ((one, 1), (again, 1), (other, 2))]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("kind", KINDS)
def test_learning_rate_zero_changes_nothing(kind):
    model = network(kind)
    before = weights(model)
    made = train(model, 20, learning_rate=0, weight_decay=0.1)
    assert same(before, weights(model))
    assert len(made) == 20


@pytest.mark.parametrize("kind", KINDS)
def test_a_learning_rate_of_a_hundred_ends_in_a_sentence_and_the_last_good_weights(kind):
    model, twin = network(kind), network(kind)
    made = []
    with pytest.raises(Diverged) as ended:
        for step in steps(model, TEXT, batch=8, length=16, learning_rate=100):
            made.append(step)
            assert step.number < 200
    last = made[-1].number
    assert str(ended.value) == (
        f"The loss left all bounds after step {last} at learning rate 100: take a smaller one. "
        f"The model has its weights of step {last - 1}."
    )
    train(twin, last - 1, learning_rate=100)
    assert same(weights(model), weights(twin))
    assert not model.training
    assert math.isfinite(bits_per_character(model, TEXT))


@pytest.mark.parametrize("kind", KINDS)
def test_a_gradient_that_is_not_finite_is_not_followed(kind, monkeypatch):
    model = network(kind)
    running = steps(model, TEXT, batch=8, length=16)
    next(running)
    first = weights(model)
    next(running)
    monkeypatch.setattr(training.nn.utils, "clip_grad_norm_", lambda *_: torch.tensor(math.nan))
    with pytest.raises(Diverged, match="The gradient left all bounds after step 2"):
        next(running)
    assert same(weights(model), first)


def test_a_model_that_is_broken_from_the_start_is_not_trained():
    model = network("LSTM")
    with torch.no_grad():
        model.output.weight.fill_(math.nan)
    with pytest.raises(Diverged, match="before the first step: begin with a new model"):
        train(model, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_is_clipped_before_it_is_followed(kind):
    """Adam divides a gradient's size out, so look at the gradient itself."""
    model = network(kind)
    for clip in (1e-3, 1e6):
        train(model, 1, clip=clip)
        norm = math.sqrt(sum(each.grad.square().sum().item() for each in model.parameters()))
        assert norm <= 1e-3 * 1.001 if clip == 1e-3 else norm > 1e-2
    assert len(train(model, 1, clip=0)) == 1, "0: not clipped"


def test_the_lstm_goes_on_where_it_stopped_with_its_state(monkeypatch):
    monkeypatch.setattr(training, "_RESET", 0.0)
    model, read = network("LSTM"), []
    usual = model.read
    monkeypatch.setattr(model, "read", lambda ids, state=None: read.append((ids, state)) or usual(ids, state))
    train(model, 3, batch=2, length=5, text="abcdefghijklmnopqrstuvwxyz" * 20, learning_rate=0)
    assert read[0][1] is None
    hidden, _ = usual(read[0][0])[1]
    assert torch.allclose(read[1][1][0], hidden, atol=1e-6)
    assert not read[1][1][0].requires_grad, "backpropagation ends at the row's beginning"


def test_the_rows_of_an_lstm_read_the_whole_text_before_any_of_it_again(monkeypatch):
    monkeypatch.setattr(training, "_RESET", 0.0)
    ids = torch.arange(401)
    rows = training._Streams(ids, 4, 10, torch.Generator().manual_seed(1))
    seen = torch.cat([rows.next()[0].flatten() for _ in range(9)])
    assert len(seen.unique()) > 0.9 * len(seen)
    for _ in range(500):
        read, wanted, _ = rows.next()
        assert torch.equal(read + 1, wanted)


def test_a_row_that_begins_anew_begins_with_an_empty_state():
    ids = torch.arange(30)
    rows = training._Streams(ids, 3, 10, torch.Generator().manual_seed(1))
    before = rows.next()[0]
    jumps = 0
    for _ in range(50):
        rows.state = (torch.ones(1, 3, 2), torch.ones(1, 3, 2))
        read, _, (hidden, cell) = rows.next()
        went_on = read[:, 0] == before[:, -1] + 1
        assert torch.equal(hidden, cell)
        assert (hidden[0, ~went_on] == 0).all()
        jumps += int((hidden[0, :, 0] == 0).sum())
        before = read
    assert jumps > 50


def test_every_place_of_the_text_is_among_a_transformers_rows():
    rows = training._Windows(torch.arange(12), 50, 10, torch.Generator().manual_seed(1))
    read, wanted, _ = rows.next()
    assert set(read[:, 0].tolist()) == {0, 1}
    assert torch.equal(read + 1, wanted) and wanted.max() == 11


@pytest.mark.parametrize(("batch", "length", "rows"), [(8, 16, 8), (8, 8, 4), (4, 64, 16), (1, 2, 1)])
def test_a_transformers_rows_fill_its_context_so_that_no_position_stays_untrained(batch, length, rows):
    model = network("GPT")
    before = model.positions.weight.detach().clone()
    made = train(model, 2, batch=batch, length=length)
    assert made[-1].tokens == 2 * rows * model.context
    assert (model.positions.weight != before).any(1).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["ab", "🙂🙂", "שלום עולם", "the rose", "a" * 50, "\x00\ud800\n"])
def test_short_and_strange_texts_can_be_trained_on(kind, text):
    model = network(kind)
    assert all(math.isfinite(step.loss) for step in train(model, 3, text=text, length=64))


@pytest.mark.parametrize(("text", "found"), [("", "no characters"), ("a", "1 character")])
def test_a_text_with_nothing_to_predict_is_refused_at_once(text, found):
    with pytest.raises(ValueError, match=f"The text has {found}: training needs at least 2"):
        steps(network("LSTM"), text)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        *(({"learning_rate": bad}, "The learning rate must be a number") for bad in (-1e-3, math.nan, math.inf, "1")),
        *(({"batch": bad}, "batch must be a whole number of at least 1") for bad in (0, 1.5, True)),
        ({"length": 0}, "length must be a whole number of at least 1"),
        ({"clip": -1}, "clip must be a number of at least 0"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_at_once(how, sentence):
    with pytest.raises(ValueError, match=sentence):
        steps(network("GPT"), TEXT, **how)


@pytest.mark.parametrize("kind", KINDS)
def test_batches_and_what_is_written_go_to_the_device_of_the_model(kind, monkeypatch):
    """Where no GPU is at hand, the model claims to be elsewhere, and what would be moved there is written down."""
    moved = []
    elsewhere = torch.device("cuda", 3)

    def to(tensor: torch.Tensor, device: object = None, *more: object, **named: object) -> torch.Tensor:
        moved.append((tuple(tensor.shape), device))
        return tensor

    model = network(kind)
    assert model.device == torch.device("cpu")
    monkeypatch.setattr(type(model), "device", elsewhere)
    monkeypatch.setattr(torch.Tensor, "to", to)
    train(model, 2)
    assert [each for each in moved if each[0] == (8, 16)] == 4 * [((8, 16), elsewhere)]  # twice: read, wanted
    moved.clear()
    model.sample("the", 3, torch.Generator().manual_seed(0))
    assert moved == [((4,), elsewhere), ((1,), elsewhere), ((1,), elsewhere)]
    moved.clear()
    model.log_probabilities("rose")
    model.distribution("rose")
    assert moved == [((4,), elsewhere), ((5,), elsewhere)]


def test_torchs_threads_are_left_as_they_were():
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        running = steps(network("LSTM"), TEXT, batch=2, length=4)
        next(running)
        assert torch.get_num_threads() == 2
        with pytest.raises(Diverged):
            train(network("LSTM"), 50, learning_rate=1e9)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("by", ["steps", "seconds"])
def test_the_learning_rate_rises_stays_and_falls_to_nothing(by):
    share = rise_and_fall(**{by: 100}, warm_up=0.1, fall=0.5)

    def at(done):
        return share(done, 0.0) if by == "steps" else share(0, float(done))

    assert [at(n) for n in (10, 30, 50)] == [1, 1, 1]
    assert [at(n) for n in (0, 5, 75, 100, 200)] == pytest.approx([0.05, 0.5, 0.5, 0, 0])
    assert rise_and_fall(**{by: 10}, warm_up=0, fall=0)(9, 9.0) == 1


def test_a_schedule_without_a_length_is_refused():
    for how in ({}, {"steps": 10, "seconds": 10.0}, {"steps": 0}, {"seconds": -1.0}):
        with pytest.raises(ValueError, match="a number of steps or of seconds, above 0"):
            rise_and_fall(**how)


def test_a_schedule_decides_how_far_each_step_goes():
    model = network("LSTM")
    running = steps(model, TEXT, batch=8, length=16, schedule=lambda made, seconds: float(made != 1))
    changed = []
    before = weights(model)
    for _ in range(3):
        next(running)
        changed.append(not same(before, weights(model)))
        before = weights(model)
    assert changed == [True, False, True]


def test_without_a_schedule_the_learning_rate_rises_over_the_first_steps(monkeypatch):
    rates = []
    usual = torch.optim.AdamW.step

    def step(self, *args, **how):
        rates.append(self.param_groups[0]["lr"])
        return usual(self, *args, **how)

    monkeypatch.setattr(torch.optim.AdamW, "step", step)
    train(network("LSTM"), 22, learning_rate=2e-3)
    assert rates == pytest.approx([2e-3 * min(1, n / 20) for n in range(1, 23)])


def test_the_operations_of_training_are_six_for_each_parameter_and_token():
    model = CharacterLSTM(("a", "b", STAND_IN), d=10)
    looked_up = 3 * 64
    assert flops(model, 1000) == 6 * (model.parameter_count - looked_up) * 1000
    assert model.parameter_count == looked_up + 4 * 10 * (64 + 10 + 2) + 11 * 3
    gpt = CharacterGPT(("a", "b", STAND_IN), d=8, layers=1, heads=2, context=5)
    assert flops(gpt, 1) == 6 * (gpt.parameter_count - 8 * (3 + 5))


@pytest.mark.parametrize("kind", KINDS)
def test_muon_with_16_bits_learns_too_and_leaves_weights_of_32(kind):
    model = network(kind)
    made = train(model, 120, learning_rate=1e-2, optimizer="muon", bfloat16=True)
    assert made[-1].loss < 1 < made[0].loss
    assert {each.dtype for each in model.parameters()} == {torch.float32}
    assert bits_per_character(model, TEXT) < 1


def test_muon_moves_the_matrices_between_first_and_last_and_adam_the_rest():
    model = network("GPT")
    muon, adam = training._optimizers(model, 1e-3, 0.1, muon=True)
    names = {id(each): name for name, each in model.named_parameters()}
    moved = {names[id(each)] for each in muon.param_groups[0]["params"]}
    assert moved == {f"blocks.{n}.{part}.weight" for n in (0, 1) for part in ("qkv", "mix", "up", "down")}
    others = {names[id(each)] for group in adam.param_groups for each in group["params"]}
    assert others == set(names.values()) - moved


def test_an_optimizer_that_there_is_not_is_refused_at_once():
    with pytest.raises(ValueError, match='"adam" or "muon", not \'sgd\''):
        steps(network("GPT"), TEXT, optimizer="sgd")

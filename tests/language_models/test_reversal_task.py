"""The reverser: its parts against PyTorch's, its training, and whether it looks where one would predict."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
import torch.nn.functional as F

from unravelling.language_models import reversal_task
from unravelling.language_models.reversal_task import END, PAD, START, Reverser
from unravelling.language_models.training import Diverged

WORDS = ["piano", "banana", "letters", "abcdefgh", "zzz", "mirror"]


def fresh(seed: int = 0) -> Reverser:
    torch.manual_seed(seed)
    return Reverser()


@pytest.fixture(scope="module")
def trained() -> Reverser:
    model = fresh()
    for _ in reversal_task.steps(model):
        pass
    return model


def unseen(n: int = 500) -> reversal_task.Batch:
    return reversal_task.batch_of(n, torch.Generator().manual_seed(123))


def test_after_its_training_it_writes_fresh_words_backwards_and_looks_where_one_would_predict(trained) -> None:
    assert not trained.training
    assert reversal_task.exactly_right(trained, unseen()) > 0.98
    assert [trained.reverse(word) for word in WORDS] == [word[::-1] for word in WORDS]
    assert reversal_task.share_on_antidiagonal(trained, WORDS) > 0.85
    for word in WORDS:
        places = trained.cross_attention(word).argmax(dim=1)
        assert places.tolist() == list(range(len(word)))[::-1], word


def test_before_its_training_it_is_never_right_and_looks_nowhere_in_particular() -> None:
    model = fresh()
    assert reversal_task.exactly_right(model, unseen()) == 0
    assert reversal_task.share_on_antidiagonal(model, ["abcdefgh"]) < 0.3


def test_attention_is_that_of_pytorch_with_one_head() -> None:
    torch.manual_seed(1)
    head = reversal_task.Attention(8)
    x, y, allowed = torch.randn(3, 4, 8), torch.randn(3, 5, 8), torch.rand(3, 4, 5) < 0.8
    allowed[..., 0] = True
    keys, values = head.key_value(y).chunk(2, dim=-1)
    theirs = F.scaled_dot_product_attention(head.query(x), keys, values, attn_mask=allowed)
    found, weights = head(x, y, allowed)
    assert torch.allclose(found, head.out(theirs), atol=1e-6)
    assert torch.allclose(weights.sum(dim=-1), torch.ones(3, 4), atol=1e-6) and not weights[~allowed].any()


def test_the_decoder_does_not_see_what_comes_later_and_sees_all_of_the_word() -> None:
    model, batch = fresh(), unseen(4)
    scores = model(batch.source, batch.written)
    later = batch.written.clone()
    later[:, 2:] = 7
    assert torch.allclose(model(batch.source, later)[:, :2], scores[:, :2], atol=1e-6)
    other = batch.source.clone()
    other[:, 2] = (other[:, 2] + 1) % 26  # every word has at least three letters
    assert (model(other, batch.written)[:, 0] != scores[:, 0]).any(dim=-1).all()


def test_the_filler_behind_a_word_changes_nothing() -> None:
    model, source = fresh(), reversal_task.symbols_of("piano")[None]
    written = torch.tensor([[START, 14, 13]])
    longer = F.pad(source, (0, 3), value=PAD)
    assert torch.allclose(model(source, written), model(longer, written), atol=1e-6)


def test_a_batch_holds_words_and_the_same_words_backwards() -> None:
    batch = unseen(300)
    assert set(batch.lengths.tolist()) == set(range(reversal_task.SHORTEST, reversal_task.LONGEST + 1))
    for source, written, wanted, n in zip(*(part.tolist() for part in batch), strict=True):
        filler = [PAD] * (reversal_task.LONGEST - n)
        assert max(source[:n]) < 26
        assert source[n:] == [END, *filler]
        assert wanted == [*source[:n][::-1], END, *filler]
        assert written == [START, *wanted[:-1]]


def test_positions_are_sines_and_cosines() -> None:
    table = reversal_task.sinusoidal(5, 6)
    for t, i in itertools.product(range(5), range(6)):
        wave = math.cos if i % 2 else math.sin
        assert table[t, i].item() == pytest.approx(wave(t / 10_000 ** ((i - i % 2) / 6)), abs=1e-6)


def test_the_share_of_the_antidiagonal_is_1_for_a_mirror_and_1_in_n_for_an_even_spread() -> None:
    assert reversal_task.antidiagonal_share(torch.eye(4).flip(0)) == 1
    assert reversal_task.antidiagonal_share(torch.full((4, 4), 0.25)) == 0.25
    assert reversal_task.antidiagonal_share(torch.eye(4)) == 0


def test_cross_attention_rows_are_those_of_the_writing_where_the_writing_is_right(trained) -> None:
    written = trained.write("piano")
    assert written.ended and len(written.cross) == len(written.sure) == 6
    assert torch.allclose(written.cross[:5, :5], trained.cross_attention("piano"), atol=1e-5)
    assert torch.allclose(written.cross.sum(dim=1), torch.ones(6), atol=1e-5)


def test_who_stops_after_a_few_steps_has_a_usable_model_and_as_many_threads_as_before() -> None:
    model, threads = fresh(), torch.get_num_threads()
    training = reversal_task.steps(model)
    made = list(itertools.islice(training, 3))
    assert torch.get_num_threads() == threads
    training.close()
    assert not model.training and len(model.reverse("piano")) <= 6
    assert [step.number for step in made] == [1, 2, 3]
    assert made[0].loss == pytest.approx(math.log(reversal_task.VOCABULARY), abs=0.7)
    assert made[2].tokens > made[1].tokens > 0 and made[2].seconds > made[1].seconds > 0


def test_the_same_seed_gives_the_same_losses_and_another_seed_others() -> None:
    def losses(seed: int) -> list[float]:
        return [step.loss for step in reversal_task.steps(fresh(), seed=seed, number=3)]

    assert losses(4) == losses(4) != losses(5)


def test_a_learning_rate_of_0_changes_nothing() -> None:
    model = fresh()
    before = model.reverse("piano"), model.readout.weight.clone()
    assert len(list(reversal_task.steps(model, number=3, learning_rate=0))) == 3
    assert model.reverse("piano") == before[0] and torch.equal(model.readout.weight, before[1])


def test_a_broken_step_is_undone_and_said() -> None:
    model = fresh()
    readouts = [model.readout.weight.detach().clone()]  # after 0, 1, 2, ... steps
    with pytest.raises(Diverged, match=r"at learning rate 100: take a smaller one") as said:
        for _ in reversal_task.steps(model, learning_rate=100.0):
            readouts.append(model.readout.weight.detach().clone())
    broken = len(readouts) - 1
    assert f"after step {broken} " in str(said.value) and f"its weights of step {broken - 1}." in str(said.value)
    assert torch.equal(model.readout.weight, readouts[broken - 1])
    assert not model.training and isinstance(model.reverse("piano"), str)


@pytest.mark.parametrize("word", ["", "Piano", "pi no", "ü", "4", "a" * 25, "😀"])
def test_what_is_no_word_is_refused_with_a_sentence(word: str) -> None:
    with pytest.raises(ValueError, match="small letters from a to z"):
        fresh().reverse(word)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"number": 0}, "number must be a whole number"),
        ({"number": 2.5}, "number must be a whole number"),
        ({"learning_rate": -1}, "learning rate must be"),
        ({"learning_rate": math.nan}, "learning rate must be"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_at_once(how, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        reversal_task.steps(fresh(), **how)

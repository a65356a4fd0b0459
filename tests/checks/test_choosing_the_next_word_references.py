"""The references of module 09 are right: they agree with what transformers generates with, and with plain counting."""

from __future__ import annotations

import pytest
import torch
from transformers.generation.logits_process import (
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from unravelling.checks import registry

NOTHING = torch.zeros(1, 0, dtype=torch.int64)


@pytest.fixture(params=range(5))
def rng(request):
    return torch.Generator().manual_seed(request.param)


def reference(id):
    return registry.load(id).reference


def test_the_temperature_is_that_of_transformers(rng):
    logits = 5 * torch.randn(3, 50, generator=rng)
    for temperature in (0.2, 0.7, 1.0, 3.5):
        theirs = TemperatureLogitsWarper(temperature)(NOTHING, logits).softmax(-1)
        torch.testing.assert_close(reference("09.1")(logits, temperature), theirs)


def test_top_k_is_that_of_transformers(rng):
    probs = torch.randn(3, 50, generator=rng).softmax(-1)  # no two are equal
    for k in (1, 7, 50, 80):
        theirs = TopKLogitsWarper(k)(NOTHING, probs.log()).softmax(-1)
        torch.testing.assert_close(reference("09.2")(probs, k), theirs)


def test_top_p_is_that_of_transformers(rng):
    probs = (3 * torch.randn(3, 50, generator=rng)).softmax(-1)
    for p in (0.01, 0.3, 0.9, 0.999):
        theirs = TopPLogitsWarper(p)(NOTHING, probs.log()).softmax(-1)
        torch.testing.assert_close(reference("09.3")(probs, p), theirs)


def test_the_three_in_order_are_those_of_transformers(rng):
    logits = 5 * torch.randn(3, 50, generator=rng)
    for temperature, k, p in ((0.7, 20, 0.8), (2.0, 5, 0.6), (1.0, 50, 0.95)):
        theirs = TemperatureLogitsWarper(temperature)(NOTHING, logits)
        theirs = TopPLogitsWarper(p)(NOTHING, TopKLogitsWarper(k)(NOTHING, theirs)).softmax(-1)
        torch.testing.assert_close(reference("09.4")(logits, temperature, k, p), theirs)


def test_the_penalty_is_that_of_transformers(rng):
    logits, ids = 5 * torch.randn(4, 30, generator=rng), torch.randint(30, (4, 25), generator=rng)
    for penalty in (1.3, 0.8):
        theirs = RepetitionPenaltyLogitsProcessor(penalty)(ids, logits.clone())
        torch.testing.assert_close(reference("09.5")(logits, ids, penalty), theirs)


def test_the_examples_of_the_docstrings_are_computed():
    close = torch.testing.assert_close
    close(reference("09.1")(torch.tensor([2.0, 1.0]), 0.5), torch.tensor([0.8808, 0.1192]), atol=1e-4, rtol=0)
    probs = torch.tensor([0.125, 0.5, 0.125, 0.25])
    close(reference("09.2")(probs, 2), torch.tensor([0.0, 0.6667, 0.0, 0.3333]), atol=1e-4, rtol=0)
    probs = torch.tensor([0.5, 0.3, 0.15, 0.05])
    close(reference("09.3")(probs, 0.6), torch.tensor([0.625, 0.375, 0.0, 0.0]), atol=1e-4, rtol=0)
    logits = torch.tensor([2.0, 0.0, 1.0, -1.0])
    close(reference("09.1")(logits, 2), torch.tensor([0.46, 0.17, 0.28, 0.10]), atol=6e-3, rtol=0)
    close(reference("09.4")(logits, 2, 3), torch.tensor([0.51, 0.19, 0.31, 0.0]), atol=6e-3, rtol=0)
    close(reference("09.4")(logits, 2, 3, 0.6), torch.tensor([0.6225, 0.0, 0.3775, 0.0]), atol=1e-4, rtol=0)
    lowered = reference("09.5")(torch.tensor([[3.0, -2.0, 1.0]]), torch.tensor([[0, 1, 0]]), 2)
    assert lowered.tolist() == [[1.5, -4.0, 1.0]]


def test_drawn_rows_have_sums_that_no_computer_rounds(rng):
    from unravelling.checks.choosing_the_next_word.drawn_rows import PARTS, draw_rows

    rows = draw_rows(rng, 20, 7)
    assert (rows * PARTS == (rows * PARTS).round()).all() and (rows.sum(-1) == 1).all()
    assert (rows.half().cumsum(-1).double() == rows.double().cumsum(-1)).all()


def test_the_draw_follows_the_probabilities_and_the_generator():
    probs = torch.tensor([[0.5, 0.0, 0.25, 0.25], [0.125, 0.5, 0.125, 0.25]])
    drawn = reference("09.6")(probs.repeat(20_000, 1), torch.Generator().manual_seed(0)).view(-1, 2)
    for row in (0, 1):
        shares = torch.bincount(drawn[:, row], minlength=4) / len(drawn)
        torch.testing.assert_close(shares, probs[row], atol=0.015, rtol=0)  # four standard deviations
    again = reference("09.6")(probs.repeat(20_000, 1), torch.Generator().manual_seed(0)).view(-1, 2)
    assert torch.equal(drawn, again)


def test_the_exact_tail_of_a_count_agrees_with_a_plain_sum():
    from math import comb

    from unravelling.checks.bert_and_gpt.chance_bounds import unlikely

    n, p = 60, 0.3
    tail = [sum(comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1)) for k in range(n + 1)]
    for k in range(19, n + 1):  # above the mean
        assert unlikely(k, n, p, never=1e-5) == (tail[k] < 1e-5)


def test_one_beam_is_greedy_and_many_beams_find_the_best_of_all(rng):
    from itertools import product

    V, length = 4, 4
    table = torch.rand(V, V, generator=rng)

    def next_log_probs(tokens):
        return (table[tokens[-1]] * table[tokens[-2]]).log_softmax(-1).tolist()

    words, score = reference("09.7")(next_log_probs, [0, 1], 1, length, V)
    for n, word in enumerate(words):
        log_probs = next_log_probs([0, 1, *words[:n]])
        assert word == log_probs.index(max(log_probs))
    total = {
        text: sum(next_log_probs([0, 1, *text[:n]])[word] for n, word in enumerate(text))
        for text in product(range(V), repeat=length)
    }
    best, highest = reference("09.7")(next_log_probs, [0, 1], V**length, length, V)
    assert highest == pytest.approx(max(total.values())) and total[tuple(best)] == pytest.approx(highest)
    assert highest >= score


def test_the_example_of_the_beam_is_computed():
    def next_log_probs(tokens):
        return [-0.6931, -50.0, -50.0] if len(tokens) == 2 else [-50.0, -50.0, -0.6931]

    for alpha, score in ((0, -1.39), (1, -0.69)):
        words, got = reference("09.7")(next_log_probs, [1, 1], 2, 2, 2, alpha)
        assert words == [0, 2] and got == pytest.approx(score, abs=0.01)


def test_attention_with_a_cache_is_the_last_rows_of_attention_without(rng):
    q, k, v = (torch.randn(2, 9, 6, generator=rng) for _ in range(3))
    whole = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    for S in (0, 1, 5, 8):
        new = (each[:, S:] for each in (q, k, v))
        output, keys, values = reference("09.8").attend_with_cache(*new, k[:, :S], v[:, :S])
        torch.testing.assert_close(output, whole[:, S:])
        assert torch.equal(keys, k) and torch.equal(values, v)


def test_the_text_with_a_cache_is_that_of_transformers_own_loop(rng):
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=50, n_positions=64, n_embd=24, n_layer=2, n_head=3, bos_token_id=0, eos_token_id=None
    )
    decoder = GPT2LMHeadModel(config).eval()
    for parameter in decoder.parameters():
        parameter.data *= 8  # loud enough for texts to differ

    def model(ids, start, cache):
        positions = torch.arange(start, start + len(ids))[None]
        with torch.no_grad():
            output = decoder(ids[None], position_ids=positions, past_key_values=cache, use_cache=True)
        return output.logits[0], output.past_key_values

    prompt = torch.randint(50, (16,), generator=rng)
    whole = {"attention_mask": torch.ones(1, 16), "max_new_tokens": 20, "do_sample": False, "pad_token_id": 0}
    theirs = decoder.generate(prompt[None], **whole)[0, 16:].tolist()
    for chunk in (7, 9, 16, 1):
        assert reference("09.8").generate_with_cache(model, prompt, 20, chunk) == theirs


@pytest.mark.models
def test_with_and_without_a_cache_the_decoder_writes_the_same_64_tokens():
    from unravelling import models
    from unravelling.demos.choosing_the_next_word.kv_cache import shape_of, work

    decoder = models.load("decoder")
    worked_on = []

    def model(ids, start, cache):
        worked_on.append(len(ids))
        positions = torch.arange(start, start + len(ids))[None]
        with torch.inference_mode():
            output = decoder.model(ids[None], position_ids=positions, past_key_values=cache, use_cache=True)
        return output.logits[0], output.past_key_values

    prompt = torch.tensor(decoder.ids("The old woman opened the door and saw"))
    written = torch.as_tensor(reference("09.8").generate_with_cache(model, prompt, 64, chunk=5))
    with torch.inference_mode():  # a causal mask: one reading of the whole has every step without a cache in it
        best = decoder.model(torch.cat([prompt, written])[None]).logits[0].argmax(-1)
    assert len(written) == 64 and best[len(prompt) - 1 : -1].tolist() == written.tolist()
    # Counted: each token is worked on once, not anew for each that follows. In operations it is much the same factor.
    assert sum(worked_on) == len(prompt) + 63
    shape, steps = shape_of(decoder), range(len(prompt), len(prompt) + 64)
    with_cache = work(shape, len(prompt)).without + sum(work(shape, n + 1).with_cache for n in steps[:-1])
    assert 30 < sum(work(shape, n).without for n in steps) / with_cache < 40


def test_the_small_decoder_gives_the_same_with_a_right_attention_as_with_its_own(rng):
    from unravelling.checks.instruments.cached_decoder import CachedDecoder

    ids = torch.randint(31, (12,), generator=rng)
    own, given = CachedDecoder(3, most=12), CachedDecoder(3, most=12, attend=reference("09.8").attend_with_cache)
    torch.testing.assert_close(own(ids, 0, None)[0], given(ids, 0, None)[0], atol=1e-4, rtol=1e-4)
    assert own.flops(12, 0) > 12 * own.flops(1, 0) and own.worked_on == [12]

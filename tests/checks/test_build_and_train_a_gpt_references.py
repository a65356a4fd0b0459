"""The references of module 06 are right: they agree with torch, and with the models of transformers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from unravelling.checks import registry
from unravelling.checks.instruments.gpt import fill_gpt, gpt2_numbers


@pytest.fixture(params=range(5))
def rng(request):
    return torch.Generator().manual_seed(request.param)


def test_batches_begin_everywhere_and_targets_are_one_place_on():
    ids = torch.arange(40)
    generator = torch.Generator().manual_seed(0)
    begun = set()
    for _ in range(200):
        x, y = registry.load("06.1").reference(ids, 8, 5, generator)
        assert x.shape == y.shape == (8, 5)
        assert torch.equal(y, x + 1) and torch.equal(x, x[:, :1] + torch.arange(5))
        begun |= set(x[:, 0].tolist())
    assert begun == set(range(35))


def test_language_model_loss_equals_torchs_cross_entropy(rng):
    logits = 5 * torch.randn(3, 7, 11, generator=rng, dtype=torch.float64)
    targets = torch.randint(11, (3, 7), generator=rng)
    targets[torch.rand(3, 7, generator=rng) < 0.3] = -100
    ours = registry.load("06.2").reference(logits, targets)
    torch.testing.assert_close(ours, nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()))
    assert registry.load("06.2").reference(logits, torch.full_like(targets, -100)) == 0


def test_a_step_of_micro_batches_is_the_step_of_the_whole_batch(rng):
    x, y = (torch.randint(7, (6, 5), generator=rng) for _ in "xy")
    y[torch.rand(6, 5, generator=rng) < 0.4] = -100
    found = []
    for cut in ([(x, y)], [(x[:1], y[:1]), (x[1:], y[1:])], [(x[i : i + 1], y[i : i + 1]) for i in range(6)]):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Embedding(7, 8), nn.Tanh(), nn.Linear(8, 7)).double()
        optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
        losses = [registry.load("06.3").reference(model, optimiser, cut) for _ in range(5)]
        found.append(torch.cat([torch.tensor(losses), *(each.detach().flatten() for each in model.parameters())]))
    torch.testing.assert_close(found[1], found[0])
    torch.testing.assert_close(found[2], found[0])


def test_tiny_gpt_with_the_weights_of_a_gpt_2_gives_its_logits():
    from transformers import GPT2Config, GPT2LMHeadModel

    for seed, (V, context, d, h, layers) in enumerate(((50, 20, 24, 4, 3), (31, 16, 32, 2, 2), (500, 64, 96, 6, 4))):
        torch.manual_seed(seed)
        config = GPT2Config(
            vocab_size=V, n_positions=context, n_embd=d, n_layer=layers, n_head=h, initializer_range=0.2
        )
        theirs = GPT2LMHeadModel(config).eval()
        ours = fill_gpt(registry.load("06.4").reference(V, context, d, h, layers), theirs.state_dict())
        ids = torch.randint(V, (2, context))
        with torch.no_grad():
            torch.testing.assert_close(ours(ids), theirs(ids).logits, atol=1e-4, rtol=1e-4)
        assert sum(each.numel() for each in ours.parameters()) == sum(each.numel() for each in theirs.parameters())


def test_the_drawn_numbers_have_the_layout_of_a_gpt_2():
    from transformers import GPT2Config, GPT2LMHeadModel

    numbers = gpt2_numbers(11, 9, 8, 2, seed=0)
    theirs = GPT2LMHeadModel(GPT2Config(vocab_size=11, n_positions=9, n_embd=8, n_layer=2, n_head=2)).eval()
    missing, unexpected = theirs.load_state_dict(numbers, strict=False)
    assert (missing, unexpected) == (["lm_head.weight"], [])
    theirs.tie_weights()
    ours = fill_gpt(registry.load("06.4").reference(11, 9, 8, 2, 2), numbers)
    ids = torch.randint(11, (3, 9))
    with torch.no_grad():
        torch.testing.assert_close(ours(ids), theirs(ids).logits, atol=1e-4, rtol=1e-4)

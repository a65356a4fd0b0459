"""The references are right: they agree with torch's own functions, which they do not call."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from unravelling.checks import registry


@pytest.fixture(params=range(5))
def rng(request):
    return torch.Generator().manual_seed(request.param)


def test_softmax_equals_torchs(rng):
    x = 5 * torch.randn(2, 3, 4, generator=rng)
    for dim in (-3, -2, -1, 0, 1, 2):
        torch.testing.assert_close(registry.load("00.1").reference(x, dim), torch.softmax(x, dim))


def test_attention_equals_torchs(rng):
    q, k, v = (torch.randn(2, 3, size, 8, generator=rng) for size in (4, 5, 5))
    mask = torch.rand(2, 1, 4, 5, generator=rng) > 0.3
    mask[..., 0] = True
    for allowed in (None, mask):
        output, _ = registry.load("04.1").reference(q, k, v, allowed)
        torch.testing.assert_close(output, nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed))


def test_the_layer_takes_over_torchs_weights_and_gives_its_output(rng):
    theirs = nn.MultiheadAttention(12, 3, batch_first=True)
    ours = registry.load("04.4").reference(12, 3)
    layers = (ours.q_proj, ours.k_proj, ours.v_proj)
    with torch.no_grad():
        theirs.in_proj_bias.normal_(generator=rng)
        for layer, weight, bias in zip(
            layers, theirs.in_proj_weight.chunk(3), theirs.in_proj_bias.chunk(3), strict=True
        ):
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
    ours.out_proj.load_state_dict(theirs.out_proj.state_dict())
    x, mask = torch.randn(2, 5, 12, generator=rng), registry.load("04.2").reference(5)
    torch.testing.assert_close(ours(x), theirs(x, x, x)[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(ours(x, mask), theirs(x, x, x, attn_mask=~mask)[0], atol=1e-5, rtol=1e-5)


def test_the_cell_of_04_4_shows_torchs_output_beside_the_right_one():
    from tests.checks.proofs import outcome
    from unravelling.checks.repro_cell import cell_for

    exercise = registry.load("04.4")
    for number, case in enumerate(exercise.cases()):
        shown = outcome(cell_for(exercise, case, number, 0, "value"), exercise, exercise.reference)
        if case["d"] % case["h"]:
            assert shown.kind == "ValueError"
            continue
        assert shown["parameters"] == shown["asked for"] and shown["unreached"] == ""
        for ours, theirs in (
            ("output", "torch's output"),
            ("the last token alone, afterwards", "torch's output for it"),
        ):
            torch.testing.assert_close(shown[ours], shown[theirs], atol=1e-5, rtol=1e-5)


def test_perturbing_a_future_token_leaves_earlier_outputs_unchanged(rng):
    attend, mask = registry.load("04.1").reference, registry.load("04.2").reference(6)
    x = torch.randn(6, 4, generator=rng)
    changed = x.clone()
    changed[4:] += 1
    before, after = (attend(each, each, each, mask)[0] for each in (x, changed))
    torch.testing.assert_close(before[:4], after[:4], rtol=0, atol=0)
    assert not torch.allclose(before[4:], after[4:])


def test_rotated_dot_products_depend_on_distance_only(rng):
    rotary = registry.load("04.5").reference
    q, k = torch.randn(1, 8, generator=rng).double(), torch.randn(1, 8, generator=rng).double()
    products = [(rotary(q, torch.tensor([m])) * rotary(k, torch.tensor([m - 5]))).sum().item() for m in (5, 6, 30, 400)]
    assert products == pytest.approx([products[0]] * 4, abs=1e-6)


def test_the_previous_token_head_works_with_the_attention_of_04_1():
    attend, mask = registry.load("04.1").reference, registry.load("04.2").reference
    for T in range(2, 65):
        W_q, W_k = registry.load("04.6").reference(T)
        P = torch.eye(T)
        _, weights = attend(P @ W_q.T, P @ W_k.T, P, mask(T))
        assert weights.diagonal(-1).min() >= 0.99

"""The references of module 03 are right: they agree with torch, with other ways of writing them, and with counting."""

from __future__ import annotations

import math
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest
import torch
from torch import nn

from unravelling.checks import registry
from unravelling.checks.engine import run
from unravelling.checks.recurrent_networks.train_language_model.exercise import BAR
from unravelling.checks.recurrent_networks.train_language_model.probe import ROUND

RNN, LSTM, CLIP, STEPS, TRAIN = (registry.load(f"03.{n}").reference for n in range(1, 6))


def randn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM])
def test_forty_steps_in_a_row_are_what_torchs_layer_gives(layer):
    theirs = layer(3, 5, batch_first=True)
    w_x, w_h, b = theirs.weight_ih_l0, theirs.weight_hh_l0, theirs.bias_ih_l0 + theirs.bias_hh_l0
    x = randn(2, 40, 3)
    h = c = torch.zeros(2, 5)
    shown = []
    for t in range(40):
        if layer is nn.RNN:
            h = RNN(x[:, t], h, w_x, w_h, b)
        else:
            h, c = LSTM(x[:, t], h, c, w_x, w_h, b)
        shown.append(h)
    assert torch.allclose(torch.stack(shown, dim=1), theirs(x)[0], atol=1e-6)


def test_an_open_forget_gate_and_a_shut_input_gate_keep_the_cell_for_a_thousand_steps():
    h, c = torch.zeros(1, 2), torch.tensor([[-2.5, 0.7]])
    b = torch.tensor([-40.0, 40.0, 0.0, 0.0]).repeat_interleave(2)
    for x in randn(1000, 1, 3):
        h, kept = LSTM(x, h, c, randn(8, 3), randn(8, 2), b)
        assert torch.equal(kept, c)


@pytest.mark.parametrize(("id", "changed"), [("03.1", 1), ("03.2", 2)])
def test_right_values_that_fail_for_another_reason_are_not_taken_for_a_mistake_in_the_formula(id, changed):
    exercise = registry.load(id)

    def in_place(*inputs):
        result = exercise.reference(*inputs)
        inputs[changed].mul_(2)
        return result

    def without_gradients(*inputs):
        return exercise.reference(*(each.detach() for each in inputs))

    for wrong, kind in ((in_place, "changed"), (without_gradients, "gradient")):
        verdict = run(exercise, wrong)
        assert (verdict.kind, verdict.cause) == (kind, "")


@pytest.mark.parametrize("max_norm", [0.01, 1.0, 3.0, 1000.0])
def test_clipping_does_what_torchs_does_and_leaves_what_it_was_given(max_norm):
    grads = [randn(4, 3), randn(7, seed=1), randn(2, 2, 2, seed=2)]
    parameters = [nn.Parameter(torch.zeros_like(each)) for each in grads]
    for parameter, grad in zip(parameters, grads, strict=True):
        parameter.grad = grad.clone()
    nn.utils.clip_grad_norm_(parameters, max_norm)
    before = [each.clone() for each in grads]
    for ours, parameter in zip(CLIP(grads, max_norm), parameters, strict=True):
        assert torch.allclose(ours, parameter.grad, rtol=1e-4, atol=0)
    assert all(torch.equal(a, b) for a, b in zip(grads, before, strict=True))


def longest_chain(waits_for: dict) -> int:
    """The number of nodes on the longest path of a graph, by walking it."""

    @cache
    def depth(node) -> int:
        return 1 + max((depth(other) for other in waits_for[node]), default=0)

    return max(map(depth, waits_for))


def graph(architecture: str, T: int, L: int) -> dict:
    """Each step with those it waits for, written from the words of the stub."""
    found = {}
    for layer in range(L):
        if architecture == "bidirectional lstm":
            for t in range(T):
                below = [(layer - 1, way, t) for way in (1, -1)]
                found |= {(layer, way, t): [(layer, way, t - way), *below] for way in (1, -1)}
        elif architecture in ("rnn", "lstm"):
            found |= {(layer, t): [(layer, t - 1), (layer - 1, t)] for t in range(T)}
        elif architecture == "transformer decoder generating":
            found |= {(layer, t): [(layer - 1, t), *([(L - 1, t - 1)] if layer == 0 else [])] for t in range(T)}
        else:
            found[layer] = [layer - 1]
    return {node: [other for other in others if other in found] for node, others in found.items()}


@pytest.mark.parametrize("L", [1, 2, 5])
@pytest.mark.parametrize("T", [1, 2, 7, 12])
def test_steps_are_the_longest_chain_of_the_graph_of_who_waits_for_whom(T, L):
    from unravelling.checks.recurrent_networks.sequential_steps import ARCHITECTURES

    for architecture in ARCHITECTURES:
        assert STEPS(architecture, T, L) == longest_chain(graph(architecture, T, L)), architecture


def test_no_two_counts_are_alike_where_03_4_tells_of_a_formula():
    from unravelling.checks.recurrent_networks.sequential_steps import TOLD, counts

    found = list(counts(*TOLD).values())
    assert len(set(found)) == len(found)


def test_the_bar_of_03_5_cannot_be_reached_without_remembering_and_is_reached_from_every_seed():
    pairs = Counter(pairwise(ROUND * 10))
    first = Counter(a for a, _ in pairs.elements())
    entropy = -sum(count * math.log(count / first[a]) for (a, _), count in pairs.items()) / sum(pairs.values())
    assert entropy == pytest.approx(0.55, abs=0.01)
    assert entropy > BAR + 0.1
    exercise = registry.load("03.5")
    for seed in range(10):
        *_, case = exercise.cases(seed)
        result = exercise.probe(TRAIN, **case.inputs)
        assert result["losses"][0] == pytest.approx(math.log(6), abs=0.2)
        assert result["losses"][-5:].mean() < BAR - 0.15


def test_the_same_seed_gives_the_same_losses_and_another_seed_others():
    def losses(seed):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Embedding(4, 4))
        draw = torch.Generator().manual_seed(seed)
        return TRAIN(model, torch.arange(40) % 4, 5, 2, 3, 0.1, 1.0, draw)

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


def test_every_property_of_03_5_is_the_first_to_speak_for_some_wrong_answer():
    exercise = registry.load("03.5")
    first = {run(exercise, each.solution).asked for each in exercise.misconceptions}
    first |= {run(exercise, wrong).asked for wrong in (begins_anew, runs_not_in_a_row, learns_no_longer_text, scaled)}
    assert {each.says for each in exercise.properties} <= first


def begins_anew(model, *given):
    for layer in model.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    return TRAIN(model, *given)


def runs_not_in_a_row(model, ids, steps, batch, length, learning_rate, max_norm, generator):
    if len(ids) < length + 1:
        raise ValueError("too short")
    model.train()
    adam = torch.optim.Adam(model.parameters(), lr=learning_rate)
    losses = []
    for _ in range(steps):
        places = torch.randint(len(ids) - 1, (batch, length), generator=generator)
        loss = nn.functional.cross_entropy(model(ids[places]).transpose(1, 2), ids[places + 1])
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        adam.step()
        losses.append(loss.item())
    model.eval()
    return losses


def learns_no_longer_text(model, ids, steps, *given):
    if len(ids) < 20:
        return TRAIN(model, ids, steps, *given)
    return TRAIN(model, ids, steps, *given[:2], 0.0, *given[3:])


def scaled(model, *given):
    return TRAIN(Scaled(model), *given)


class Scaled(nn.Module):
    """Gradients three times too large reach the logits; the losses are as they should be."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        logits = self.model(x)
        return 3 * logits - 2 * logits.detach()

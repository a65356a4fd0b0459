"""The instrument that fills learners' modules with numbers, and traces back what they return."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from unravelling.checks import registry
from unravelling.checks.engine import run
from unravelling.checks.instruments import modules
from unravelling.checks.the_transformer.encoder_block import EncoderBlock
from unravelling.checks.the_transformer.tiny_transformer.variants import TinyTransformer


def numbers(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: each.detach().clone() for name, each in module.named_parameters()}


def encoder_layer() -> nn.Module:
    return nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True)


def test_a_seed_gives_the_same_numbers_each_time_and_another_gives_others():
    first, again, other = (numbers(modules.draw_numbers(encoder_layer(), seed)) for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("steps", [50, 100])
def test_numbers_are_whole_steps_between_minus_1_and_1(steps):
    drawn = torch.cat(
        [each.flatten() for each in numbers(modules.draw_numbers(encoder_layer(), 3, (), steps)).values()]
    )
    assert -1 <= drawn.min() < -0.9 and 0.9 < drawn.max() <= 1
    torch.testing.assert_close(drawn * steps, (drawn * steps).round(), atol=1e-4, rtol=0)


def test_silent_layers_get_zeros_and_the_others_the_numbers_that_they_get_without():
    asked = ("self_attn", "linear2")
    whole, part = (numbers(modules.draw_numbers(encoder_layer(), 3, silent)) for silent in ((), asked))
    silent = {name for name in part if not part[name].any()}
    assert {name.split(".")[0] for name in silent} == set(asked)
    assert all(torch.equal(part[name], whole[name]) for name in part if name not in silent)


def test_the_layers_of_a_model_are_silent_wherever_they_stand():
    drawn = numbers(modules.draw_layers(5, 4, 2, 6, 3, ("self_attn", "multihead_attn", "linear2")))
    silent = {name for name in drawn if not drawn[name].any()}
    assert {tuple(name.split(".")[:2]) for name in silent} == {
        ("encoder", "self_attn"),
        ("encoder", "linear2"),
        ("decoder", "self_attn"),
        ("decoder", "multihead_attn"),
        ("decoder", "linear2"),
    }


def test_a_drawn_models_norms_are_near_1_and_its_biases_small():
    for name, each in numbers(modules.draw_layers(30, 8, 2, 16, 3)).items():
        low, high = (0.5, 1.5) if "norm" in name and "weight" in name else (-0.1, 0.1) if "bias" in name else (-2, 2)
        assert low <= each.min() and each.max() <= high, name


def test_a_filled_block_gives_what_torchs_gives():
    theirs = modules.draw_numbers(encoder_layer(), 3)
    ours = EncoderBlock(4, 2, 6)
    assert modules.fill_block(ours, theirs) is ours
    x = torch.randn(2, 3, 4)
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-5, rtol=1e-4)


def test_a_filled_layer_of_heads_gives_what_torchs_gives():
    theirs = nn.MultiheadAttention(6, 3, batch_first=True)
    weights = theirs.in_proj_weight, torch.randn(18), theirs.out_proj.weight, torch.randn(6)
    theirs.in_proj_bias.data, theirs.out_proj.bias.data = weights[1], weights[3]
    ours = modules.fill_heads(registry.load("04.4").reference(6, 3), *(each.detach() for each in weights))
    x = torch.randn(2, 4, 6)
    torch.testing.assert_close(ours(x), theirs(x, x, x)[0], atol=1e-5, rtol=1e-5)


def sentence(refused: pytest.ExceptionInfo) -> str:
    """What an assertion says, without what pytest adds to it."""
    return str(refused.value).splitlines()[0]


def changed(**layers) -> nn.Module:
    """A right block with other layers; None: without that one."""
    block = EncoderBlock(4, 2, 6)
    for name, layer in layers.items():
        setattr(block, name, layer)
        if layer is None:
            delattr(block, name)
    return block


@pytest.mark.parametrize(
    ("block", "says"),
    [
        (changed(norm2=None), "There is no layer norm2: make it in __init__ with self.norm2 = nn.LayerNorm(d)."),
        (
            changed(linear1=nn.Linear(4, 6, bias=False)),
            "The layer linear1 has no bias: make it with self.linear1 = nn.Linear(d, inner).",
        ),
        (
            changed(linear2=nn.Linear(4, 6)),
            "linear2.weight has shape (6, 4), not (4, 6): linear2 is nn.Linear(inner, d).",
        ),
        (
            changed(norm3=nn.LayerNorm(4)),
            "The module has 162 parameters where torch's has 154: a layer is one too many, or used for two.",
        ),
        (
            changed(drop=nn.Dropout(0.1)),
            "There is dropout in your block; the docstring asks for none, so that the same x always gives the same.",
        ),
        (
            changed(self_attn=nn.MultiheadAttention(4, 2, dropout=0.1)),
            "There is dropout in your block; the docstring asks for none, so that the same x always gives the same.",
        ),
        (
            changed(inside=encoder_layer()),
            "Your block is torch's own TransformerEncoderLayer: put yours together from its five layers.",
        ),
        (
            changed(inside=nn.TransformerEncoder(encoder_layer(), 1)),
            "Your block is torch's own TransformerEncoderLayer: put yours together from its five layers.",
        ),
    ],
)
def test_a_block_of_other_layers_is_refused_with_a_sentence(block, says):
    with pytest.raises(AssertionError) as refused:
        modules.fill_block(block, modules.draw_numbers(encoder_layer(), 3))
    assert sentence(refused) == says


def test_a_model_of_other_layers_is_refused_with_a_sentence():
    def refused(model):
        with pytest.raises(AssertionError) as error:
            modules.fill_model(model, modules.draw_layers(5, 4, 2, 6, 3))
        return sentence(error)

    modules.fill_model(TinyTransformer(5, 4, 2, 6), modules.draw_layers(5, 4, 2, 6, 3))
    model = TinyTransformer(5, 4, 2, 6)
    model.output = nn.Linear(4, 6)
    assert refused(model) == "output.weight has shape (6, 4), not (5, 4): output is nn.Linear(d, V)."
    model.output, model.places = nn.Linear(4, 5), nn.Embedding(9, 4)
    assert refused(model).startswith("Your model learns places.weight, which is in none of the four layers.")
    model.places = nn.Dropout(0.1)
    assert refused(model).startswith("There is dropout in your model")
    model.places = model.write = None
    assert refused(model) == "There is no method write(self, source, start, length)."


@pytest.mark.parametrize("id", ["04.4", "05.3", "05.4", "05.6"])
def test_the_sentence_of_an_instrument_is_what_a_card_says(id):
    """It is no line of the learner's that stopped."""
    exercise = registry.load(id)

    class Bare(nn.Module):
        def __init__(self, *sizes):
            super().__init__()

    assert run(exercise, Bare).symptom.startswith("There is no layer ")


class Traced(nn.Module):
    """A module that uses what it is told to: x as it is, or cut off, and one of two layers, or both."""

    def __init__(self, cut=False, both=True, overwrite=False):
        super().__init__()
        self.first, self.second = nn.Linear(2, 2), nn.Linear(2, 2)
        self.cut, self.both, self.overwrite = cut, both, overwrite

    def forward(self, x):
        y = torch.exp(self.first(x.detach() if self.cut else x))
        if self.overwrite:
            y += 1
        return self.second(y) if self.both else y


@pytest.mark.parametrize(
    ("module", "unreached"),
    [
        (Traced(), ""),
        (Traced(cut=True), "x"),
        (Traced(both=False), "second.weight, second.bias"),
        (Traced(cut=True, both=False), "x, second.weight, second.bias"),
    ],
)
def test_what_no_gradient_reaches_is_named(module, unreached):
    x = torch.randn(3, 2)
    assert modules.traced_back(module, x=x) == {"unreached": unreached, "overwritten": ""}
    assert modules.traced_back(module, x)["unreached"] == unreached.removeprefix("x").removeprefix(", ")
    assert not x.requires_grad


def test_where_no_way_back_can_be_gone_torchs_own_words_say_so():
    found = modules.traced_back(Traced(overwrite=True), x=torch.randn(3, 2))
    assert found["unreached"] == "" and "modified by an inplace operation" in found["overwritten"]


@pytest.mark.parametrize("back", [lambda x: None, lambda x: x.detach(), lambda x: [x]])
def test_from_what_is_no_tensor_of_torchs_nothing_is_reached(back):
    module = Traced()
    forward = module.forward
    module.forward = lambda x: back(forward(x))
    assert modules.traced_back(module, x=torch.randn(3, 2))["unreached"].startswith("x, first.weight")


def test_a_frozen_layer_is_named():
    module = Traced()
    module.first.requires_grad_(False)
    assert modules.traced_back(module, torch.randn(3, 2))["unreached"] == "first.weight, first.bias"


def test_what_is_traced_is_a_copy():
    class WritesIntoX(Traced):
        def forward(self, x):
            x *= 2
            return super().forward(x)

    x = torch.ones(3, 2)
    assert modules.traced_back(WritesIntoX(), x)["unreached"] == ""
    assert modules.traced_back(WritesIntoX(), x=x)["unreached"] == ""
    assert torch.equal(x, torch.ones(3, 2))


def test_another_error_of_the_module_is_not_hidden():
    def stop(gradient):
        raise RuntimeError("of its own")

    module = Traced()
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        modules.traced_back(module, torch.ones(3, 4))
    module.first.register_forward_hook(lambda *values: values[-1].register_hook(stop) and None)
    with pytest.raises(RuntimeError, match="of its own"):
        modules.traced_back(module, torch.ones(3, 2))

"""What probes of classes do with a learner's module, and the cells to paste after them: fill it with known numbers, and
trace back what it returns. Like `probing`, it knows no reference, and a sandbox may read it.

What is made otherwise than a docstring asks for is told with an AssertionError, whose sentence is for the learner.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .optional_torch import Tensor, torch

# How to make each layer that docstrings ask for; said where one is missing or has another shape.
_MADE = {
    **dict.fromkeys(("self_attn", "multihead_attn"), "nn.MultiheadAttention(d, h, batch_first=True)"),
    "linear1": "nn.Linear(d, inner)",
    "linear2": "nn.Linear(inner, d)",
    **dict.fromkeys(("norm1", "norm2", "norm3"), "nn.LayerNorm(d)"),
    "embedding": "nn.Embedding(V, d)",
    "encoder": "EncoderBlock(d, h, inner)",
    "decoder": "DecoderBlock(d, h, inner)",
    "output": "nn.Linear(d, V)",
}


def draw_numbers(theirs: Any, seed: int, silent: Sequence[str] = (), steps: int = 100) -> Any:
    """Give a module of torch's numbers from -1 to 1, drawn in `steps` steps to either side of 0, and return it.

    silent: names of layers that get zeros.
    """
    for _, each, drawn in _drawn(theirs, seed, silent, steps):
        each.data = drawn
    return theirs


def draw_layers(V: int, d: int, h: int, inner: int, seed: int, silent: Sequence[str] = ()) -> Any:
    """torch's own layers for a model that reads and writes, with drawn numbers: loud and quiet enough that such a model
    seldom writes the same token twice. V: how many tokens there are. silent: as in `draw_numbers`."""
    nn = torch.nn
    layers = {
        "embedding": nn.Embedding(V, d),
        "encoder": nn.TransformerEncoderLayer(d, h, inner, batch_first=True),
        "decoder": nn.TransformerDecoderLayer(d, h, inner, batch_first=True),
        "output": nn.Linear(d, V),
    }
    theirs = nn.ModuleDict(layers)
    for name, each, drawn in _drawn(theirs, seed, silent, 100):
        loud = "self_attn" in name or name.startswith("output")
        size = 0.1 if "bias" in name else 0.5 if "norm" in name else 2.0 if loud else 1.0
        each.data = size * drawn + ("norm" in name and "weight" in name)
    return theirs


def _drawn(module: Any, seed: int, silent: Sequence[str], steps: int) -> Iterator[tuple[str, Any, Tensor]]:
    """Each parameter of a module, by name, with numbers drawn for it."""
    numbers = torch.Generator().manual_seed(seed)
    for name, each in module.named_parameters():
        drawn = torch.randint(-steps, steps + 1, each.shape, generator=numbers) / steps
        yield name, each, drawn * set(silent).isdisjoint(name.split("."))


def fill_block(ours: Any, theirs: Any) -> Any:
    """Give a learner's block the numbers of torch's own, layer by layer, and return it."""
    kind = type(theirs)
    layers = {5: "five", 7: "seven"}[len({name.split(".")[0] for name, _ in theirs.named_parameters()})]
    assert not any(isinstance(each, kind) for each in ours.modules()), (
        f"Your block is torch's own {kind.__name__}: put yours together from its {layers} layers."
    )
    assert not _drops(ours), (
        "There is dropout in your block; the docstring asks for none, so that the same x always gives the same."
    )
    _copy_numbers(ours, theirs)
    count, want = (sum(each.numel() for each in of.parameters()) for of in (ours, theirs))
    assert count == want, (
        f"The module has {count} parameters where torch's has {want}: a layer is one too many, or used for two."
    )
    return ours


def fill_model(ours: Any, theirs: Any) -> Any:
    """Give a learner's model the numbers of `draw_layers`, layer by layer, and return it."""
    _copy_numbers(ours, theirs)
    more = [name for name, _ in ours.named_parameters() if name.split(".")[0] not in theirs]
    assert not more, (
        f"Your model learns {more[0]}, which is in none of the four layers. Both texts share one embedding, and "
        "positions come from sinusoidal_positions: they are not learned."
    )
    assert not _drops(ours), "There is dropout in your model: the same texts should always give the same scores."
    assert callable(getattr(ours, "write", None)), "There is no method write(self, source, start, length)."
    return ours


def fill_heads(ours: Any, in_weight: Tensor, in_bias: Tensor, out_weight: Tensor, out_bias: Tensor) -> Any:
    """Give a learner's layer the weights and biases of an nn.MultiheadAttention, and return it."""
    layers = ("q_proj", "k_proj", "v_proj", "out_proj")
    numbers = zip(layers, (*in_weight.chunk(3), out_weight), (*in_bias.chunk(3), out_bias), strict=True)
    for name, weight, bias in numbers:
        layer = getattr(ours, name, None)
        assert isinstance(layer, torch.nn.Linear), (
            f"There is no layer {name}: make it in __init__ with self.{name} = nn.Linear(d, d)."
        )
        assert layer.weight.shape == weight.shape, (
            f"{name} has a weight of shape {tuple(layer.weight.shape)}, not {tuple(weight.shape)}."
        )
        assert layer.bias is not None, f"{name} has no bias: nn.Linear(d, d) makes one unless it is told not to."
        with torch.no_grad():
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
    return ours


def _drops(module: Any) -> bool:
    """Whether some layer sets numbers to 0 at random."""
    rates = [each.p for each in module.modules() if isinstance(each, torch.nn.Dropout)]
    rates += [each.dropout for each in module.modules() if isinstance(each, torch.nn.MultiheadAttention)]
    return any(rates)


def _copy_numbers(ours: Any, theirs: Any) -> None:
    """Copy the parameters of torch's own module into those of the same names."""
    parameters = dict(ours.named_parameters(remove_duplicate=False))
    for name, like in theirs.named_parameters():
        layer, _, part = name.partition(".")
        made = _MADE[layer]
        assert hasattr(ours, layer), f"There is no layer {layer}: make it in __init__ with self.{layer} = {made}."
        assert name in parameters, f"The layer {layer} has no {part}: make it with self.{layer} = {made}."
        shape = tuple(parameters[name].shape)
        assert shape == like.shape, f"{name} has shape {shape}, not {tuple(like.shape)}: {layer} is {made}."
        with torch.no_grad():
            parameters[name].copy_(like)


def traced_back(module: Any, *inputs: Any, **traced: Tensor) -> dict[str, str]:
    """To which of a module's parameters no gradient comes back from what it returns, and to which of the inputs that
    are given by name, in their order and after the others.

    Returns `unreached`, the names with commas between; `overwritten`: torch's words where no way back can be gone at
    all, since a tensor that it needs was written over; else empty.
    """
    leaves = {name: each.detach().clone().requires_grad_() for name, each in traced.items()}
    learned = leaves | dict(module.named_parameters())
    wanted = {name: each for name, each in learned.items() if each.requires_grad}
    found: Sequence[Any] = [None] * len(wanted)
    copies = [each.clone() if isinstance(each, Tensor) else each for each in inputs]
    with torch.enable_grad():
        output = module(*copies, *(each * 1 for each in leaves.values()))  # a leaf may not be written into
        try:
            if isinstance(output, Tensor) and output.requires_grad:
                found = torch.autograd.grad(output.sum(), list(wanted.values()), allow_unused=True)
        except RuntimeError as error:  # torch notices here what was written over on the way
            if "inplace" not in str(error):
                raise
            return {"unreached": "", "overwritten": str(error)}
    reached = {name for name, each in zip(wanted, found, strict=True) if each is not None}
    return {"unreached": ", ".join(name for name in learned if name not in reached), "overwritten": ""}

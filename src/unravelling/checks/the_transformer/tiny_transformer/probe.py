"""How a whole model is tried: with drawn numbers, on two texts, and letting it write."""

from __future__ import annotations

from ...declare import Case
from ..layer_reports import SHOW_LAYERS


def tried(
    solution,
    V,
    d,
    h,
    inner,
    source,
    target,
    seed,
    start=None,
    length=None,
    silent=(),
    favourite=None,
    before=None,
    traced=False,
):
    """Give a model drawn numbers; what it scores, and what it writes where there is a start."""
    import torch
    from torch import nn

    from unravelling.checks.instruments.modules import traced_back

    model = solution(V, d, h, inner)
    assert isinstance(model, nn.Module), "TinyTransformer is not an nn.Module: write class TinyTransformer(nn.Module)."
    made = {
        "embedding": ("nn.Embedding(V, d)", nn.Embedding(V, d)),
        "encoder": ("EncoderBlock(d, h, inner)", nn.TransformerEncoderLayer(d, h, inner, batch_first=True)),
        "decoder": ("DecoderBlock(d, h, inner)", nn.TransformerDecoderLayer(d, h, inner, batch_first=True)),
        "output": ("nn.Linear(d, V)", nn.Linear(d, V)),
    }
    ours = dict(model.named_parameters(remove_duplicate=False))
    numbers = torch.Generator().manual_seed(seed)
    for layer, (how, like) in made.items():
        assert hasattr(model, layer), f"There is no layer {layer}: make it in __init__ with self.{layer} = {how}."
        for part, shape in ((part, each.shape) for part, each in like.named_parameters()):
            name = f"{layer}.{part}"
            assert name in ours, f"The layer {layer} has no {part}: make it with self.{layer} = {how}."
            assert ours[name].shape == shape, (
                f"{name} has shape {tuple(ours[name].shape)}, not {tuple(shape)}: {layer} is {how}."
            )
            drawn = torch.randint(-100, 101, shape, generator=numbers) / 100 * (part.split(".")[0] not in silent)
            loud = "self_attn" in part or layer == "output"
            size = 0.1 if "bias" in part else 0.5 if "norm" in part else 2.0 if loud else 1.0
            with torch.no_grad():  # sizes with which write seldom writes the same token twice
                ours[name].copy_(size * drawn + ("norm" in part and "weight" in part))
    more = [name for name, _ in model.named_parameters() if name.split(".")[0] not in made]
    assert not more, (
        f"Your model learns {more[0]}, which is in none of the four layers. Both texts share one embedding, and "
        "positions come from sinusoidal_positions: they are not learned."
    )
    rates = [each.p for each in model.modules() if isinstance(each, nn.Dropout)]
    assert not any(rates), "There is dropout in your model: the same texts should always give the same scores."
    assert callable(getattr(model, "write", None)), "There is no method write(self, source, start, length)."
    if favourite is not None:
        with torch.no_grad():
            ours["output.bias"][favourite] += 100

    entering, later, elsewhere = source.clone(), target.clone(), source.clone()
    later[:, -1] = (later[:, -1] + 1) % V
    elsewhere[:, -1] = (elsewhere[:, -1] + 1) % V
    if before is not None:
        model(before[0], target[:, :1])
        model.write(*before)
    logits = model(source, target)
    result = {"logits": logits}
    if start is None and source.shape[1] < 100:  # of a thousand tokens, one changes too little to be seen
        result["later"] = model(entering.clone(), later)
        result["elsewhere"] = model(elsewhere, target.clone())
    if start is not None:
        written = likeliest = model.write(source, start, length)
        if (
            isinstance(written, torch.Tensor)
            and written.shape == (len(source), length)
            and not written.is_floating_point()
        ):
            so_far = torch.cat([torch.full((len(source), 1), start), written.clamp(0, V - 1)], dim=1)
            likeliest = model(entering.clone(), so_far)[:, :-1].argmax(-1)
        result |= {"writing": written, "likeliest": likeliest}
    if not traced:
        return result
    learned = dict(model.named_parameters())
    return result | traced_back(lambda: model(entering.clone(), target.clone()).square(), learned)


def shown(case: Case, kind: str) -> str:
    """The lines of a cell that show a failure."""
    silent = ' * (part.split(".")[0] not in silent)' if "silent" in case.inputs else ""
    lines = f"""
ours = TinyTransformer(V, d, h, inner)
numbers = torch.Generator().manual_seed(seed)
for layer in ("embedding", "encoder", "decoder", "output"):
    for part, each in getattr(ours, layer).named_parameters():
        loud = "self_attn" in part or layer == "output"
        size = 0.1 if "bias" in part else 0.5 if "norm" in part else 2.0 if loud else 1.0
        drawn = torch.randint(-100, 101, each.shape, generator=numbers) / 100{silent}
        each.data = size * drawn + ("norm" in part and "weight" in part)
"""
    if "favourite" in case.inputs:
        lines += "ours.output.bias.data[favourite] += 100\n"
    if "before" in case.inputs:
        lines += "ours(before[0], target[:, :1])\nours.write(*before)\n"
    if kind == "property" and "traced" in case.inputs:
        return (
            lines
            + """\
learned = dict(ours.named_parameters())
found = torch.autograd.grad(ours(source, target).square().sum(), list(learned.values()), allow_unused=True)
result = [name for name, each in zip(learned, found) if each is None]  # no gradient comes back to these
"""
        )
    both = "ours(source, target).detach()"
    both += ", ours.write(source, start, length)" if "start" in case.inputs else ""
    if kind == "raised":
        return lines + SHOW_LAYERS + f"result = layers, {both}\n"
    return lines + f"result = {both}\n"

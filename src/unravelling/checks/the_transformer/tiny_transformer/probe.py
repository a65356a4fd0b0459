"""How a whole model is tried: with drawn numbers, on two texts, and letting it write."""

from __future__ import annotations

from ...declare import Case


def probe(
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
    import torch
    from torch import nn

    from unravelling.checks.instruments.modules import draw_layers, fill_model, traced_back

    model = solution(V, d, h, inner)
    assert isinstance(model, nn.Module), "TinyTransformer is not an nn.Module: write class TinyTransformer(nn.Module)."
    fill_model(model, draw_layers(V, d, h, inner, seed, silent))
    if favourite is not None:
        model.output.bias.data[favourite] += 100

    entering, later, elsewhere = source.clone(), target.clone(), source.clone()
    later[:, -1] = (later[:, -1] + 1) % V
    elsewhere[:, -1] = (elsewhere[:, -1] + 1) % V
    if before is not None:
        model(before[0], target[:, :1])
        model.write(*before)
    result = {"logits": model(source, target)}
    if start is None and source.shape[1] < 100:  # of a thousand tokens, one changes too little to be seen
        result["later"] = model(entering.clone(), later)
        result["elsewhere"] = model(elsewhere, target.clone())
    if start is not None:
        written = likeliest = model.write(source, start, length)
        shape = (len(source), length)
        if isinstance(written, torch.Tensor) and written.shape == shape and not written.is_floating_point():
            so_far = torch.cat([torch.full((len(source), 1), start), written.clamp(0, V - 1)], dim=1)
            likeliest = model(entering.clone(), so_far)[:, :-1].argmax(-1)
        result |= {"writing": written, "likeliest": likeliest}
    return result | traced_back(model, entering, target) if traced else result


def show(case: Case, kind: str) -> str:
    """The lines of a cell that show a failure."""
    traced = kind == "property" and "traced" in case.inputs
    listed = "\nprint(ours)" if kind == "raised" else ""
    silent = ", silent" if "silent" in case.inputs else ""
    lines = f"""
from unravelling.checks.instruments.modules import draw_layers, fill_model{", traced_back" if traced else ""}
ours = TinyTransformer(V, d, h, inner){listed}
fill_model(ours, draw_layers(V, d, h, inner, seed{silent}))  # numbers for its layers
"""
    if "favourite" in case.inputs:
        lines += "ours.output.bias.data[favourite] += 100\n"
    if "before" in case.inputs:
        lines += "ours(before[0], target[:, :1])\nours.write(*before)\n"
    if traced:
        return lines + "result = traced_back(ours, source, target)\n"
    writing = ", ours.write(source, start, length)" if "start" in case.inputs else ""
    return lines + f"result = ours(source, target).detach(){writing}\n"

"""How a GPT is tried: new, as it is made, and with numbers in the layout of a published one."""

from __future__ import annotations

from ....checks.declare import Case


def probe(solution, V, context, d, h, layers, ids, seed, new=False, traced=False):
    import math

    import torch
    from torch import nn

    from unravelling.checks.instruments.gpt import fill_gpt, gpt2_numbers
    from unravelling.checks.instruments.modules import traced_back

    torch.default_generator.manual_seed(seed)  # so that a new model is the same each time
    model = solution(V, context, d, h, layers)
    assert isinstance(model, nn.Module), "TinyGPT is not an nn.Module: write class TinyGPT(nn.Module)."
    plain = type(getattr(model, "blocks", None))
    assert not layers or plain not in (list, tuple), (
        f"Your blocks are in a plain {plain.__name__}, and PyTorch does not see their parameters: none would "
        "be trained. nn.ModuleList makes them known."
    )
    if new:
        logits = model(ids)
        assert isinstance(logits, torch.Tensor), f"forward returned a value of type {type(logits).__name__}."
        assert logits.shape == (*ids.shape, V), f"The logits have shape {tuple(logits.shape)}, not (B, T, V)."
        anything = torch.randint(V, ids.shape, generator=torch.Generator().manual_seed(seed))
        loss = float(nn.functional.cross_entropy(logits.detach().flatten(0, 1), anything.flatten()))
        near = abs(loss - math.log(V)) < 0.1
        return {"new_loss": "" if near else f"{loss:.2f}", "parameters": sum(p.numel() for p in model.parameters())}
    fill_gpt(model, gpt2_numbers(V, context, d, layers, seed))
    tables = getattr(model, "output", None), getattr(model, "tokens", None)
    weights = [getattr(each, "weight", None) for each in tables]
    text = "There is no layer output: make it with nn.Linear(d, V, bias=False), and give it the weight of tokens."
    assert isinstance(weights[0], torch.Tensor), text
    assert getattr(tables[0], "bias", None) is None, "output has a bias: nn.Linear(d, V, bias=False) makes none."
    shape = tuple(weights[0].shape)
    assert shape == (V, d), f"output.weight has shape {shape}, not ({V}, {d}): it is nn.Linear(d, V, bias=False)."
    if weights[0] is not weights[1]:  # whether they are one is looked at by itself
        with torch.no_grad():
            weights[0].copy_(weights[1])
    later = ids.clone()
    later[:, -1] = (later[:, -1] + 1) % V
    result = {"logits": model(ids.clone()), "tied": weights[0] is weights[1]}
    result["parameters"] = sum(each.numel() for each in model.parameters())
    if ids.shape[1] > 1:
        result["later"] = model(later)
    return result | traced_back(model, ids) if traced else result


def show(case: Case, kind: str) -> str:
    """The lines of a cell that show a failure."""
    if "new" in case.inputs:
        return """
torch.manual_seed(seed)
ours = TinyGPT(V, context, d, h, layers)
logits = ours(ids).detach()
anything = torch.randint(V, ids.shape, generator=torch.Generator().manual_seed(seed))
loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), anything.flatten())
result = loss, torch.tensor(V).log(), sum(each.numel() for each in ours.parameters())
"""
    traced = kind == "property" and "traced" in case.inputs
    lines = f"""
from unravelling.checks.instruments.gpt import fill_gpt, gpt2_numbers
{"from unravelling.checks.instruments.modules import traced_back" if traced else ""}
ours = TinyGPT(V, context, d, h, layers){chr(10) + "print(ours)" if kind == "raised" else ""}
fill_gpt(ours, gpt2_numbers(V, context, d, layers, seed))  # numbers by the names of GPT2LMHeadModel
"""
    if traced:
        return lines + "result = traced_back(ours, ids)\n"
    return lines + (
        "result = ours(ids).detach(), ours.output.weight is ours.tokens.weight, "
        "sum(each.numel() for each in ours.parameters())\n"
    )

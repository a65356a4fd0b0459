"""How a LlamaBlock is tried: as the blocks of a whole model, whose numbers have the layout of LlamaForCausalLM."""

from __future__ import annotations

from ...declare import Case


def probe(solution, V, d, h, kv_heads, inner, layers, ids, seed, base=None, eps=None, traced=False):
    import torch
    from torch import nn

    from unravelling.checks.instruments.gpt import fill_llama_block, llama_numbers
    from unravelling.checks.instruments.modules import traced_back

    torch.default_generator.manual_seed(seed)
    given = {name: each for name, each in (("base", base), ("eps", eps)) if each is not None}
    blocks = [solution(d, h, kv_heads, inner, **given) for _ in range(layers)]
    kind = "LlamaBlock is not an nn.Module: write class LlamaBlock(nn.Module)."
    assert all(isinstance(each, nn.Module) for each in blocks), kind
    numbers = llama_numbers(V, d, h, kv_heads, inner, layers, seed)
    table, scale = numbers["model.embed_tokens.weight"], numbers["model.norm.weight"]

    def scores(x):
        for block in blocks:
            x = block(x.clone())
            what = "nothing (None)" if x is None else f"a value of type {type(x).__name__}"
            assert isinstance(x, torch.Tensor), f"forward returned {what}, not a tensor."
            shape = tuple(x.shape)
            assert shape == (*ids.shape, d), f"forward returned shape {shape}, not (B, T, d) = {(*ids.shape, d)}."
        return nn.functional.rms_norm(x, (d,), scale, given.get("eps", 1e-5)) @ table.T

    for n, block in enumerate(blocks):
        fill_llama_block(block, numbers, n)
    x = table[ids]
    found = {"logits": scores(x)}
    if ids.shape[1] > 1:
        later = x.clone()
        later[:, -1] += 0.5
        found["later"] = scores(later)
    return found | traced_back(blocks[0], x=x) if traced else found


def show(case: Case, kind: str) -> str:
    """The lines of a cell that show a failure."""
    traced = kind == "property" and "traced" in case.inputs
    given = [name for name in ("base", "eps") if name in case.inputs]
    more = "".join(f", {name}={name}" for name in given)
    listed = "\nprint(blocks)" if kind == "raised" else ""
    lines = f"""
from unravelling.checks.instruments.gpt import fill_llama_block, llama_numbers
{"from unravelling.checks.instruments.modules import traced_back" if traced else ""}
numbers = llama_numbers(V, d, h, kv_heads, inner, layers, seed)  # by the names of LlamaForCausalLM
blocks = [LlamaBlock(d, h, kv_heads, inner{more}) for _ in range(layers)]{listed}
for n, block in enumerate(blocks):
    fill_llama_block(block, numbers, n)
x = numbers["model.embed_tokens.weight"][ids]
"""
    if traced:
        return lines + "result = traced_back(blocks[0], x=x)\n"
    eps = "eps" if "eps" in given else "1e-5"
    return lines + (
        "for block in blocks:\n"
        "    x = block(x)\n"
        f'x = torch.nn.functional.rms_norm(x, (d,), numbers["model.norm.weight"], {eps})\n'
        'result = (x @ numbers["model.embed_tokens.weight"].T).detach()  # (B, T, V)\n'
    )

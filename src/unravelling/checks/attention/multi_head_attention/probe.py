"""How a layer of heads is tried: with the weights of torch's own, on a text, on the same text in reverse, and on one
token of it afterwards."""

from __future__ import annotations

from ...declare import Case


def probe(solution, d, h, in_weight, in_bias, out_weight, out_bias, x, **mask):
    """Give a layer weights; what it gives, and where no gradient comes back to."""
    import torch

    from unravelling.checks.instruments.modules import fill_heads, traced_back

    module = solution(d, h)
    assert isinstance(module, torch.nn.Module), (
        "MultiHeadAttention is not an nn.Module: write class MultiHeadAttention(nn.Module)."
    )
    assert d % h == 0, f"MultiHeadAttention({d}, {h}) is made without a word; it should raise ValueError."
    fill_heads(module.to(x.dtype), in_weight, in_bias, out_weight, out_bias)
    before = x.clone()
    output = module(x, *mask.values())  # as it comes, in training mode: there is nothing to be drawn
    unreached = ""
    if torch.equal(x, before):  # where x was changed, that alone is told
        found = traced_back(module, x, *mask.values())
        assert not found["overwritten"], (
            "No gradient can be traced back from the output: a value that torch needs for it was overwritten, by "
            "an assignment such as w[...] = or w *= ..., or by an operation that ends in an underscore."
        )
        unreached = found["unreached"]
    turned, later = module(before.flip(1)), module(before[:1, -1:].clone())
    with torch.no_grad():
        for each in (*module.q_proj.parameters(), *module.k_proj.parameters()):
            each.zero_()
    return {
        "parameters": sum(each.numel() for each in module.parameters()),
        "output": output,
        "reversed": turned,
        "later": later,
        "alike": module(before.clone(), *mask.values()),
        "unreached": unreached,
    }


def show(case: Case) -> str:
    """The lines of a cell that show a failure."""
    if case["d"] % case["h"]:
        return "result = MultiHeadAttention(d, h)"
    mask = ", mask" if "mask" in case.inputs else ""
    hidden = ", attn_mask=~mask" if mask else ""
    if mask and case["mask"].dim() > 2:
        hidden = ", attn_mask=~mask.expand(len(x), h, x.shape[1], x.shape[1]).flatten(0, 1)"
    return f"""
from unravelling.checks.instruments.modules import fill_heads, traced_back
ours = fill_heads(MultiHeadAttention(d, h).to(x.dtype), in_weight, in_bias, out_weight, out_bias)
theirs = torch.nn.MultiheadAttention(d, h, batch_first=True).to(x.dtype)
theirs.in_proj_weight.data, theirs.in_proj_bias.data = in_weight, in_bias
theirs.out_proj.weight.data, theirs.out_proj.bias.data = out_weight, out_bias
one = x[:1, -1:]
result = {{
    "parameters": sum(p.numel() for p in ours.parameters()),
    "asked for": sum(p.numel() for p in theirs.parameters()),
    "output": ours(x{mask}).detach(),
    "torch's output": theirs(x, x, x{hidden})[0].detach(),
    "the last token alone, afterwards": ours(one).detach(),
    "torch's output for it": theirs(one, one, one)[0].detach(),
    **traced_back(ours, x{mask}),
}}
"""

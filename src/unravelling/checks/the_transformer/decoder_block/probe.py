"""How a decoder block is tried: it gets the numbers of torch's own, so that both must give the same."""

from __future__ import annotations

from ...declare import Case


def probe(solution, d, h, inner, seed, x, memory, mask=None, silent=(), before=None, traced=False):
    """Give a block drawn numbers, and what torch's is given."""
    import torch
    from torch import nn

    from unravelling.checks.instruments.modules import draw_numbers, fill_block, traced_back

    block = solution(d, h, inner)
    assert isinstance(block, nn.Module), "DecoderBlock is not an nn.Module: write class DecoderBlock(nn.Module)."
    theirs = nn.TransformerDecoderLayer(d, h, inner, batch_first=True)
    fill_block(block, draw_numbers(theirs, seed, silent, steps=50))

    def masks():  # a fresh one for every call: the block may write into it
        return () if entering[2] is None else (entering[2].clone(),)

    entering = x.clone(), memory.clone(), None if mask is None else mask.clone()
    change = torch.arange(d) - 0.5  # not the same for all numbers, which a norm would take away again
    later, elsewhere = x.clone(), memory.clone()
    later[:, -1] += change
    elsewhere[:, -1] += change
    if before is not None:
        block(*before)
    result = {
        "output": block(x, memory) if mask is None else block(x, memory, mask),
        "later": block(later, entering[1].clone(), *masks()),
        "elsewhere": block(entering[0].clone(), elsewhere, *masks()),
    }
    if not traced:
        return result
    if not (torch.equal(x, entering[0]) and torch.equal(memory, entering[1])):  # nothing can be traced through them
        return result | {"unreached": "", "overwritten": ""}
    return result | traced_back(block, x=x, memory=memory)


def show(case: Case, kind: str) -> str:
    """The lines of a cell that show a failure."""
    traced = kind == "property" and "traced" in case.inputs
    listed = "\nprint(ours)" if kind == "raised" else ""
    silent = "silent, " if "silent" in case.inputs else ""
    mask = ", mask" if "mask" in case.inputs else ""
    theirs = ", memory_key_padding_mask=~mask" if mask else ""
    lines = f"""
from unravelling.checks.instruments.modules import draw_numbers, fill_block{", traced_back" if traced else ""}
ours = DecoderBlock(d, h, inner){listed}
theirs = torch.nn.TransformerDecoderLayer(d, h, inner, dropout=0.0, batch_first=True)
fill_block(ours, draw_numbers(theirs, seed, {silent}steps=50))  # now both hold the same numbers
"""
    if "before" in case.inputs:
        lines += "ours(*before)\n"
    if traced:
        return lines + "result = traced_back(ours, x=x, memory=memory)\n"
    return (
        lines
        + f"""future = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
right = theirs(x.clone(), memory.clone(), tgt_mask=future{theirs}).detach()
result = ours(x, memory{mask}).detach(), right  # these two should be equal
"""
    )

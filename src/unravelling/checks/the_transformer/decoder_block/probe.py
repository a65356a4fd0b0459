"""How a decoder block is tried: it gets the numbers of torch's own, so that both must give the same."""

from __future__ import annotations

from ...declare import Case
from ..layer_reports import SHOW_LAYERS, show_gradients


def tried(solution, d, h, inner, seed, x, memory, mask=None, silent=(), before=None, traced=False):
    """Give a block drawn numbers, and what torch's is given."""
    import torch
    from torch import nn

    from unravelling.checks.instruments.modules import count_numbers, give_numbers, traced_back

    block = solution(d, h, inner)
    assert isinstance(block, nn.Module), "DecoderBlock is not an nn.Module: write class DecoderBlock(nn.Module)."
    assert not any(isinstance(each, (nn.TransformerDecoderLayer, nn.TransformerDecoder)) for each in block.modules()), (
        "Your block is torch's own TransformerDecoderLayer: put yours together from its seven layers."
    )
    made = dict.fromkeys(("self_attn", "multihead_attn"), "nn.MultiheadAttention(d, h, batch_first=True)")
    made |= {"linear1": "nn.Linear(d, inner)", "linear2": "nn.Linear(inner, d)"}
    made |= dict.fromkeys(("norm1", "norm2", "norm3"), "nn.LayerNorm(d)")
    theirs = nn.TransformerDecoderLayer(d, h, inner, batch_first=True)
    give_numbers(block, theirs, made, seed, silent, steps=50)
    count_numbers(block, theirs)

    def masks():  # a fresh one for every call: the block may write into it
        return () if entering[2] is None else (entering[2].clone(),)

    entering = x.clone(), memory.clone(), None if mask is None else mask.clone()
    change = torch.arange(d) - 0.5  # not the same for all numbers, which a norm would take away again
    later, elsewhere = x.clone(), memory.clone()
    later[:, -1] += change
    elsewhere[:, -1] += change
    if before is not None:
        block(*before)
    output = block(x, memory) if mask is None else block(x, memory, mask)
    result = {
        "output": output,
        "later": block(later, entering[1].clone(), *masks()),
        "elsewhere": block(entering[0].clone(), elsewhere, *masks()),
    }
    if not traced:
        return result
    result |= {"unreached": "", "overwritten": False}
    if torch.equal(x, entering[0]) and torch.equal(memory, entering[1]):  # else nothing can be traced through them
        inputs = {"x": x.clone().requires_grad_(), "memory": memory.clone().requires_grad_()}
        learned = inputs | dict(block.named_parameters())
        result |= traced_back(lambda: block(inputs["x"] * 1, inputs["memory"] * 1), learned)
    return result


def shown(case: Case, kind: str) -> str:
    """The lines of a cell that show a failure."""
    mask = ", mask" if "mask" in case.inputs else ""
    theirs = ", memory_key_padding_mask=~mask" if mask else ""
    silent = ' * (name.split(".")[0] not in silent)' if "silent" in case.inputs else ""
    lines = f"""
ours = DecoderBlock(d, h, inner)
theirs = torch.nn.TransformerDecoderLayer(d, h, inner, dropout=0.0, batch_first=True)
numbers = torch.Generator().manual_seed(seed)
for name, each in theirs.named_parameters():
    each.data = torch.randint(-50, 51, each.shape, generator=numbers) / 50{silent}
ours.load_state_dict(theirs.state_dict())
"""
    if "before" in case.inputs:
        lines += "ours(*before)\n"
    if kind == "property" and "traced" in case.inputs:
        return lines + show_gradients("x", "memory")
    if kind == "raised":
        return lines + SHOW_LAYERS + f"result = layers, ours(x, memory{mask}).detach()\n"
    return (
        lines
        + f"""future = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
right = theirs(x.clone(), memory.clone(), tgt_mask=future{theirs}).detach()
result = ours(x, memory{mask}).detach(), right  # these two should be equal
"""
    )

"""What probes of GPTs do with a learner's module, and the cells to paste after them: numbers in the layout of the
published models, and a learner's module filled with them. Like `modules`, it knows no reference, and a sandbox may read
it. What is made otherwise than a docstring asks for is told with an AssertionError, whose sentence is for the learner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .optional_torch import Tensor, torch

# How the layers of TinyGPT are called in transformers' GPT2LMHeadModel, and how each is made.
_GPT2_BLOCK = {
    "norm1": ("ln_1", "nn.LayerNorm(d)"),
    "qkv": ("attn.c_attn", "nn.Linear(d, 3 * d)"),
    "out": ("attn.c_proj", "nn.Linear(d, d)"),
    "norm2": ("ln_2", "nn.LayerNorm(d)"),
    "up": ("mlp.c_fc", "nn.Linear(d, 4 * d)"),
    "down": ("mlp.c_proj", "nn.Linear(4 * d, d)"),
}
_GPT2 = {
    "tokens": ("wte", "nn.Embedding(V, d)"),
    "positions": ("wpe", "nn.Embedding(context, d)"),
    "norm": ("ln_f", "nn.LayerNorm(d)"),
}


def gpt2_numbers(V: int, context: int, d: int, layers: int, seed: int) -> dict[str, Tensor]:
    """Drawn numbers for a GPT-2, by the names that GPT2LMHeadModel.state_dict() has for them (without its lm_head,
    which is wte once more). Its layers keep their weights as (in, out): transposed to those of nn.Linear."""
    shapes: dict[str, tuple[int, ...]] = {"wte.weight": (V, d), "wpe.weight": (context, d)}
    for i in range(layers):
        for name, inner, outer in (("attn.c_attn", d, 3 * d), ("attn.c_proj", d, d), ("mlp.c_fc", d, 4 * d),
                                   ("mlp.c_proj", 4 * d, d)):  # fmt: skip
            shapes |= {f"h.{i}.{name}.weight": (inner, outer), f"h.{i}.{name}.bias": (outer,)}
        for name in ("ln_1", "ln_2"):
            shapes |= {f"h.{i}.{name}.weight": (d,), f"h.{i}.{name}.bias": (d,)}
    shapes |= {"ln_f.weight": (d,), "ln_f.bias": (d,)}
    return _drawn({f"transformer.{name}": shape for name, shape in shapes.items()}, seed)


def fill_gpt(ours: Any, numbers: Mapping[str, Tensor]) -> Any:
    """Give a learner's TinyGPT the numbers of a GPT2LMHeadModel, its state_dict, and return it."""
    blocks = sorted({int(name.split(".")[2]) for name in numbers if name.startswith("transformer.h.")})
    assert hasattr(ours, "blocks"), (
        "There is no blocks: self.blocks = nn.ModuleList(...), with one entry for each layer."
    )
    made = len(ours.blocks)
    assert made == len(blocks), f"Your blocks are {made}; {len(blocks)} layers were asked for."
    for name, (theirs, how) in _GPT2.items():
        _copy(ours, name, name, how, f"transformer.{theirs}", numbers)
    for i in blocks:
        for name, (theirs, how) in _GPT2_BLOCK.items():
            _copy(ours.blocks[i], name, f"blocks[{i}].{name}", how, f"transformer.h.{i}.{theirs}", numbers)
    assert not drops(ours), "There is dropout in your model: the same tokens should always give the same scores."
    return ours


# How the layers of LlamaBlock are called in a layer of transformers' LlamaForCausalLM, and how each is made.
_LLAMA_BLOCK = {
    "input_layernorm": ("input_layernorm", "nn.RMSNorm(d, eps)"),
    "q_proj": ("self_attn.q_proj", "nn.Linear(d, d, bias=False)"),
    "k_proj": ("self_attn.k_proj", "nn.Linear(d, kv_heads * d // h, bias=False)"),
    "v_proj": ("self_attn.v_proj", "nn.Linear(d, kv_heads * d // h, bias=False)"),
    "o_proj": ("self_attn.o_proj", "nn.Linear(d, d, bias=False)"),
    "post_attention_layernorm": ("post_attention_layernorm", "nn.RMSNorm(d, eps)"),
    "gate_proj": ("mlp.gate_proj", "nn.Linear(d, inner, bias=False)"),
    "up_proj": ("mlp.up_proj", "nn.Linear(d, inner, bias=False)"),
    "down_proj": ("mlp.down_proj", "nn.Linear(inner, d, bias=False)"),
}


def llama_numbers(
    V: int, d: int, h: int, kv_heads: int, inner: int, layers: int, seed: int, loud: float = 2.0
) -> dict[str, Tensor]:
    """Drawn numbers for a Llama with tied tables, by the names that LlamaForCausalLM.state_dict() has for them (without
    its lm_head, which is embed_tokens once more)."""
    kv = kv_heads * d // h
    shapes: dict[str, tuple[int, ...]] = {"embed_tokens.weight": (V, d)}
    for i in range(layers):
        for name, outer, into in (("self_attn.q_proj", d, d), ("self_attn.k_proj", kv, d), ("self_attn.v_proj", kv, d),
                                  ("self_attn.o_proj", d, d), ("mlp.gate_proj", inner, d), ("mlp.up_proj", inner, d),
                                  ("mlp.down_proj", d, inner)):  # fmt: skip
            shapes[f"layers.{i}.{name}.weight"] = (outer, into)
        for name in ("input_layernorm", "post_attention_layernorm"):
            shapes[f"layers.{i}.{name}.weight"] = (d,)
    shapes["norm.weight"] = (d,)
    return _drawn({f"model.{name}": shape for name, shape in shapes.items()}, seed, loud)


def fill_llama_block(ours: Any, numbers: Mapping[str, Tensor], layer: int = 0) -> Any:
    """Give a learner's LlamaBlock the numbers of one layer of a LlamaForCausalLM, its state_dict, and return it."""
    for name, (theirs, how) in _LLAMA_BLOCK.items():
        _copy(ours, name, name, how, f"model.layers.{layer}.{theirs}", numbers)
    more = [name for name, _ in ours.named_parameters() if name.split(".")[0] not in _LLAMA_BLOCK]
    assert not more, f"Your block learns {more[0]}, which is in none of its nine layers."
    assert not drops(ours), "There is dropout in your block: the same x should always give the same."
    return ours


def drops(module: Any) -> bool:
    """Whether some layer sets numbers to 0 at random."""
    rates = [each.p for each in module.modules() if isinstance(each, torch.nn.Dropout)]
    return any(rates + [each.dropout for each in module.modules() if isinstance(each, torch.nn.MultiheadAttention)])


def _drawn(shapes: Mapping[str, tuple[int, ...]], seed: int, loud: float = 2.0) -> dict[str, Tensor]:
    """Numbers of few digits for each name: norms near 1, queries and keys loud enough that attention chooses."""
    generator = torch.Generator().manual_seed(seed)
    found = {}
    for name, shape in shapes.items():
        drawn = torch.randint(-100, 101, shape, generator=generator) / 100
        is_norm = ("ln_" in name or "norm" in name) and name.endswith("weight")
        asks = any(each in name for each in ("c_attn", "q_proj", "k_proj"))
        size = 0.5 if is_norm else 0.2 if name.endswith("bias") else loud if asks else 1.0
        fan = 1.0 if is_norm or name.endswith("bias") or "wte" in name or "wpe" in name or "embed" in name else (
            3 / max(shape)) ** 0.5  # fmt: skip
        found[name] = size * fan * drawn + float(is_norm)
    return found


def _copy(ours: Any, name: str, called: str, how: str, theirs: str, numbers: Mapping[str, Tensor]) -> None:
    """Copy the weight, and the bias where there is one, of one layer of theirs into one of a learner's."""
    layer = _layer(ours, name)
    assert layer is not None, f"There is no layer {called}: make it with {how}."
    for part in ("weight", "bias"):
        want = numbers.get(f"{theirs}.{part}")
        mine = getattr(layer, part, None)
        if want is None:
            assert mine is None, f"The layer {called} has a {part}, and there it has none: make it with {how}."
            continue
        like = (
            want.T
            if isinstance(layer, torch.nn.Linear) and theirs.startswith("transformer.") and want.dim() > 1
            else want
        )
        assert isinstance(mine, Tensor), f"The layer {called} has no {part}: make it with {how}."
        shape = tuple(mine.shape)
        assert shape == tuple(like.shape), f"{called}.{part} has shape {shape}, not {tuple(like.shape)}: it is {how}."
        with torch.no_grad():
            mine.copy_(like)


def _layer(ours: Any, name: str) -> Any:
    """The layer of that name, of a module or of an nn.ModuleDict."""
    return dict(ours.items()).get(name) if isinstance(ours, torch.nn.ModuleDict) else getattr(ours, name, None)

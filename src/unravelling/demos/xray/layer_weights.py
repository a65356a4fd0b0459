"""The parts of a pretrained decoder by the names that the stops use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

SUPPORTED = ("llama", "mistral")
_TURNS = ("default", "linear", "llama3")


class Parts:
    """The weights and numbers of a decoder, none of them copied.

    common: w_embedding (V, d), w_logits (V, d), final_gain (d,), eps, heads, key_heads, frequencies (width / 2,),
    decoder. of(layer): these and attention_gain, w_q, w_k, w_v, w_o, feed_gain, w_gate, w_up, w_down, layer.

    Raises ValueError, one sentence, for a model that is not built like this.
    """

    def __init__(self, decoder: Pretrained) -> None:
        _demand_llama(decoder)
        self.decoder, self.name = decoder, decoder.name
        model = decoder.model
        config, base = model.config, model.model
        self.layers: int = config.num_hidden_layers
        self.heads: int = config.num_attention_heads
        self.key_heads: int = config.num_key_value_heads
        self.width: int = base.layers[0].self_attn.head_dim
        self.vocabulary: int = model.lm_head.weight.shape[0]
        self.common: dict[str, Any] = {
            "decoder": decoder,
            "w_embedding": base.embed_tokens.weight.detach(),
            "w_logits": model.lm_head.weight.detach(),
            "final_gain": base.norm.weight.detach(),
            "eps": config.rms_norm_eps,
            "heads": self.heads,
            "key_heads": self.key_heads,
            "frequencies": base.rotary_emb.inv_freq.float(),
        }

    def of(self, layer: int) -> dict[str, Any]:
        """Everything a stop of this layer may ask for."""
        block = self.decoder.model.model.layers[layer]
        modules = {
            "attention_gain": block.input_layernorm,
            "w_q": block.self_attn.q_proj,
            "w_k": block.self_attn.k_proj,
            "w_v": block.self_attn.v_proj,
            "w_o": block.self_attn.o_proj,
            "feed_gain": block.post_attention_layernorm,
            "w_gate": block.mlp.gate_proj,
            "w_up": block.mlp.up_proj,
            "w_down": block.mlp.down_proj,
        }
        weights: dict[str, Tensor] = {name: module.weight.detach() for name, module in modules.items()}
        return {**self.common, **weights, "layer": layer}


def _demand_llama(decoder: Any) -> None:
    """Raise ValueError unless the stops describe this model."""
    if not all(hasattr(decoder, part) for part in ("model", "tokenizer", "kind", "ids")):
        raise ValueError(
            'XRay takes a pretrained decoder and a sentence: XRay(models.load("decoder"), "The piano ..."), '
            f"not a {type(decoder).__name__} first."
        )
    config = decoder.model.config
    kind = str(getattr(config, "model_type", "unknown"))
    if decoder.kind != "decoder" or kind not in SUPPORTED:
        raise ValueError(
            f"The X-ray knows decoders built like Llama ({', '.join(SUPPORTED)}), such as the course's own, and "
            f"{decoder.name!r} is of the kind {kind!r}: choose one of those."
        )
    rotary = decoder.model.model.rotary_emb
    strange = [
        word
        for word, there in (
            ("biases", getattr(config, "attention_bias", False) or getattr(config, "mlp_bias", False)),
            (f"the activation {config.hidden_act}", config.hidden_act not in ("silu", "swish")),
            ("its own way of turning positions", getattr(rotary, "rope_type", "default") not in _TURNS),
            ("numbers of 16 bits: load it with dtype=torch.float32", decoder.model.dtype != torch.float32),
        )
        if there
    ]
    if strange:
        raise ValueError(f"The X-ray follows Llama as it was published, and {decoder.name!r} has {strange[0]}.")

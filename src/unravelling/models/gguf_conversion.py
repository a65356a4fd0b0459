"""The decoder's GGUF file becomes an ordinary folder of the transformers library, once.

Four-bit integers are widened to bfloat16: the result is the *dequantised* model, which computes with the rounded
weights; the original weights cannot be got back from it.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from unravelling.models.errors import ModelError

# GGUF tensor name, after "blk.N." where there is one -> name in transformers' LlamaForCausalLM
_LAYER = {
    "attn_norm.weight": "input_layernorm.weight",
    "attn_q.weight": "self_attn.q_proj.weight",
    "attn_k.weight": "self_attn.k_proj.weight",
    "attn_v.weight": "self_attn.v_proj.weight",
    "attn_output.weight": "self_attn.o_proj.weight",
    "ffn_norm.weight": "post_attention_layernorm.weight",
    "ffn_gate.weight": "mlp.gate_proj.weight",
    "ffn_up.weight": "mlp.up_proj.weight",
    "ffn_down.weight": "mlp.down_proj.weight",
}
_OUTSIDE = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}


def decoder_folder(members: Path, finished: Path) -> None:
    """Read the one .gguf file in `members`; write config.json, tokenizer files and model.safetensors (bfloat16)."""
    try:
        import gguf
    except ImportError as error:
        raise ModelError(
            'Converting the decoder needs the package gguf: run "pip install gguf" and try again.'
        ) from error
    (path,) = members.glob("*.gguf")
    reader = gguf.GGUFReader(path)

    def fact(key: str):
        return reader.fields[key].contents()

    _write_config(fact, finished)
    _write_tokenizer(fact, finished)
    _write_weights(reader, fact("llama.attention.head_count"), fact("llama.attention.head_count_kv"), finished)


def copy_folder(members: Path, finished: Path) -> None:
    """Keep the members as they are (the encoder's files need no conversion)."""
    for path in members.iterdir():
        shutil.move(path, finished / path.name)


def hf_name(gguf_name: str) -> str:
    """The name that transformers gives to a tensor of the GGUF file, e.g. "blk.0.attn_q.weight"."""
    if gguf_name in _OUTSIDE:
        return _OUTSIDE[gguf_name]
    _, number, rest = gguf_name.split(".", 2)
    return f"model.layers.{number}.{_LAYER[rest]}"


def unpermuted(weight, heads: int):
    """Undo the row order of query and key weights, (out, in) -> (out, in).

    llama.cpp interleaves the two halves of each head for its rotary embedding; transformers keeps them one after the
    other. In a head of size s, row 2i of the file is row i here, and row 2i + 1 is row s/2 + i.
    """
    out, inn = weight.shape
    return weight.reshape(heads, out // heads // 2, 2, inn).swapaxes(1, 2).reshape(out, inn)


def _write_weights(reader, heads: int, key_value_heads: int, finished: Path) -> None:
    import gguf
    import torch
    from safetensors.torch import save_file

    tensors = {}
    for tensor in reader.tensors:  # one at a time, so that only one is held in float32
        weight = gguf.dequantize(tensor.data, tensor.tensor_type)
        if tensor.name.endswith("attn_q.weight"):
            weight = unpermuted(weight, heads)
        elif tensor.name.endswith("attn_k.weight"):
            weight = unpermuted(weight, key_value_heads)
        tensors[hf_name(tensor.name)] = torch.tensor(weight).to(torch.bfloat16)
    save_file(tensors, finished / "model.safetensors", metadata={"format": "pt"})


def _write_config(fact, finished: Path) -> None:
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": fact("llama.vocab_size"),
        "hidden_size": fact("llama.embedding_length"),
        "intermediate_size": fact("llama.feed_forward_length"),
        "num_hidden_layers": fact("llama.block_count"),
        "num_attention_heads": fact("llama.attention.head_count"),
        "num_key_value_heads": fact("llama.attention.head_count_kv"),
        "max_position_embeddings": fact("llama.context_length"),
        "rope_theta": fact("llama.rope.freq_base"),
        "rms_norm_eps": round(fact("llama.attention.layer_norm_rms_epsilon"), 9),  # 1e-05, stored in float32
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "bos_token_id": fact("tokenizer.ggml.bos_token_id"),
        "eos_token_id": fact("tokenizer.ggml.eos_token_id"),
        "pad_token_id": fact("tokenizer.ggml.padding_token_id"),
        "dtype": "bfloat16",
    }
    (finished / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def _write_tokenizer(fact, finished: Path) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    pieces = fact("tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ")) for merge in fact("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab={piece: i for i, piece in enumerate(pieces)}, merges=merges))
    # "smollm" in llama.cpp's list of pre-tokenisers: digits one by one, then GPT-2's byte level.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control = 3  # llama.cpp's token type for <|endoftext|> and its like
    kinds = fact("tokenizer.ggml.token_type")
    tokenizer.add_special_tokens(
        [
            AddedToken(piece, special=True, normalized=False)
            for piece, kind in zip(pieces, kinds, strict=True)
            if kind == control
        ]
    )
    tokenizer.save(str(finished / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": pieces[fact("tokenizer.ggml.bos_token_id")],
        "eos_token": pieces[fact("tokenizer.ggml.eos_token_id")],
        "pad_token": pieces[fact("tokenizer.ggml.padding_token_id")],
        "unk_token": pieces[fact("tokenizer.ggml.unknown_token_id")],
        "model_max_length": fact("llama.context_length"),
        "clean_up_tokenization_spaces": False,
        "chat_template": fact("tokenizer.chat_template"),
    }
    (finished / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")

"""The course's own masked language model: the packaged encoder, trained further with a head that names hidden words.

    model = models.load("masked_lm")
    facts()["top1"]                    # share of hidden tokens of unseen articles that it names first

scripts/train_masked_lm.py made it. What training changed comes with the course, each weight matrix rounded to 8 bits
with one scale a row; the tables of words and positions are the encoder's own and are read from its folder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("masked_lm")
_WEIGHTS, _FACTS = "weights.safetensors", "facts.json"
_SCALE = ".scale"


def facts(folder: Path = FOLDER) -> dict[str, Any]:
    """How it was trained and what it reached.

    Keys: top1 and top5 (shares of hidden tokens of the held-out encyclopedia articles), masked (how many those were),
    window (tokens read at once there), seed, steps, tokens (read in training, all steps together), minutes, machine,
    text_characters (length of the texts), start (what training began from), parameters.
    """
    return json.loads((folder / _FACTS).read_text(encoding="utf-8"))


def size(folder: Path = FOLDER) -> int:
    """Bytes of the shipped weights."""
    return (folder / _WEIGHTS).stat().st_size


def save(model, known: dict[str, Any], folder: Path = FOLDER) -> None:
    """Write what training changed of a BertForMaskedLM, rounded, and the facts about it."""
    import torch
    from safetensors.torch import save_file

    tensors = {}
    for name, weight in trained(model).items():
        weight = weight.detach().float().contiguous()
        if weight.dim() < 2:
            tensors[name] = weight
            continue
        scale = weight.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127
        tensors[name] = (weight / scale).round().to(torch.int8)
        tensors[name + _SCALE] = scale[:, 0].contiguous()
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / _WEIGHTS)
    (folder / _WEIGHTS).chmod(0o644)  # it comes out readable by its owner alone
    (folder / _FACTS).write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def trained(model) -> dict[str, Any]:
    """The tensors of a BertForMaskedLM that training changes, by name: all but the tables and what is tied to them."""
    return {
        name: weight
        for name, weight in model.named_parameters()
        if not name.startswith(("bert.embeddings.", "cls.predictions.decoder."))
    }


def weights(folder: Path = FOLDER) -> dict[str, Any]:
    """The shipped tensors, widened to float32 again."""
    from safetensors.torch import load_file

    stored = load_file(folder / _WEIGHTS)
    return {
        name: tensor.float() * stored[name + _SCALE][:, None] if name + _SCALE in stored else tensor
        for name, tensor in stored.items()
        if not name.endswith(_SCALE)
    }


def build(encoder: Path, tensors: dict[str, Any], dtype=None):
    """A BertForMaskedLM in evaluation mode: the tables from the encoder's folder, everything else from `tensors`.

    Raises ValueError if a tensor is missing or has no place, so that no weight is left at random unnoticed.
    """
    import torch
    from safetensors.torch import load_file
    from transformers import AutoConfig, BertForMaskedLM

    config = AutoConfig.from_pretrained(encoder, local_files_only=True)
    config._attn_implementation = "eager"  # the other ways do not give attention weights
    model = BertForMaskedLM(config)
    tables = {
        f"bert.{name}": weight
        for name, weight in load_file(encoder / "model.safetensors").items()
        if name.startswith("embeddings.") and weight.is_floating_point()
    }
    lacking = model.load_state_dict({**tables, **tensors}, strict=False)
    tied = {"cls.predictions.decoder.weight", "cls.predictions.decoder.bias"}
    buffers = {name for name, _ in model.named_buffers()}
    wrong = [*lacking.unexpected_keys, *(set(lacking.missing_keys) - tied - buffers)]
    if wrong:
        raise ValueError(f"The weights of the masked model do not fit: {', '.join(sorted(wrong)[:3])}.")
    model.cls.predictions.decoder.bias = model.cls.predictions.bias
    model.tie_weights()
    model.to(dtype or torch.float32)  # type: ignore[arg-type]  # transformers' wrapper hides that it is a method
    return model.eval()

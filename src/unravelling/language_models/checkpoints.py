"""Trained networks that come with the course: what training for half an hour gives, without the wait.

    lstm = checkpoints.load("LSTM")
    checkpoints.facts("LSTM")["minutes"]
    checkpoints.ladder()                     # sizes from 0.1 to 5 million parameters: curves, and what they reached

scripts/train_checkpoints.py and scripts/train_ladder.py made them and make them again. Weights are kept with 16 bits
each, those of the largest with 8 and a scale for each row, and computed with 32.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from unravelling.language_models.networks import CharacterNetwork

FOLDER = Path(__file__).with_name("checkpoints")
NAMES = ("LSTM", "GPT", "GPT-5M")  # those with weights
LADDER = ("LSTM-0.1M", "GPT-0.1M", "LSTM-0.8M", "GPT-0.8M", "LSTM-5M", "GPT-5M")
_SMALL = 2_000_000  # parameters up to which 16 bits each keep a file under 5 MB
_SCALE = ".scale_of_rows"


def load(name: str, folder: Path = FOLDER) -> CharacterNetwork:
    """A trained network, in eval mode: one of NAMES. Raises ValueError for any other name."""
    from safetensors.torch import load_file

    from unravelling.language_models.networks import CharacterGPT, CharacterLSTM

    if name not in NAMES:
        raise ValueError(f"There is no checkpoint {name!r}: choose one of {', '.join(NAMES)}.")
    known = facts(name, folder)
    model = {"LSTM": CharacterLSTM, "GPT": CharacterGPT}[known["kind"]](known["alphabet"], **known["settings"])
    model.load_state_dict(_unpacked(load_file(folder / f"{name.lower()}.safetensors")))
    return model.eval()


def facts(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """How a checkpoint, or a rung of the ladder, was trained and what it reached.

    Keys: kind, alphabet, settings, parameters, seed, steps, minutes (of training), threads, machine,
    text_characters (how long the text was), trained_characters (how many all steps read together), bits_held_out and
    bits_own (bits per character of the scoreboard's two texts), bits_aside (of a part of the training text that it did
    not learn from, by which everything was chosen); on the ladder also flops (6 N D) and curve, a list of points with
    characters, bits_trained (a running mean) and bits_aside (of the first 20,000 characters of that part).
    Raises ValueError for a name that there is not.
    """
    known = list(dict.fromkeys(NAMES + LADDER))
    if name not in known:
        raise ValueError(f"There is no checkpoint {name!r}: choose one of {', '.join(known)}.")
    return json.loads((folder / f"{name.lower()}.json").read_text(encoding="utf-8"))


def ladder(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """The facts of each rung by its name, small to large, the LSTM before the GPT that had as much work."""
    return {name: facts(name, folder) for name in LADDER}


def save(
    model: CharacterNetwork, known: dict[str, Any], folder: Path, name: str | None = None, weights: bool = True
) -> None:
    """Write a trained network's weights and facts into a folder, where `load` finds them.

    name: its kind if none is given. weights: whether to keep them too, or the facts alone.
    """
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    name = (name or model.kind).lower()
    if weights:
        file = folder / f"{name}.safetensors"
        save_file(_packed(model), file)
        file.chmod(0o644)  # it comes out readable by its owner alone
    whole = {
        "kind": model.kind,
        "alphabet": "".join(model.alphabet),
        "settings": model.settings,
        "parameters": model.parameter_count,
        **known,
    }
    (folder / f"{name}.json").write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _packed(model: CharacterNetwork) -> dict[str, Tensor]:
    """The weights as they are kept. A matrix of a large network: whole numbers from -127 to 127 and a scale a row."""
    import torch

    kept: dict[str, Tensor] = {}
    for key, each in model.state_dict().items():
        if each.dim() < 2 or model.parameter_count <= _SMALL:
            kept[key] = each.detach().cpu().to(torch.float16).contiguous()
            continue
        matrix = each.detach().cpu()
        scale = (matrix.abs().amax(1, keepdim=True) / 127).clamp_min(1e-12)
        kept[key], kept[key + _SCALE] = (matrix / scale).round().to(torch.int8), scale
    return kept


def _unpacked(kept: dict[str, Tensor]) -> dict[str, Tensor]:
    scales = {key.removesuffix(_SCALE): kept[key] for key in kept if key.endswith(_SCALE)}
    return {
        key: each * scales[key] if key in scales else each for key, each in kept.items() if not key.endswith(_SCALE)
    }

"""The two trained networks that come with the course: what training for half an hour gives, without the wait.

    lstm = checkpoints.load("LSTM")
    checkpoints.facts("LSTM")["minutes"]

scripts/train_checkpoints.py made them and makes them again. The weights are kept with 16 bits each and computed with
32.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unravelling.language_models.networks import CharacterNetwork

FOLDER = Path(__file__).with_name("checkpoints")
KINDS = ("LSTM", "GPT")


def load(kind: str, folder: Path = FOLDER) -> CharacterNetwork:
    """A trained network, in eval mode: "LSTM" or "GPT". Raises ValueError for any other name."""
    from safetensors.torch import load_file

    from unravelling.language_models.networks import CharacterGPT, CharacterLSTM

    known = facts(kind, folder)
    model = {"LSTM": CharacterLSTM, "GPT": CharacterGPT}[kind](known["alphabet"], **known["settings"])
    model.load_state_dict(load_file(folder / f"{kind.lower()}.safetensors"))
    return model.eval()


def facts(kind: str, folder: Path = FOLDER) -> dict[str, Any]:
    """How a checkpoint was trained and what it reached.

    Keys: kind, alphabet, settings, parameters, seed, steps, minutes (of training), threads, machine,
    text_characters (how long the text was), trained_characters (how many all steps read together), bits_held_out and
    bits_own (bits per character of the scoreboard's two texts), bits_aside (of a part of the training text that it did
    not learn from, by which everything was chosen). Raises ValueError for a name that there is not.
    """
    if kind not in KINDS:
        raise ValueError(f"There is no checkpoint {kind!r}: choose one of {', '.join(KINDS)}.")
    return json.loads((folder / f"{kind.lower()}.json").read_text(encoding="utf-8"))


def save(model: CharacterNetwork, known: dict[str, Any], folder: Path) -> None:
    """Write a trained network's weights and facts into a folder, where `load` finds them."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    name = model.kind.lower()
    weights = {key: each.detach().to(torch.float16).contiguous() for key, each in model.state_dict().items()}
    file = folder / f"{name}.safetensors"
    save_file(weights, file)
    file.chmod(0o644)  # it comes out readable by its owner alone
    whole = {
        "kind": model.kind,
        "alphabet": "".join(model.alphabet),
        "settings": model.settings,
        "parameters": model.parameter_count,
        **known,
    }
    (folder / f"{name}.json").write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

"""Train the networks that come with the course again: half an hour on one thread each.

    python scripts/train_checkpoints.py [LSTM|GPT] [--steps N] [--to FOLDER]

scripts/train_ladder.py trains the ladder of sizes beside them.

Steps and seed are fixed, so the same machine makes the same weights. One exception: when the LSTM in the repository was
made, the fall of its learning rate was shortened twice under way; this makes one like it, not the same. The last 60,000
characters of the training text are not learnt from: what was tried was compared on them, and the scoreboard's held-out
text had no say.
"""

from __future__ import annotations

import argparse
import platform
from pathlib import Path

import torch

from unravelling.language_models import alphabet_of, bits_per_character, checkpoints, held_out, our_own, training_text
from unravelling.language_models.networks import CharacterGPT, CharacterLSTM
from unravelling.language_models.training import rise_and_fall, steps

ASIDE = 60_000  # characters
RECIPES = {
    "LSTM": {
        "settings": {"d": 384, "layers": 1},
        "dropout": 0.05,
        "steps": 3_900,
        "fall": 0.25,
        "run": {"batch": 32, "length": 64, "learning_rate": 3e-3, "seed": 1},
    },
    "GPT": {
        "settings": {"d": 160, "layers": 3, "heads": 5, "context": 128},
        "dropout": 0.0,
        "steps": 6_000,
        "fall": 0.5,
        "run": {"batch": 8, "length": 128, "learning_rate": 2.5e-3, "seed": 1, "weight_decay": 0.05},
    },
}


def train(kind: str, number: int, folder: Path) -> None:
    """Train one and save it in the folder, provisionally every 1,000 steps. number: of steps."""
    recipe = RECIPES[kind]
    text = training_text()
    torch.manual_seed(recipe["run"]["seed"])
    model = {"LSTM": CharacterLSTM, "GPT": CharacterGPT}[kind](
        alphabet_of(text), dropout=recipe["dropout"], **recipe["settings"]
    )
    learnt, aside = text[:-ASIDE], text[-ASIDE:]
    schedule = rise_and_fall(steps=number, warm_up=100 / number, fall=recipe["fall"])
    running = 0.0
    for step in steps(model, learnt, schedule=schedule, **recipe["run"]):
        running = step.loss if step.number == 1 else 0.98 * running + 0.02 * step.loss
        if step.number % 250 == 0:
            model.eval()
            bits = bits_per_character(model, aside[:20_000])
            model.train()
            trained = running / 0.6931
            print(f"{kind} {step.number:6,} {step.seconds:6.0f} s  trained {trained:.3f}  aside {bits:.3f}", flush=True)
        if step.number % 1_000 == 0 or step.number >= number:
            model.eval()
            facts = {
                "seed": recipe["run"]["seed"],
                "steps": step.number,
                "minutes": round(step.seconds / 60, 1),
                "threads": torch.get_num_threads(),
                "machine": f"{platform.machine()}, one core of a server of 2022 that did other things too",
                "text_characters": len(learnt),
                "trained_characters": step.tokens,
                "bits_aside": round(bits_per_character(model, aside), 4),
            }
            checkpoints.save(model, facts, folder)
            model.train()
        if step.number >= number:
            break
    model = checkpoints.load(kind, folder)  # what is on the disk is rounded, so this is what is measured
    facts["bits_held_out"] = round(bits_per_character(model, held_out()), 4)
    facts["bits_own"] = round(bits_per_character(model, our_own()), 4)
    checkpoints.save(model, facts, folder)
    print(f"{kind}: {facts}", flush=True)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", nargs="?", choices=list(RECIPES), help="only this one")
    parser.add_argument("--steps", type=int, help="instead of the recorded number")
    parser.add_argument("--to", type=Path, default=checkpoints.FOLDER, help="a folder for what comes of it")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    for kind in [chosen.kind] if chosen.kind else RECIPES:
        train(kind, chosen.steps or RECIPES[kind]["steps"], chosen.to)


if __name__ == "__main__":
    main()

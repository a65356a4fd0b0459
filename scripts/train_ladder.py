"""Train the ladder: a GPT and an LSTM of about 0.1, 0.8 and 5 million parameters, each pair for equal work.

    python scripts/train_ladder.py [NAME ...] [--characters N] [--to FOLDER]

NAME: one of RUNGS, all without. Both networks of a pair read as many characters and have as many parameters that are
multiplied, within a hundredth, so that 6 N D says the same of both. Every rung reads the same number of characters, in
the same number of steps of the same size. What is kept is the curve as numbers, and the weights of those in
checkpoints.NAMES. Multiplications have 16 bits where the machine is quick at it (AVX-512 with bfloat16 here).

The last 60,000 characters of the training text are not learnt from: learning rates were compared on them, and the
scoreboard's held-out text had no say.
"""

from __future__ import annotations

import argparse
import platform
from pathlib import Path
from typing import Any

import torch

from unravelling.language_models import alphabet_of, bits_per_character, checkpoints, held_out, our_own, training_text
from unravelling.language_models.networks import CharacterGPT, CharacterLSTM
from unravelling.language_models.training import flops, rise_and_fall, steps

ASIDE = 60_000  # characters
CHARACTERS = 10_000_000  # read in training: about four times through the text
BATCH = 4_096  # characters a step
SEED = 1
POINTS = 20  # of a curve
RUNGS: dict[str, dict[str, Any]] = {
    "LSTM-0.1M": {"network": CharacterLSTM, "settings": {"d": 124}, "length": 128, "rate": 6e-3},
    "GPT-0.1M": {"network": CharacterGPT, "settings": {"d": 64, "layers": 2, "heads": 4, "context": 256}, "rate": 6e-3},
    "LSTM-0.8M": {"network": CharacterLSTM, "settings": {"d": 407}, "length": 128, "rate": 6e-3},
    "GPT-0.8M": {
        "network": CharacterGPT,
        "settings": {"d": 128, "layers": 4, "heads": 4, "context": 256},
        "rate": 6e-3,
    },
    "LSTM-5M": {"network": CharacterLSTM, "settings": {"d": 1048}, "length": 128, "rate": 3e-3},
    "GPT-5M": {"network": CharacterGPT, "settings": {"d": 256, "layers": 6, "heads": 8, "context": 256}, "rate": 3e-3},
}


def train(name: str, characters: int, folder: Path) -> None:
    """Train one rung and keep it in the folder: its curve at each of POINTS points, its quality at the end."""
    rung = RUNGS[name]
    text = training_text()
    torch.manual_seed(SEED)
    accelerator = torch.accelerator.current_accelerator()  # None on a machine without
    model = rung["network"](alphabet_of(text), **rung["settings"]).to(accelerator or "cpu")
    learnt, aside = text[:-ASIDE], text[-ASIDE:]
    length = rung.get("length") or rung["settings"]["context"]
    number = characters // BATCH
    how = {
        "batch": BATCH // length,
        "length": length,
        "learning_rate": rung["rate"],
        "weight_decay": 0.05,
        "seed": SEED,
    }
    run = steps(model, learnt, optimizer="muon", bfloat16=True, schedule=rise_and_fall(steps=number), **how)
    curve: list[dict[str, float]] = []
    trained = 0.0
    for step in run:
        trained = step.loss if step.number == 1 else 0.98 * trained + 0.02 * step.loss
        if step.number % max(1, number // POINTS) == 0 or step.number == number:
            model.eval()
            bits = round(bits_per_character(model, aside[:20_000]), 4)
            model.train()
            curve.append({"characters": step.tokens, "bits_trained": round(trained / 0.6931, 4), "bits_aside": bits})
            print(f"{name} {step.number:6,} {step.seconds:6.0f} s  {curve[-1]}", flush=True)
        if step.number == number:
            break
    run.close()
    facts = {
        "seed": SEED,
        "steps": number,
        "minutes": round(step.seconds / 60, 1),
        "threads": 1,
        "machine": str(accelerator or f"{platform.machine()}, one core of a server that did other things too"),
        "text_characters": len(learnt),
        "trained_characters": step.tokens,
        "flops": flops(model, step.tokens),
        "curve": curve,
    }
    if name in checkpoints.NAMES:  # what is on the disk is rounded, so this is what is measured
        checkpoints.save(model, facts, folder, name)
        model = checkpoints.load(name, folder)
    quality = {"aside": aside, "held_out": held_out(), "own": our_own()}
    facts |= {f"bits_{what}": round(bits_per_character(model, each), 4) for what, each in quality.items()}
    checkpoints.save(model, facts, folder, name, weights=name in checkpoints.NAMES)
    print(f"{name}: {facts}", flush=True)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(RUNGS)}")
    parser.add_argument("--characters", type=int, default=CHARACTERS, help="to read in training")
    parser.add_argument("--to", type=Path, default=checkpoints.FOLDER, help="a folder for what comes of it")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(RUNGS):
        parser.error(f"There is no rung {', '.join(sorted(unknown))}: choose of {', '.join(RUNGS)}.")
    torch.set_num_threads(1)  # as training computes on a CPU: what is measured between the steps should not differ
    for name in chosen.names or RUNGS:
        train(name, chosen.characters, chosen.to)


if __name__ == "__main__":
    main()

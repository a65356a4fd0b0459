"""Train small GPTs in six settings once, and keep the curves that the demo DrawTheCurve asks for.

python scripts/curves_to_guess.py

A minute or two on one core. The model is that of lesson 06: two blocks of width 64, 32 characters of context,
batches of 16 rows of the course's training text, AdamW.
"""

from __future__ import annotations

import json

import torch
from torch.nn import functional as F

from unravelling.demos.build_and_train_a_gpt.draw_the_curve import RECORD, STEPS
from unravelling.language_models import CharacterGPT, alphabet_of, training_text

# name -> (learning rate, rows to draw from, shuffled, spread of the last table)
SETTINGS = {
    "as in the lesson: rate 0.003": (3e-3, 10_000, False, None),
    "a hundredth of the rate: 0.00003": (3e-5, 10_000, False, None),
    "a hundred times the rate: 0.3": (0.3, 10_000, False, None),
    "only eight rows, again and again": (3e-3, 8, False, None),
    "a text with its characters shuffled": (3e-3, 10_000, True, None),
    "the last table begins with spread 1": (3e-3, 10_000, False, 1.0),
}


def main() -> None:
    torch.set_num_threads(1)
    articles = training_text()
    alphabet = alphabet_of(articles)
    curves = {}
    for name, (rate, number, shuffled, spread) in SETTINGS.items():
        torch.manual_seed(0)
        model = CharacterGPT(alphabet, d=64, layers=2, heads=4, context=32)
        if spread is not None:
            torch.nn.init.normal_(model.output.weight, std=spread)
        ids = model.encode(articles[:330_000])
        drawn = torch.Generator().manual_seed(0)
        if shuffled:
            ids = ids[torch.randperm(len(ids), generator=drawn)]
        rows, losses = ids.view(-1, 33)[:number], []
        adam = torch.optim.AdamW(model.parameters(), lr=rate)
        for _ in range(STEPS):
            batch = rows[torch.randint(len(rows), (16,), generator=drawn)]
            loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
            adam.zero_grad()
            loss.backward()
            adam.step()
            losses.append(round(loss.item(), 3))
        curves[name] = losses
        print(f"{name:40} {losses[0]:.2f} {losses[STEPS // 2]:.2f} {losses[-1]:.2f}", flush=True)
    known = {"vocabulary": len(alphabet), "seed": 0, "curves": curves}
    RECORD.write_text(json.dumps(known, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

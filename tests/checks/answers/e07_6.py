"""Answers to 07.6."""

from __future__ import annotations

MUTANTS = {
    "masked, labels = mask_tokens(rows, learning_rate, generator, special, mask_id, V)": "always_15_percent",
    "model": "left_in_training_mode",
    "optimiser": "no_step",
    "optimiser = torch.optim.Adam(model.parameters())": "learning_rate_unused",
    "rows = texts[torch.randint(len(texts), (batch,))]": "rows_from_elsewhere",
    "without: model.eval()": "left_in_training_mode",
    "without: model.train()": "never_in_training_mode",
    "without: optimiser.step()": "no_step",
    "without: optimiser.zero_grad()": "never_zeroed",
}

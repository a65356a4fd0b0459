"""Answers to 10.2."""

from __future__ import annotations

MUTANTS = {
    "def reference(log_probabilities, prompt, labels, mean=True):": "always_the_mean",
    "logs = rows.gather(1, torch.tensor(label)[None, :])": "all_after_the_prompt",
    "scores.append(logs.mean() if log_probabilities else logs.sum())": "always_the_mean",
    "scores.append(logs.mean() if mean else logs.mean())": "always_the_mean",
}

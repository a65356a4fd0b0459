"""Answers to 07.1."""

from __future__ import annotations

MUTANTS = {
    "chosen = (torch.rand(ids.shape) < p) & ~torch.isin(ids, special)": "generator_unused",
    "chosen = (torch.rand(ids.shape, generator=generator) < p) & ~torch.isin(ids, mask_id)": "special_tokens_chosen",
    "chosen = torch.rand(ids.shape, generator=generator) < p": "special_tokens_chosen",
    "drawn = torch.randint(V, ids.shape)": "generator_unused",
    "labels = torch.where(chosen, -100, ids)": "labels_inverted",
    "masked = torch.where(chosen & (tenth == 7), drawn, ids)": "none_random",
    "masked = torch.where(chosen, drawn, ids)": "none_stays",
    "masked = torch.where(chosen, mask_id, masked)": "all_masked",
    "tenth = torch.randint(10, ids.shape)": "generator_unused",
    "tenth = torch.randint(11, ids.shape, generator=generator)": "masks_written_over",
}

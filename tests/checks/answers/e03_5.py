"""Answers to 03.5."""

from __future__ import annotations

MUTANTS = {
    "runs = ids[starts[:, None] + (length + 1)]": "drawn_beyond_the_end",
    "runs = ids[starts[:, None] + torch.arange(length + 2)]": "drawn_beyond_the_end",
    "starts = torch.randint(len(ids) + length, (batch,), generator=generator)": "drawn_beyond_the_end",
    "starts = torch.randint(len(ids) - -length, (batch,), generator=generator)": "drawn_beyond_the_end",
    "starts = torch.randint(len(ids), (batch,), generator=generator)": "drawn_beyond_the_end",
}

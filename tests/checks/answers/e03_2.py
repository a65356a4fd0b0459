"""Answers to 03.2."""

from __future__ import annotations

MUTANTS = {
    "c = c + torch.sigmoid(i) * torch.tanh(g)": "never_forgets",
    "c = torch.sigmoid(f) * c + (torch.sigmoid(i) + torch.tanh(g))": "added_the_gate",
    "c = torch.sigmoid(f) * c + torch.sigmoid(i) * g": "news_not_squashed",
    "c = torch.sigmoid(f) * c + torch.tanh(g)": "lets_everything_in",
    "i, f, g, o = (x @ w_x.T + b).chunk(4, dim=-1)": "gates_without_h",
    "return (c, torch.sigmoid(o) * torch.tanh(c))": "returned_in_the_other_order",
    "return (torch.sigmoid(o) * c, c)": "shown_without_tanh",
    "return (torch.tanh(c), c)": "shows_everything",
}

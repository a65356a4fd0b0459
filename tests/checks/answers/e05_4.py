"""Answers to 05.4."""

from __future__ import annotations

MUTANTS = {
    "found, _ = self.self_attn(x, x, x)": "sees_the_future",
    "future = torch.ones(T, T).triu(1)": "mask_of_numbers",
    "future = torch.ones(T, T, dtype=torch.bool).triu()": "itself_forbidden",
    "future = torch.ones(T, T, dtype=torch.bool).triu(0)": "itself_forbidden",
    "future = torch.zeros(T, T, dtype=torch.bool).triu(1)": "sees_the_future",
    "padding = None if mask is None else mask": "mask_upside_down",
    "read, _ = self.multihead_attn(x, memory, memory)": "mask_ignored",
    "return self.norm3(x + self.linear2(self.linear1(x)))": "without_relu",
    "x = self.norm2(read)": "memory_in_place_of_x",
}

"""Answers to 05.6."""

from __future__ import annotations

MUTANTS = {
    "logits = self(source, target)[:, -0]": "first_place_each_time",
    "memory = self.encoder(self.embed(target))": "target_as_memory",
    "return target[:, 0:]": "start_returned",
    "return target[:,]": "start_returned",
    "return x": "without_positions",
}

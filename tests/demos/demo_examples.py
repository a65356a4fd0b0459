"""One demo of each class, ready to be looked at: what the tests of all demos are run with.

MODULES: those whose demos must all be here. A value takes the fixture `pretrained` and makes a new demo.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from unravelling import demos
from unravelling.demos.base import Demo

MODULES = ["start_here", "attention"]
NEEDS_MODELS = {"AttentionHeads"}

_WORDS = ["the", "piano", "blocks", "the", "[pad]"]


def _random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def _heads(pretrained: Callable[[str], object]) -> Demo:
    return demos.attention.AttentionHeads(
        "The door was too narrow.", pretrained("encoder"), pretrained("decoder"), layer=3, head=2
    )


EXAMPLES: dict[str, Callable[[Callable[[str], object]], Demo]] = {
    "Shares": lambda pretrained: demos.start_here.Shares(),
    "AttentionHeads": _heads,
    "Film": lambda pretrained: demos.attention.Film(_random(5, 6, 6).softmax(-1), [2.0, 1.5, 1.0, 0.5, 0.1], 2.3),
    "HandmadeHead": lambda pretrained: demos.attention.HandmadeHead(),
    "Masks": lambda pretrained: demos.attention.Masks(*_random(2, 5, 4), _WORDS, padding=1),
    "Positions": lambda pretrained: demos.attention.Positions(_random(12, 8)),
    "QueryAndKeys": lambda pretrained: demos.attention.QueryAndKeys(
        [2, 0], [[3, -1], [1, 2], [0, 0]], [[150], [80], [0]], ["piano", "door", "because"]
    ),
    "RotaryDistance": lambda pretrained: demos.attention.RotaryDistance(),
    "Weights": lambda pretrained: demos.attention.Weights(_random(5, 5).softmax(-1), _WORDS),
    "WidthAndEntropy": lambda pretrained: demos.attention.WidthAndEntropy(),
}

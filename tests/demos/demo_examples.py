"""One demo of each class, ready to be looked at: what the tests of all demos are run with.

MODULES: those whose demos must all be here. A value takes the fixture `pretrained` and makes a new demo.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from tests.demos import made_measurements as made
from unravelling import demos
from unravelling.demos.base import Demo

MODULES = [
    "start_here",
    "attention",
    "the_transformer",
    "bert_and_gpt",
    "few_shot_prompting",
    "measuring_bias",
]
NEEDS_MODELS = {
    "AttentionHeads",
    "FillOrContinue",
    "Similarity",
    "FlipLabels",
    "TemplateEditor",
    "Association",
    "SwapWord",
}

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
    "AssembleBlock": lambda pretrained: demos.the_transformer.AssembleBlock(),
    "ModelsToScale": lambda pretrained: demos.the_transformer.ModelsToScale(),
    "PositionalEncoding": lambda pretrained: demos.the_transformer.PositionalEncoding(),
    "Reversal": lambda pretrained: demos.the_transformer.Reversal(made.untrained()),
    "FillOrContinue": lambda pretrained: demos.bert_and_gpt.FillOrContinue(
        pretrained("masked_lm"), pretrained("decoder")
    ),
    "Similarity": lambda pretrained: demos.bert_and_gpt.Similarity(pretrained("encoder")),
    "Timeline": lambda pretrained: demos.bert_and_gpt.Timeline(),
    "Visibility": lambda pretrained: demos.bert_and_gpt.Visibility(),
    "FlipLabels": lambda pretrained: demos.few_shot_prompting.FlipLabels(pretrained("decoder")),
    "Order": lambda pretrained: made.order(),
    "Shots": lambda pretrained: made.shots(),
    "TemplateEditor": lambda pretrained: demos.few_shot_prompting.TemplateEditor(pretrained("decoder")),
    "Association": lambda pretrained: demos.measuring_bias.Association(pretrained("encoder")),
    "Mitigation": lambda pretrained: made.mitigation(),
    "Occupations": lambda pretrained: demos.measuring_bias.Occupations(made.WORDS, made.gaps(), made.TEMPLATES),
    "SwapWord": lambda pretrained: demos.measuring_bias.SwapWord(pretrained("decoder")),
    "Templates": lambda pretrained: demos.measuring_bias.Templates(made.WORDS, made.gaps(), made.TEMPLATES),
}

"""How a small GPT is observed, from the batches that are drawn to the numbers after some steps; and its symptoms, as
they show in a training. For the patients of `faulty_gpts`, and whatever else defines Model, draw, loss_of, train."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from .faulty_gpts import FAULTS, PROGRAMS
from .planted_faults import built, tried

# Each stage in words, in the order in which one leads to the next.
STAGES = {
    "batches": "its batches",
    "logits": "the scores of its model",
    "loss": "the loss that it makes of scores and targets",
    "training": "its steps of training",
}
_V, _CONTEXT = 40, 32
_STEPS = 10  # more than the eight that patient C takes by one sum of gradients
_LEARNED = 24  # places that `train` of the patients draws, and so the only ones that a model knows


def observed(seed: int) -> Callable[[Mapping[str, Any]], dict[str, Tensor]]:
    """A function that observes what a program defines, with numbers drawn from a seed."""

    def observe(scope: Mapping[str, Any]) -> dict[str, Tensor]:
        drawn = torch.Generator().manual_seed(seed)
        ids = torch.randperm(_V, generator=drawn)
        read = torch.randint(_V, (3, 7), generator=drawn)
        logits = torch.randn(2, _V // 2, _V, generator=drawn).double()
        y = torch.randperm(_V, generator=drawn).view(2, -1)  # each token once: a loss that leaves one out is found
        generator = torch.Generator().manual_seed(seed)
        pairs = [scope["draw"](ids.clone(), 4, 6, generator) for _ in range(2)]
        with torch.enable_grad():
            model = _filled(scope["Model"](_V, _CONTEXT, 16, 2), seed)
            scores = model(read)
            loss = scope["loss_of"](logits, y)
            losses = scope["train"](model, ids.clone(), _STEPS, torch.Generator().manual_seed(seed + 1))
        after = torch.cat([each.detach().flatten() for _, each in sorted(model.named_parameters())])
        return {
            "batches": torch.stack([torch.stack(list(pair)) for pair in pairs]),
            "logits": scores.detach(),
            "loss": torch.as_tensor(loss).detach().double().reshape(()),
            "training": torch.cat([torch.tensor([float(each) for each in losses]).double(), after]),
        }

    return observe


def of_patient(letter: str, answer: Callable[[], Any], patient: str, seed: int) -> dict[str, Any]:
    """What an answer makes of a patient, if this case is about that one, else nothing."""
    if letter != patient:
        return {}
    found = tried(PROGRAMS[letter], answer(), observed(seed), FAULTS, f"Patient {letter.upper()}")
    return found | {"before": _before(letter, seed)}


@lru_cache(maxsize=64)
def _before(letter: str, seed: int) -> dict[str, Tensor]:
    """What is observed of a patient before anything is changed."""
    return observed(seed)(built(PROGRAMS[letter]))


def _filled(model: Any, seed: int) -> Any:
    """The model in double precision, with drawn numbers: a known model whatever it began with."""
    numbers = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, each in sorted(model.named_parameters()):
            size = 0.2 if "weight" in name and each.dim() > 1 else 0.05
            centre = 1.0 if "norm" in name and "weight" in name else 0.0
            each.copy_(centre + size * torch.randn(each.shape, generator=numbers))
    return model.double()


_KINDS, _NOUNS = ("old", "small", "red"), ("cat", "dog", "bird", "fish", "moon")
_VERBS = ("sees", "likes", "hears", "follows")


def simple_text(sentences: int = 1500) -> str:
    """Sentences of one kind, "the old cat sees the moon.": a text that a small model learns in a few hundred steps."""
    drawn = torch.randint(60, (sentences, 4), generator=torch.Generator().manual_seed(0)).tolist()
    return " ".join(f"the {_KINDS[a % 3]} {_NOUNS[b % 5]} {_VERBS[c % 4]} the {_NOUNS[d % 5]}." for a, b, c, d in drawn)


def symptoms(
    scope: Mapping[str, Any], text: str, steps: int = 300, letters: int = 80
) -> tuple[list[float], float, str]:
    """Train what a program defines on the characters of a text, all but its last tenth, from a fixed seed.

    Returns the losses in nats, the loss on the last tenth, and what the model writes then.
    """
    alphabet = sorted(set(text))
    ids = torch.tensor([alphabet.index(each) for each in text])
    begin = len(ids) - len(ids) // 10
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        model = scope["Model"](len(alphabet), _CONTEXT, 48, 4)
        losses = scope["train"](model, ids[:begin], steps, torch.Generator().manual_seed(0))
    with torch.no_grad():
        rows = ids[begin:].unfold(0, _LEARNED + 1, _LEARNED + 1)[:_CONTEXT]
        right = torch.nn.functional.cross_entropy(model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())
        numbers, written = torch.Generator().manual_seed(0), ids[None, :8]
        for _ in range(letters):
            scores = model(written[:, -_LEARNED:])[0, -1]
            drawn = torch.multinomial(scores.softmax(-1), 1, generator=numbers)
            written = torch.cat([written, drawn[None]], 1)
    return losses, float(right), "".join(alphabet[each] for each in written[0, 8:].tolist())

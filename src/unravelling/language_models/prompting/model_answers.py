"""What a model answers to a prompt, asked once a session: answers are kept under the model, the prompt and the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from unravelling.language_models.continuations import complete, next_token_log_probabilities
from unravelling.language_models.scoring import stamp_of

# By model, then by question. A model whose weights have changed asks anew.
_answers: WeakKeyDictionary[Any, dict[tuple[Any, ...], Any]] = WeakKeyDictionary()


def completions(
    decoder: Any, prefix: str, texts: Sequence[str], most: int = 8, wanted: Sequence[str] | None = None
) -> list[str]:
    """What the model writes after each prefix + text, to the end of the line; see `continuations.complete`."""
    goals = [None] * len(texts) if wanted is None else list(wanted)

    def ask(missing: list[int]) -> list[str]:
        goal = None if wanted is None else [wanted[i] for i in missing]
        return complete(decoder, prefix, [texts[i] for i in missing], most=most, wanted=goal)

    keys = [("write", prefix, text, most, goal) for text, goal in zip(texts, goals, strict=True)]
    return _remembered(decoder, keys, ask)


def first_tokens(decoder: Any, prefix: str, texts: Sequence[str], tokens: Sequence[int]) -> Tensor:
    """(N, L): the log-probability of each of the tokens (numbers) as the next after prefix + text. N at least 1."""

    def ask(missing: list[int]) -> list[Tensor]:
        logs = next_token_log_probabilities(decoder, prefix, [texts[i] for i in missing])
        return list(logs[:, list(tokens)])

    keys = [("next", prefix, text, tuple(tokens)) for text in texts]
    return torch.stack(_remembered(decoder, keys, ask))


def _remembered(decoder: Any, keys: list[tuple[Any, ...]], ask: Callable[[list[int]], list[Any]]) -> list[Any]:
    kept = _kept(decoder)
    missing = [i for i, key in enumerate(keys) if key not in kept]
    if missing:
        for i, answer in zip(missing, ask(missing), strict=True):
            kept[keys[i]] = answer
    return [kept[key] for key in keys]


def _kept(decoder: Any) -> dict[tuple[Any, ...], Any]:
    model = getattr(decoder, "model", None)
    if not isinstance(model, torch.nn.Module):
        return {}  # continuations.py says what is wrong with it
    stamp = stamp_of(model)
    by_stamp = _answers.setdefault(model, {})
    if by_stamp.get(("stamp",)) != stamp:
        by_stamp.clear()
        by_stamp["stamp",] = stamp
    return by_stamp

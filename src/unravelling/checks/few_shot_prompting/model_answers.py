"""What the model that reads the learner's prompts writes after them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from unravelling import models
from unravelling.language_models.prompting import whole_prompts
from unravelling.models.errors import ModelError

from ..declare import NoVerdict

MOST = 5  # tokens that are written for each prompt
AT_ONCE = 10  # prompts


class NotThere(ModelError, NoVerdict):
    """The model that should read the prompts cannot be had."""


@lru_cache(maxsize=1)
def reader(name: str) -> Any:
    """The model that reads the prompts. Raises NotThere with a sentence if it cannot be had."""
    try:
        return models.load(name)
    except ModelError as error:
        raise NotThere(f"10.5 cannot be checked without the model that reads your prompts. {error}") from error


def written(model: str, prompts: Sequence[str], topics: Sequence[str], needed: int) -> list[str]:
    """What the model writes after each prompt, to the end of the line; fewer than there are prompts if by then so many
    are wrong that `needed` cannot be reached. Raises ModelError.
    """
    decoder = reader(model)
    said: list[str] = []
    for first in range(0, len(prompts), AT_ONCE):
        said += whole_prompts.continued(decoder, prompts[first : first + AT_ONCE], MOST)
        if sum(a != b for a, b in zip(said, topics, strict=False)) > len(prompts) - needed:
            break
    return said

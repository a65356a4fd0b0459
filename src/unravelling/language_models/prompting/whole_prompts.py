"""What a model writes after prompts that somebody else has put together, whole.

whole_prompts.continued(decoder, ["hot -> cold\\nup ->", "hot -> cold\\nearly ->"])      # ["down", "late"]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from unravelling.language_models.prompting.model_answers import completions

_CLEAN = re.compile(r"(?<=\S)\s")  # before a space or a newline that follows a word: no token crosses it


def shared(prompts: Sequence[str]) -> str:
    """What all the prompts begin with, up to a place where a tokenizer would cut anyway."""
    alike = takewhile(lambda signs: len(set(signs)) == 1, zip(*prompts, strict=False))
    beginning = "".join(signs[0] for signs in alike)
    return beginning[: max((found.start() for found in _CLEAN.finditer(beginning)), default=0)]


def continued(decoder: Any, prompts: Sequence[str], most: int = 5) -> list[str]:
    """What the model writes after each prompt to the end of the line, without the spaces around it.

    Always its likeliest token, at most `most` of them. What the prompts begin with alike is read once, and what was
    asked before is remembered. Raises ModelError for an empty prompt, for one that is too long, and for an encoder.
    """
    beginning = shared(prompts)
    said = completions(decoder, beginning, [prompt[len(beginning) :] for prompt in prompts], most)
    return [each.strip() for each in said]

"""A sentence as one row of numbers, and how alike two sentences are by it.

rows = sentence_rows(models.load("encoder"), ["The kettle is on.", "Tea will be ready soon."])   # (2, d)
rows @ rows.T                                                                                      # cosines
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def sentence_rows(model: Any, sentences: Sequence[str]) -> Tensor:
    """(N, d): the mean of the last layer's rows of each sentence, scaled to length 1, so that products are cosines.

    model: any Pretrained; for a decoder the token that starts documents is left out of the mean, since its row is far
    longer than all others. Source: Reimers and Gurevych, 2019, arXiv:1908.10084. Raises ValueError if there is no
    sentence; the model raises ModelError for an empty or too long one.
    """
    import torch

    from unravelling.models.threads import threads_for

    if isinstance(sentences, str) or not sentences:
        raise ValueError("Hand over a list of at least one sentence.")
    rows = []
    for sentence in sentences:
        ids = model.ids(sentence)
        first = 0
        if model.kind == "decoder":
            first = len(ids) - len(model.tokenizer(sentence, add_special_tokens=False, verbose=False)["input_ids"])
        with torch.inference_mode(), threads_for(len(ids)):
            last = model.model.base_model(torch.tensor([ids])).last_hidden_state[0, first:].float()  # (T, d)
        mean = last.mean(dim=0)
        rows.append(mean / mean.norm())
    return torch.stack(rows)


def words_in_common(one: str, other: str) -> float:
    """Of all different words of two sentences, the share that both have (Jaccard, 1912); capitals do not matter."""
    first, second = (set(re.findall(r"\w+", text.lower())) for text in (one, other))
    return len(first & second) / len(first | second) if first | second else 0.0

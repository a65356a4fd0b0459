"""Scores of a model that has broken are refused before anything is chosen by them."""

from __future__ import annotations

from torch import Tensor

from unravelling.demos.base import BadInput


def usable(scores: Tensor) -> Tensor:
    """The scores (..., V) as they are. BadInput if a row has NaN, or no largest number that a share could be made of.

    A score of minus infinity is a token that is ruled out, and may stand there.
    """
    if not scores.amax(-1).isfinite().all():  # the largest of a row with NaN is NaN
        raise BadInput("The model's scores are no numbers (NaN or infinite), so nothing can be chosen: load it again.")
    return scores

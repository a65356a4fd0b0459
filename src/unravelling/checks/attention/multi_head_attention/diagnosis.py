"""What a right layer of 04.4 gives for a case, piece by piece."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from ...declare import Case
from ..scaled_dot_product_attention import ScaledDotProductAttention
from ..split_and_merge_heads import SplitAndMergeHeads

attend = ScaledDotProductAttention.reference
heads: Any = SplitAndMergeHeads.reference  # a namespace of functions, where a declaration's class is written
split, merge = heads.split_heads, heads.merge_heads


def values_of(case: Case, x: torch.Tensor) -> torch.Tensor:
    """What v_proj makes of x, (B, T, d)."""
    return nn.functional.linear(x, case["in_weight"].chunk(3)[2], case["in_bias"].chunk(3)[2])


def attended(case: Case, louder: float | None) -> torch.Tensor:
    """The right output of a case whose scores are so many times what they should be; None: all of them 0."""
    weights, biases = case["in_weight"].chunk(3), case["in_bias"].chunk(3)
    q, k = (split(nn.functional.linear(case["x"], weights[i], biases[i]), case["h"]) for i in (0, 1))
    mixed, _ = attend(
        0 * q if louder is None else louder * q, k, split(values_of(case, case["x"]), case["h"]), case.get("mask")
    )
    return nn.functional.linear(merge(mixed), case["out_weight"], case["out_bias"])

"""How many numbers a model learns, and where they sit, from its configuration alone.

sizes_of(CONFIGURATIONS["GPT-2 small"]).total        # 124,439,808
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Configuration:
    """What the size of an encoder or a decoder follows from.

    vocabulary: tokens. layers, width, heads as in its paper. inner: width inside the feed-forward network. context:
    learned positions, 0 if there are none (they are turned or computed). groups: heads of keys and values, if fewer
    than heads. segments: rows that tell the first sentence from the second. gated: a third feed-forward table.
    biases: whether tables have them and norms a shift (else RMSNorm). embedding_norm, last_norm: norms outside the
    layers. pooler: one more table at the end. tied: scores are computed with the table of tokens itself.
    what: encoder or decoder. source: where these numbers are from.
    """

    what: str
    vocabulary: int
    layers: int
    width: int
    heads: int
    inner: int
    context: int
    source: str
    groups: int = 0
    segments: int = 0
    gated: bool = False
    biases: bool = True
    embedding_norm: bool = False
    last_norm: bool = True
    pooler: bool = False
    tied: bool = True

    def __post_init__(self) -> None:
        if self.width % self.heads or (self.groups and self.heads % self.groups):
            raise ValueError(
                f"The width must be a multiple of the heads, and the heads of the groups: not width {self.width}, "
                f"heads {self.heads}, groups {self.groups}."
            )


class Sizes(NamedTuple):
    """Numbers to learn. embeddings: tokens, positions, segments and, if not tied, the scores. rest: norms, pooler."""

    embeddings: int
    attention: int
    feed_forward: int
    rest: int

    @property
    def total(self) -> int:
        return sum(self)

    @property
    def shares(self) -> dict[str, float]:
        """Each part's share of the total, 0 to 1."""
        return {name: number / self.total for name, number in zip(PARTS, self, strict=True)}


PARTS = ("embeddings", "attention", "feed-forward", "norms and rest")


def sizes_of(c: Configuration) -> Sizes:
    """Count what a model of this configuration learns; equal to the released files to the last digit.

    Attention has four tables of width x width (queries, keys, values, the way out), those of keys and values narrower
    if heads share them; a feed-forward network has two of width x inner, three if gated. Source: Vaswani et al., 2017,
    arXiv:1706.03762, section 3; Ainslie et al., 2023, arXiv:2305.13245, for shared keys and values.
    """
    d, keys = c.width, c.width * (c.groups or c.heads) // c.heads
    tables = 2 if c.gated else 1  # from the width to inside
    attention = 2 * d * d + 2 * d * keys + c.biases * (2 * d + 2 * keys)
    feed_forward = (tables + 1) * d * c.inner + c.biases * (tables * c.inner + d)
    norm = d * (1 + c.biases)
    return Sizes(
        embeddings=(c.vocabulary * (1 if c.tied else 2) + c.context + c.segments) * d,
        attention=c.layers * attention,
        feed_forward=c.layers * feed_forward,
        rest=norm * (2 * c.layers + c.embedding_norm + c.last_norm) + c.pooler * (d * d + d),
    )


_GPT_2 = "Radford et al., 2019, GPT-2"

# In the order of their sizes.
CONFIGURATIONS = {
    "our larger GPT": Configuration(
        "decoder", 84, 3, 160, 5, 640, 128, "the checkpoint of CharacterGPT in this course", tied=False
    ),
    "MiniLM (our encoder)": Configuration(
        "encoder", 30_522, 6, 384, 12, 1536, 512, "Wang et al., 2020, arXiv:2002.10957, and the model's own file",
        segments=2, embedding_norm=True, last_norm=False, pooler=True,
    ),
    "BERT base": Configuration(
        "encoder", 30_522, 12, 768, 12, 3072, 512, "Devlin et al., 2018, arXiv:1810.04805",
        segments=2, embedding_norm=True, last_norm=False, pooler=True,
    ),
    "GPT": Configuration(
        "decoder", 40_478, 12, 768, 12, 3072, 512, "Radford et al., 2018", last_norm=False
    ),
    "GPT-2 small": Configuration("decoder", 50_257, 12, 768, 12, 3072, 1024, _GPT_2),
    "SmolLM2 (our decoder)": Configuration(
        "decoder", 49_152, 30, 576, 9, 1536, 0, "Allal et al., 2025, arXiv:2502.02737, and the model's own file",
        groups=3, gated=True, biases=False,
    ),
    "BERT large": Configuration(
        "encoder", 30_522, 24, 1024, 16, 4096, 512, "Devlin et al., 2018, arXiv:1810.04805",
        segments=2, embedding_norm=True, last_norm=False, pooler=True,
    ),
    "GPT-2 XL": Configuration("decoder", 50_257, 48, 1600, 25, 6400, 1024, _GPT_2),
    "GPT-3": Configuration("decoder", 50_257, 96, 12_288, 96, 49_152, 2048, "Brown et al., 2020, arXiv:2005.14165"),
}  # fmt: skip

# Counted in the files that their makers released; the papers print rounded figures.
COUNTED = {
    "BERT base": 109_482_240,
    "GPT": 116_534_784,
    "GPT-2 small": 124_439_808,
    "BERT large": 335_141_888,
    "GPT-2 XL": 1_557_611_200,
}

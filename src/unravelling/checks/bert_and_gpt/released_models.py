"""What 07.4 asks about: small models to draw with a pencil, and the models of this module as its papers give them."""

from __future__ import annotations

PLAIN = {"segments": 0, "outer_norm": True, "pooler": False}
BERT = {"vocab": 30_522, "context": 512, "segments": 2, "outer_norm": True, "pooler": True}

# name: (arguments, what the released checkpoint holds)
COUNTED = {
    "GPT": ({"layers": 12, "width": 768, "vocab": 40_478, "context": 512} | PLAIN | {"outer_norm": False}, 116_534_784),
    "GPT-2 small": ({"layers": 12, "width": 768, "vocab": 50_257, "context": 1024} | PLAIN, 124_439_808),
    "GPT-2 XL": ({"layers": 48, "width": 1600, "vocab": 50_257, "context": 1024} | PLAIN, 1_557_611_200),
    "BERT base": ({"layers": 12, "width": 768} | BERT, 109_482_240),
    "BERT large": ({"layers": 24, "width": 1024} | BERT, 335_141_888),
}
GPT_3 = {"layers": 96, "width": 12_288, "vocab": 50_257, "context": 2048} | PLAIN  # 175B, says its paper

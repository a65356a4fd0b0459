"""Models from 2017 to 2025 with the figures that their makers published, each with its source.

What is not in the source is None here, and shown as such. Sizes of models whose configuration is known are counted
from it (`parameter_counts.py`), since papers round them.
"""

from __future__ import annotations

from typing import NamedTuple

from unravelling.language_models.parameter_counts import CONFIGURATIONS, sizes_of


class Milestone(NamedTuple):
    """One model. when: a year with its fraction; month_known: whether the month is from the source, else mid-year.

    parameters: numbers learned. data: the words of its training text, or the tokens read in training (one text may be
    read many times), and `data_unit` says which; data_text: what the source says of it. context: most tokens read at
    once. new: what was new, in a few words. kind: encoder, decoder, encoder-decoder, or "" where the source names none.
    size_text: replaces "no figure" where the makers withheld it.
    """

    name: str
    when: float
    kind: str
    parameters: float | None
    data: float | None
    data_unit: str
    data_text: str
    context: int | None
    new: str
    source: str
    month_known: bool = True
    size_text: str = ""


def _counted(name: str) -> int:
    return sizes_of(CONFIGURATIONS[name]).total


# In the order of their dates. An arXiv number begins with year and month.
MILESTONES = (
    Milestone("Transformer, big", 2017.46, "encoder-decoder", 213e6, None, "", "WMT 2014, pairs of sentences", None,
              "attention alone, no recurrence", "Vaswani et al., 2017, arXiv:1706.03762"),
    Milestone("GPT", 2018.5, "decoder", _counted("GPT"), 800e6, "words", "BooksCorpus (800M words)", 512,
              "one decoder trained on plain text, then fine-tuned for each task",
              "Radford et al., 2018; words as counted in arXiv:1810.04805", False),
    Milestone("BERT large", 2018.79, "encoder", _counted("BERT large"), 3.3e9, "words",
              "BooksCorpus and Wikipedia (3,300M words)", 512, "hidden words, guessed from both sides",
              "Devlin et al., 2018, arXiv:1810.04805"),
    Milestone("GPT-2 XL", 2019.5, "decoder", _counted("GPT-2 XL"), None, "", "WebText, 40 GB, 8M pages", 1024,
              "tasks without training for them", "Radford et al., 2019", False),
    Milestone("T5, largest", 2019.81, "encoder-decoder", 11e9, 1e12, "tokens", "C4, about 1T tokens", 512,
              "every task as text in, text out", "Raffel et al., 2019, arXiv:1910.10683, section 3.7"),
    Milestone("GPT-3", 2020.38, "decoder", 175e9, 300e9, "tokens", "300B tokens", 2048,
              "learns a task from examples in its prompt", "Brown et al., 2020, arXiv:2005.14165"),
    Milestone("Chinchilla", 2022.21, "decoder", 70e9, 1.4e12, "tokens", "1.4T tokens", None,
              "smaller, and trained on more", "Hoffmann et al., 2022, arXiv:2203.15556"),
    Milestone("PaLM", 2022.29, "decoder", 540e9, 780e9, "tokens", "780B tokens", 2048,
              "the largest of these at its time", "Chowdhery et al., 2022, arXiv:2204.02311; context in section 5"),
    Milestone("ChatGPT", 2022.91, "", None, None, "", "not disclosed", None,
              "a GPT-3.5 model made to answer", "OpenAI, 30 November 2022", True, "not disclosed"),
    Milestone("LLaMA 65B", 2023.13, "decoder", 65e9, 1.4e12, "tokens", "1.4T tokens", None,
              "four sizes, the smallest 7B, on 1.0 to 1.4T tokens", "Touvron et al., 2023, arXiv:2302.13971"),
    Milestone("GPT-4", 2023.21, "", None, None, "", "not disclosed", None,
              "size and data no longer disclosed", "OpenAI, 2023, arXiv:2303.08774", True, "not disclosed"),
    Milestone("Llama 3 405B", 2024.54, "decoder", 405e9, 15.6e12, "tokens", "15.6T tokens", 128_000,
              "fifty times as many tokens as GPT-3 read", "Grattafiori et al., 2024, arXiv:2407.21783"),
    Milestone("ModernBERT large", 2024.96, "encoder", 395e6, 2e12, "tokens", "2T tokens", 8192,
              "an encoder with techniques first worked out on decoders", "Warner et al., 2024, arXiv:2412.13663"),
    Milestone("DeepSeek-V3", 2024.98, "decoder", 671e9, 14.8e12, "tokens", "14.8T tokens", 128_000,
              "37B of its parameters work on each token", "DeepSeek-AI, 2024, arXiv:2412.19437"),
    Milestone("SmolLM2 135M", 2025.13, "decoder", _counted("SmolLM2 (our decoder)"), 2e12, "tokens", "2T tokens", 8192,
              "small, and trained on as much text as large ones",
              "Allal et al., 2025, arXiv:2502.02737; context from its configuration"),
)  # fmt: skip

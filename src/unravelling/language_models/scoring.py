"""How well a model predicts a text, in numbers that may be compared across models."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

WINDOW = 1024  # tokens that a pretrained decoder reads at once, and of these the share it only looks back at
LOOK_BACK = 128


def bits_per_character(model: Any, text: str) -> float:
    """How many bits the model needs for each character of the text: -log2 P(text) / number of characters.

    model: anything with `.log_probabilities(text)` (natural logarithms of the probabilities whose product is P(text)),
    or a pretrained decoder (`models.load("decoder")`).

    Why not per token: a model with long tokens has fewer of them to predict and pays more for each, so loss or
    perplexity per token compares tokenizers, not models. The characters of the text are the same for all. A decoder is
    charged for the tokens its own tokenizer makes; the text could be cut into tokens in other ways too, whose
    probability is left out, so its true bits are at most what is measured (the difference is small).

    Raises ValueError if the text is empty or the model cannot be scored.
    """
    if not text:
        raise ValueError("The text is empty: bits per character need at least one character.")
    if hasattr(model, "log_probabilities"):
        logs = model.log_probabilities(text)
    elif getattr(model, "kind", None) == "decoder":
        logs = token_log_probabilities(model, text)
    else:
        raise ValueError(
            "This model gives no probabilities of a text: score one with .log_probabilities(text), "
            'or models.load("decoder").'
        )
    return -math.fsum(logs) / math.log(2) / len(text)


def perplexity(log_probabilities: Iterable[float]) -> float:
    """exp of minus the mean of natural log-probabilities: among how many equally probable tokens the model chose.

    Per token, so it compares only models with the same tokens. Raises ValueError if there are none.
    """
    logs = [float(value) for value in log_probabilities]
    if not logs:
        raise ValueError("Perplexity needs at least one log-probability.")
    mean = -math.fsum(logs) / len(logs)
    return math.exp(mean) if mean < 709 else math.inf


def token_log_probabilities(model: Any, text: str, window: int = WINDOW, look_back: int = LOOK_BACK) -> list[float]:
    """Natural log-probabilities of a decoder's tokens, given those before them; as many as the text has tokens.

    A long text is read in windows of at most `window` tokens. Each but the first begins with the last `look_back`
    tokens of the one before, which are context only, so a token is predicted from at least that many. The token that
    starts documents is context only too; where the tokenizer has none, the first token is not charged, having nothing
    before it.
    """
    import torch

    plain = model.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    start = start_of(model)
    ids = [*start, *plain]
    window = min(window, model.context)
    look_back = min(look_back, window // 2)
    logs: list[float] = []
    done = max(1, len(start))  # tokens that are charged for, or only context
    with torch.inference_mode(), quick_attention(model.model):
        while done < len(ids):
            begin = max(0, done - look_back) if logs else 0
            piece = ids[begin : begin + window]
            new = len(piece) - (done - begin)  # tokens to be charged for; logits of the rest are not even made
            scores = model.model(torch.tensor([piece]), use_cache=False, logits_to_keep=new + 1).logits[0, :-1].float()
            own = torch.tensor(piece[-new:])
            logs += (scores.gather(1, own[:, None])[:, 0] - scores.logsumexp(-1)).tolist()
            done = begin + len(piece)
    return logs


def stamp_of(model: Any) -> int:
    """A number that is another one once weights were changed in place, as training does: what was read is then old."""
    return sum(weights._version for weights in model.parameters())


def start_of(model: Any) -> list[int]:
    """The numbers of the tokens with which the model's documents start: one, or none where its tokenizer has none."""
    return model.ids("a")[: -len(model.tokenizer("a", add_special_tokens=False)["input_ids"])]


@contextmanager
def quick_attention(model: Any) -> Iterator[None]:
    """While it lasts, attention is computed without keeping its weights, which nobody asks for here: on a window of
    1,024 tokens that takes half the time. What the model was set to comes back."""
    usual = getattr(getattr(model, "config", None), "_attn_implementation", None)
    if usual != "eager":
        yield
        return
    try:
        model.set_attn_implementation("sdpa")
    except ValueError:  # a few models of the Hub know no other way
        yield
        return
    try:
        yield
    finally:
        model.set_attn_implementation(usual)

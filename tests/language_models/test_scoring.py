"""Bits per character are comparable: across tokenizers, alphabets and windows."""

from __future__ import annotations

import math
import random
from types import SimpleNamespace

import pytest
import torch

from unravelling.language_models import CharacterNGrams, bits_per_character, perplexity
from unravelling.language_models.scoring import token_log_probabilities

TEXT = "It was a dark night, and the rain fell on the roof. " * 3


class Uniform:
    """A model that knows V characters and prefers none."""

    def __init__(self, V: int) -> None:
        self.V = V

    def log_probabilities(self, text: str) -> list[float]:
        return [-math.log(self.V)] * len(text)


class Tiny:
    """Like a pretrained decoder: pieces of `size` characters, random weights, no more than `context` tokens."""

    kind = "decoder"

    def __init__(self, size: int = 3, context: int = 2048, start: bool = True, looks_back: int = 2) -> None:
        self.size, self.context, self.start, self.looks_back = size, context, start, looks_back
        self.table = torch.randn(97, 97, generator=torch.Generator().manual_seed(3))
        self.read: list[int] = []  # lengths of the windows

    def tokenizer(self, text, add_special_tokens=True, verbose=True):
        pieces = [text[at : at + self.size] for at in range(0, len(text), self.size)]
        return {"input_ids": [1 + sum(map(ord, piece)) % 96 for piece in pieces]}

    def ids(self, text):
        return [0] * self.start + self.tokenizer(text)["input_ids"]

    def model(self, ids, use_cache, logits_to_keep=0):
        assert ids.shape[1] <= self.context
        self.read.append(ids.shape[1])
        logits = self.table[ids].clone()
        for back in range(1, self.looks_back):  # each position sees itself and the few before it
            logits[:, back:] += self.table[ids[:, :-back]]
        return SimpleNamespace(logits=logits[:, -logits_to_keep:])


def test_a_uniform_model_needs_the_logarithm_of_its_alphabet():
    for V in (2, 26, 97):
        assert math.isclose(bits_per_character(Uniform(V), TEXT), math.log2(V))


def test_perplexity_is_the_number_of_equal_choices():
    assert math.isclose(perplexity([-math.log(50)] * 7), 50)
    assert math.isclose(perplexity([math.log(0.5), math.log(0.125)]), 4)
    assert math.isclose(perplexity(torch.full((3,), -math.log(6))), 6, rel_tol=1e-6)
    assert perplexity([-1e6] * 3) == perplexity([-math.inf]) == math.inf
    assert math.isclose(perplexity([-2.0] * 1_000_000), math.exp(2)), "a product would be 0"
    with pytest.raises(ValueError, match="at least one"):
        perplexity([])


def test_bits_are_the_sum_over_tokens_divided_by_characters():
    model = Tiny()
    ids = torch.tensor(model.ids(TEXT))
    logs = torch.log_softmax(model.model(ids[None], False).logits[0], -1)
    total = sum(logs[t, ids[t + 1]].item() for t in range(len(ids) - 1))
    assert len(token_log_probabilities(model, TEXT)) == len(ids) - 1
    assert math.isclose(bits_per_character(model, TEXT), -total / math.log(2) / len(TEXT), rel_tol=1e-5)


@pytest.mark.parametrize("window", [5, 8, 16, 51, 52, 53, 54, 1000])
def test_windows_charge_for_every_token_once_and_change_nothing_for_a_short_memory(window):
    model = Tiny(looks_back=2)
    whole = token_log_probabilities(model, TEXT, window=10_000)
    model.read.clear()
    cut = token_log_probabilities(model, TEXT, window=window, look_back=2)
    assert cut == pytest.approx(whole, rel=1e-5)
    assert max(model.read) <= window


def test_a_window_is_never_longer_than_the_models_context():
    model = Tiny(context=7)
    assert len(token_log_probabilities(model, TEXT)) == len(model.tokenizer(TEXT)["input_ids"])
    assert max(model.read) == 7


def test_without_a_start_token_the_first_token_is_not_charged():
    with_start, without = Tiny(start=True), Tiny(start=False)
    assert len(token_log_probabilities(without, TEXT)) == len(token_log_probabilities(with_start, TEXT)) - 1


def test_long_tokens_are_no_advantage():
    """One model, two tokenizers: the tokens of the second are pairs, with the probability of both characters."""
    one = CharacterNGrams(3, TEXT)

    class Pairs:
        def log_probabilities(self, text):
            logs = one.log_probabilities(text)
            return [sum(logs[at : at + 2]) for at in range(0, len(logs), 2)]

    text = "the night was dark"
    assert math.isclose(bits_per_character(one, text), bits_per_character(Pairs(), text))
    assert perplexity(Pairs().log_probabilities(text)) > 2 * perplexity(one.log_probabilities(text))


def test_folding_rare_characters_is_no_advantage():
    """A model that sees every character of a strange text as the stand-in still pays for which one it is."""
    model = CharacterNGrams(2, TEXT)
    strange = "".join(random.Random(1).choices("абвгдежзийклмн", k=500))
    assert bits_per_character(model, strange) > math.log2(model.replaced)


def test_what_cannot_be_scored_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match="The text is empty"):
        bits_per_character(Uniform(2), "")
    with pytest.raises(ValueError, match="gives no probabilities"):
        bits_per_character(SimpleNamespace(kind="encoder"), "text")


@pytest.mark.models
def test_the_real_decoder_pays_for_nonsense_and_not_for_sense():
    from unravelling import models

    decoder = models.load("decoder")
    text = "The sun rises in the east and sets in the west. Every morning it gives light to the whole earth."
    shuffled = "".join(random.Random(1).sample(text, len(text)))
    sense, nonsense = bits_per_character(decoder, text), bits_per_character(decoder, shuffled)
    assert 0.2 < sense < 2 < 4 < nonsense
    logits = decoder.logits(text)[1]
    ids = torch.tensor(decoder.ids(text))
    total = torch.log_softmax(logits[:-1], -1).gather(1, ids[1:, None]).sum().item()
    assert math.isclose(sense, -total / math.log(2) / len(text), rel_tol=1e-4)
    cut = sum(token_log_probabilities(decoder, text, window=12, look_back=6))
    assert cut < total, "less context, less certainty"


@pytest.mark.models
def test_scoring_leaves_the_decoder_able_to_show_its_attention():
    from unravelling import models

    decoder = models.load("decoder")
    before = decoder.attention("The night was dark.")[1]
    logs = token_log_probabilities(decoder, "The night was dark.")
    assert decoder.model.config._attn_implementation == "eager"
    assert torch.equal(decoder.attention("The night was dark.")[1], before)
    eager = torch.log_softmax(decoder.logits("The night was dark.")[1], -1)
    ids = torch.tensor(decoder.ids("The night was dark."))
    assert logs == pytest.approx(eager[:-1].gather(1, ids[1:, None])[:, 0].tolist(), abs=1e-3)

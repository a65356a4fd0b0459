"""Networks over characters are language models: probabilities, one character at a time, however they are computed."""

from __future__ import annotations

import math
import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from unravelling.language_models import STAND_IN, CharacterGPT, CharacterLSTM, CharacterNGrams, bits_per_character
from unravelling.language_models import networks as module

ALPHABET = (*"\n abcdehmnorstuw.", STAND_IN)
TEXT = "the rose, the mouse.\nno one was there 🙂 at dawn. "
STRANGE = ["", "a", "\n", "🙂", "שלום עולם", "\x00\ud800", "the end", "é́" * 20]


def network(kind: str, **settings):
    """Small, with weights large enough that all it has read matters."""
    torch.manual_seed(4)
    if kind == "LSTM":
        model = CharacterLSTM(ALPHABET, **{"d": 24, "layers": 2, **settings})
    else:
        model = CharacterGPT(ALPHABET, **{"d": 24, "layers": 2, "heads": 3, "context": 16, **settings})
    with torch.no_grad():
        for weights in model.parameters():
            if weights.dim() == 2:
                weights.mul_(1.5).add_(0.2 * torch.randn_like(weights))
    return model.eval()


@pytest.fixture(scope="module", params=["LSTM", "GPT"])
def model(request):
    return network(request.param)


@pytest.mark.parametrize("context", STRANGE)
def test_probabilities_sum_to_one_after_any_context(model, context):
    found = model.distribution(context)
    assert tuple(found) == model.alphabet
    assert math.isclose(sum(found.values()), 1, abs_tol=1e-9)
    assert min(found.values()) > 0


def test_the_logarithms_of_a_text_are_those_of_its_characters_one_by_one():
    model = network("LSTM")
    logs = model.log_probabilities(TEXT)
    assert len(logs) == len(TEXT)
    for at, character in enumerate(TEXT):
        assert math.isclose(logs[at], math.log(model.probability(TEXT[:at], character)), abs_tol=1e-4)


def test_the_lstm_carries_its_state_over_the_edges_of_what_it_reads_at_once(monkeypatch):
    model = network("LSTM")
    whole = model.log_probabilities(TEXT), model.distribution(TEXT)
    monkeypatch.setattr(module, "_STRETCH", 7)
    assert model.log_probabilities(TEXT) == pytest.approx(whole[0], abs=1e-5)
    assert model.distribution(TEXT) == pytest.approx(whole[1], abs=1e-5)


@pytest.mark.parametrize("length", [1, 14, 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 49, 98])
@pytest.mark.parametrize("context", [16, 15, 2])
def test_windows_predict_each_character_from_half_a_context_at_least(length, context, monkeypatch):
    """Compared with a slow computation that reads, for one character at a time, exactly what its window holds."""
    monkeypatch.setattr(module, "_WINDOWS", 2)
    model, text = network("GPT", context=context), (TEXT * 2)[:length]
    logs = model.log_probabilities(text)
    assert len(logs) == length
    ids = torch.cat([model.encode("\n"), model.encode(text)])  # ids[at] stands before text[at]
    stride = context - context // 2
    for at, character in enumerate(text):
        begin = stride * math.ceil(max(0, at - context + 1) / stride)
        assert at - begin >= context // 2 or not begin
        row = model(ids[None, begin : at + 1])[0, -1].log_softmax(-1)
        own = row[ids[at + 1]].item() - (0 if character in ALPHABET[:-1] else math.log(model.replaced))
        assert math.isclose(logs[at], own, abs_tol=1e-4)


def test_a_transformer_looks_at_the_last_characters_of_its_context_and_no_further():
    model = network("GPT")
    end = TEXT[:15]
    far, near = model.distribution("a" * 40 + "b" + end), model.distribution("s" + end)
    assert model.distribution("a" * 40 + "s" + end) == pytest.approx(near, abs=1e-6)
    assert far != pytest.approx(near, abs=1e-4), "sixteen, not fifteen"


@pytest.mark.parametrize("kind", ["LSTM", "GPT"])
def test_no_position_sees_a_later_character(kind):
    model = network(kind)
    ids = model.encode(TEXT[:16])[None]
    other = ids.clone()
    other[0, 9] = (other[0, 9] + 1) % len(ALPHABET)
    before, after = model(ids)[0], model(other)[0]
    assert torch.allclose(before[:9], after[:9], atol=1e-6)
    assert (before[9:] - after[9:]).abs().amax(1).min() > 1e-4, "and all later ones see it"


@pytest.mark.parametrize("kind", ["LSTM", "GPT"])
def test_reading_in_pieces_is_reading_at_once(kind):
    model = network(kind)
    ids = model.encode(TEXT[:15])[None]
    first, state = model.read(ids[:, :6])
    second, state = model.read(ids[:, 6:7], state)
    third, _ = model.read(ids[:, 7:], state)
    assert torch.allclose(torch.cat([first, second, third], 1), model(ids), atol=1e-5)


def test_more_than_the_context_at_once_is_refused_with_a_sentence():
    model = network("GPT")
    with pytest.raises(ValueError, match="looks at 16 characters at most, not 17"):
        model(torch.zeros(1, 17, dtype=torch.long))


def test_the_likeliest_text_is_the_likeliest_character_after_each_other(model):
    written = model.sample("the ", 10, None, temperature=0)
    for at in range(10):
        found = model.distribution("the " + written[:at])
        found.pop(STAND_IN)
        assert max(found, key=found.get) == written[at]


def test_a_sample_goes_on_past_the_context_as_the_model_would():
    model = network("GPT")
    written = model.sample("", 60, torch.Generator().manual_seed(2))
    assert len(written) == 60
    # The window fills after 16, the line break before the text counted; from then on it drops to half and fills again.
    greedy = model.sample("", 60, None, temperature=0)
    for at in (15, 16, 23, 24, 25, 40):
        kept = at + 1 if at < 16 else 8 + (at - 16) % 9
        ids = torch.cat([model.encode("\n"), model.encode(greedy[:at])])[-kept:]
        assert model.decode([int(model(ids[None])[0, -1, :-1].argmax())]) == greedy[at]


def test_a_sample_has_the_frequencies_of_the_model_at_its_temperature():
    model = network("LSTM")
    known = np.array(list(model.distribution("th").values()))[:-1]
    for temperature in (1.0, 0.2):
        wanted = known ** (1 / temperature) / (known ** (1 / temperature)).sum()
        rng = torch.Generator().manual_seed(3)
        drawn = [model.sample("th", 1, rng, temperature) for _ in range(800)]
        counted = np.array([drawn.count(c) for c in ALPHABET[:-1]]) / 800
        assert (np.abs(counted - wanted) < 4.5 * np.sqrt(wanted / 800) + 2e-3).all()


def test_sampling_takes_any_generator_and_the_same_seed_writes_the_same(model):
    for make in (lambda: torch.Generator().manual_seed(1), lambda: random.Random(1), lambda: np.random.default_rng(1)):
        assert model.sample("the", 30, make()) == model.sample("the", 30, make())
    assert model.sample("the", 0, random.Random(1)) == ""
    assert STAND_IN not in model.sample("🙂", 200, random.Random(1))
    with pytest.raises(ValueError, match="temperature must be a number of at least 0"):
        model.sample("the", 3, random.Random(1), temperature=-1)


def test_strangers_share_the_probability_of_the_stand_in_as_in_the_n_gram_models(model):
    assert model.probability("th", "🙂") == model.probability("th", "א") > 0
    assert math.isclose(model.probability("th", "🙂") * model.replaced, model.probability("th", STAND_IN))
    assert model.replaced == CharacterNGrams(1, "".join(ALPHABET[:-1])).replaced
    with pytest.raises(ValueError, match="One character"):
        model.probability("t", "he")


def test_text_becomes_numbers_and_text_again(model):
    assert model.encode("a🙂\ud800").tolist() == [ALPHABET.index("a"), len(ALPHABET) - 1, len(ALPHABET) - 1]
    assert model.encode("").shape == (0,)
    assert model.decode(model.encode("the rose 🙂")) == "the rose " + STAND_IN
    assert model.log_probabilities("") == []


def test_a_text_may_lack_the_line_break_that_texts_begin_after():
    model = CharacterLSTM(("a", STAND_IN), d=4).eval()
    assert math.isfinite(bits_per_character(model, "aa"))
    assert model.sample("", 3, random.Random(1)) == "aaa"
    assert len(CharacterLSTM((STAND_IN,), d=4).sample("", 3, random.Random(1))) == 3


def test_fifty_thousand_pasted_characters_are_scored_and_gone_on_from(model):
    pasted = "".join(random.Random(2).choices("abc de🙂fש\n", k=50_000))
    assert math.isfinite(bits_per_character(model, pasted))
    assert len(model.sample(pasted, 2, random.Random(1))) == 2


def test_an_untrained_network_guesses():
    torch.manual_seed(0)
    for model in (CharacterLSTM(ALPHABET), CharacterGPT(ALPHABET)):
        bits = bits_per_character(model.eval(), "the rose was there")
        assert abs(bits - math.log2(len(ALPHABET))) < 0.4


def test_an_odd_width_and_one_head_are_a_transformer_too():
    model = CharacterGPT(ALPHABET, d=7, layers=1, heads=1, context=3)
    assert model(torch.zeros(2, 3, dtype=torch.long)).shape == (2, 3, len(ALPHABET))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: CharacterLSTM(("a", "b")), "ends in STAND_IN"),
        (lambda: CharacterLSTM(("a", "a", STAND_IN)), "different characters"),
        (lambda: CharacterLSTM(()), "different characters"),
        (lambda: CharacterLSTM(ALPHABET, d=0), "d must be a whole number of at least 1"),
        (lambda: CharacterLSTM(ALPHABET, layers=1.5), "layers must be a whole number"),
        (lambda: CharacterGPT(ALPHABET, d=10, heads=4), "d must be a multiple of heads"),
        (lambda: CharacterGPT(ALPHABET, context=1), "context at least 2"),
    ],
)
def test_sizes_that_there_are_not_are_refused_with_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_importing_the_language_models_leaves_torch_alone_until_a_network_is_wanted():
    code = (
        "import sys, unravelling.language_models as m\n"
        "assert 'torch' not in sys.modules\n"
        "for name in m.__all__: getattr(m, name)\n"
        "assert 'torch' in sys.modules"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr

"""Every stop of the X-ray, recomputed from the stop before, against what the real decoder itself computes."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import torch
from transformers.models.llama import modeling_llama

from unravelling.demos.xray.arithmetic import explain
from unravelling.demos.xray.catalogue import BEGIN, BY_NAME, END, OF_A_LAYER, STOPS
from unravelling.demos.xray.forward_pass import Change, Cursor, Pass, call, record
from unravelling.demos.xray.layer_weights import Parts

pytestmark = pytest.mark.models

SENTENCES = ["The piano did not fit through the door because it was too", "Naïve 😀 שלום: two words, two words"]
LAYERS = [0, 1, 12, 17, 29]
CLOSE = {"atol": 1e-4, "rtol": 0}


@contextmanager
def watched_attention(seen, monkeypatch):
    """Stands in for the model's attention function, and writes down the stops that are no module's output or input."""
    theirs = modeling_llama.eager_attention_forward

    def watching(module, query, key, value, attention_mask, scaling, **options):
        layer = module.layer_idx
        seen["turned_queries", layer], seen["turned_keys", layer] = query[0], key[0]
        scores = query @ modeling_llama.repeat_kv(key, module.num_key_value_groups).transpose(2, 3) * scaling
        seen["scores", layer] = scores[0]
        seen["masked", layer] = (scores + attention_mask)[0]
        return theirs(module, query, key, value, attention_mask, scaling, **options)

    with monkeypatch.context() as patch:
        patch.setattr(modeling_llama, "eager_attention_forward", watching)
        yield


@pytest.fixture(scope="module")
def parts(decoder):
    return Parts(decoder)


@pytest.fixture(scope="module", params=SENTENCES, ids=["English", "mixed scripts"])
def watched(request, parts, decoder):
    """A recording whose hooks also saw the inside of attention and the whole model's logits, and its pass."""
    inside = {}
    patch = pytest.MonkeyPatch()
    with watched_attention(inside, patch):
        recording = record(parts, request.param, STOPS)
    recording.seen.update(inside)
    logits = decoder.logits(request.param)[1]
    recording.seen.update({("logits", 0): logits, ("probabilities", 0): torch.softmax(logits, dim=-1)})
    return Pass(parts, recording)


def from_the_hooks(run, stop, layer):
    """What a stop is given, taken from the hooks alone, not from what the stops before it computed."""
    seen = run.recording.seen
    before = seen["embedding", 0] if layer == 0 or stop in BEGIN else seen["after_feed", layer - 1]
    if stop in END:
        before = seen["after_feed", run.parts.layers - 1]
    known = {**run.parts.of(layer), "text": run.recording.text, "stream": before}
    known |= {"tokens": run.at("tokens"), "ids": run.at("ids")}
    return known | {name: values for (name, where), values in seen.items() if where == layer}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("stop", OF_A_LAYER, ids=lambda stop: stop.name)
def test_each_stop_of_a_layer_equals_what_the_model_computes_there(watched, stop, layer):
    theirs = watched.recording.seen[stop.name, layer]
    with torch.no_grad():
        ours = call(stop.function, from_the_hooks(watched, stop, layer))
    if stop.name == "masked":  # the model adds the most negative float32 instead of minus infinity
        ahead = theirs < -1e30
        assert torch.equal(ours.isinf(), ahead)
        ours, theirs = ours[~ahead], theirs[~ahead]
    assert ours.shape == theirs.shape
    torch.testing.assert_close(ours, theirs, **CLOSE)


@pytest.mark.parametrize("stop", [BY_NAME["embedding"], *END], ids=lambda stop: stop.name)
def test_each_stop_outside_the_layers_equals_what_the_model_computes_there(watched, stop):
    with torch.no_grad():
        ours = call(stop.function, from_the_hooks(watched, stop, 0))
    torch.testing.assert_close(ours, watched.recording.seen[stop.name, 0], **CLOSE)


def test_tokens_and_ids_are_those_of_the_tokenizer(watched, decoder):
    assert watched.at("ids").tolist() == decoder.ids(watched.recording.text)
    assert watched.at("tokens") == decoder.tokenizer.convert_ids_to_tokens(watched.at("ids").tolist())


@pytest.mark.parametrize("layer", range(30))
def test_the_stops_of_every_layer_made_one_from_the_other_end_where_the_model_does(watched, layer):
    for stop in OF_A_LAYER:
        if stop.name != "masked":  # whose forbidden places the test above compares
            assert watched.difference(stop.name, layer) <= 1e-4, stop.name


def test_the_last_stop_is_the_probabilities_of_the_model(watched, decoder):
    _, logits = decoder.logits(watched.recording.text)
    torch.testing.assert_close(watched.at("probabilities"), torch.softmax(logits, dim=-1), **CLOSE)


def test_the_weights_are_those_that_the_model_reports_for_every_layer_and_head(watched, decoder):
    _, theirs = decoder.attention(watched.recording.text)
    ours = torch.stack([watched.at("weights", layer) for layer in range(30)])
    torch.testing.assert_close(ours, theirs, **CLOSE)


def test_from_the_embedding_to_the_end_without_the_models_help_it_comes_to_the_same_probabilities(watched):
    """The same functions by other names count as changed, so that every layer is given what ours handed on."""

    def weights(masked):
        return BY_NAME["weights"].function(masked)

    alone = Pass(watched.parts, watched.recording, {"weights": Change(weights, None)})
    assert alone.streams[-1] is not watched.streams[-1]
    torch.testing.assert_close(alone.at("probabilities"), watched.at("probabilities"), **CLOSE)


def test_one_tokens_next_word_is_that_of_all_tokens_together_in_the_pass_and_in_the_model(watched, parts):
    fresh = Pass(parts, record(parts, watched.recording.text, STOPS))
    torch.testing.assert_close(fresh.next_after(4), watched.at("probabilities")[4], **CLOSE)
    torch.testing.assert_close(fresh.recording.probabilities(4), watched.at("probabilities")[4], **CLOSE)
    torch.testing.assert_close(fresh.recording.saw("logits", 0), watched.recording.seen["logits", 0], **CLOSE)


def test_the_stream_read_off_after_the_last_layer_says_what_the_model_says(watched):
    shares, ids = watched.guesses(watched.T - 1)
    assert len(shares) == 31
    best = watched.at("probabilities")[-1].max(dim=-1)
    assert ids[-1] == best.indices
    torch.testing.assert_close(shares[-1], best.values, **CLOSE)


@pytest.mark.parametrize("stop", STOPS[1:], ids=lambda stop: stop.name)
def test_the_arithmetic_of_a_number_comes_to_that_number(watched, stop):
    generator = torch.Generator().manual_seed(5)
    values = watched.at(stop.name, 12)
    across = 1 if stop.name == "ids" else values.shape[-1]
    for layer in (0, 12, 29):
        for _ in range(6):
            token, head, number = (
                int(torch.randint(high, (1,), generator=generator)) for high in (watched.T, 9, across)
            )
            here = Cursor(watched, stop, layer, head, token, number)
            found = explain(here)
            assert found.result == pytest.approx(watched.value_of(here), rel=2e-4, abs=2e-4), here[1:]
            assert all(len(values) == len(found.columns) for _, values in found.strips)


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.name)
def test_every_stop_has_a_finding_about_the_token_that_is_followed(watched, stop):
    for token in (0, watched.T - 1):
        said = stop.say(Cursor(watched, stop, 12, 4, token))
        assert said.endswith(".") and 20 < len(said) < 320


def test_the_finding_at_the_weights_names_the_token_with_the_largest(watched):
    row = watched.at("weights", 3)[1, -1]
    said = BY_NAME["weights"].say(Cursor(watched, BY_NAME["weights"], 3, 1, watched.T - 1))
    assert f"“{watched.recording.names[int(row.argmax())]}”" in said
    assert f"{float(row.max()):.2f}" in said

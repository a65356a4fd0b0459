"""The trained networks that come with the course are what their facts say."""

from __future__ import annotations

import pytest
import torch

from unravelling.language_models import bits_per_character, checkpoints, held_out, our_own

NAMES = checkpoints.NAMES
FOUR_GRAM = 2.60  # bits per character of the held-out text, Kneser-Ney from the same training text


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_is_a_network_ready_for_use(name):
    model, facts = checkpoints.load(name), checkpoints.facts(name)
    assert model.kind == facts["kind"] == name[: len(model.kind)]
    assert not model.training
    assert {weights.dtype for weights in model.parameters()} == {torch.float32}
    assert model.parameter_count == facts["parameters"]
    assert len(model.sample("The ", 20, torch.Generator().manual_seed(1))) == 20


@pytest.mark.parametrize("name", NAMES)
def test_facts_say_how_it_was_trained(name):
    facts = checkpoints.facts(name)
    assert facts.keys() >= {"seed", "steps", "minutes", "threads", "machine", "text_characters", "trained_characters"}
    assert facts["trained_characters"] > facts["text_characters"] > 2_500_000
    assert facts["threads"] == 1 and 0 < facts["minutes"] < 90
    assert facts["bits_held_out"] < FOUR_GRAM


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_is_small_enough_to_come_with_the_package(name):
    files = list(checkpoints.FOLDER.glob(f"{name.lower()}.*"))
    assert {file.suffix for file in files} == {".json", ".safetensors"}
    assert sum(file.stat().st_size for file in files) < 5e6


@pytest.mark.parametrize("name", NAMES)
def test_the_recorded_quality_is_the_measured_one_on_our_own_text(name):
    measured = bits_per_character(checkpoints.load(name), our_own())
    assert measured == pytest.approx(checkpoints.facts(name)["bits_own"], abs=0.02)


@pytest.mark.models
@pytest.mark.parametrize("name", NAMES)
def test_the_recorded_quality_is_the_measured_one_on_the_held_out_text(name):
    measured = bits_per_character(checkpoints.load(name), held_out())
    assert measured == pytest.approx(checkpoints.facts(name)["bits_held_out"], abs=0.02)


def test_a_checkpoint_that_there_is_not_is_refused_with_a_sentence():
    for ask in (checkpoints.load, checkpoints.facts):
        with pytest.raises(ValueError, match="There is no checkpoint 'RNN': choose one of LSTM, GPT, GPT-5M"):
            ask("RNN")


@pytest.mark.parametrize("name", NAMES)
def test_saving_rounds_and_changes_next_to_nothing(name, tmp_path):
    torch.manual_seed(0)
    model = checkpoints.load(name)
    with torch.no_grad():
        for weights in model.parameters():
            weights += 1e-4 * torch.randn_like(weights)
    checkpoints.save(model, {"seed": 5}, tmp_path, name)
    again = checkpoints.load(name, tmp_path)
    assert checkpoints.facts(name, tmp_path)["seed"] == 5
    before, after = (bits_per_character(each, our_own()[:1_500]) for each in (model, again))
    assert before != after
    assert before == pytest.approx(after, abs=5e-4)

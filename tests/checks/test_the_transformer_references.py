"""The references of module 05 are right: they agree with torch's own layers and with the models that were released."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.checks.proofs import outcome
from unravelling import models
from unravelling.checks import registry
from unravelling.checks.instruments.probing import Raised
from unravelling.checks.judge import expected
from unravelling.checks.repro_cell import cell_for
from unravelling.checks.the_transformer.configurations import BERT_BASE, COUNTS, DECODER, ENCODER, GPT2_SMALL

SENTENCE = "The piano did not go through the door because it was too wide."


@pytest.fixture(params=range(5))
def rng(request):
    return torch.Generator().manual_seed(request.param)


def given_away(module: nn.Module, rng: torch.Generator) -> nn.Module:
    """The module with all its numbers drawn anew, norms and biases too."""
    with torch.no_grad():
        for each in module.parameters():
            each.normal_(generator=rng).mul_(0.5)
    return module


def test_layer_norm_equals_torchs(rng):
    x, weight, bias = (torch.randn(*shape, generator=rng) for shape in ((2, 3, 16), (16,), (16,)))
    for eps in (1e-5, 1e-12, 0.1):
        ours = registry.load("05.1").reference(x, weight, bias, eps)
        torch.testing.assert_close(ours, nn.functional.layer_norm(x, (16,), weight, bias, eps))


def test_sinusoidal_positions_follow_the_formula_number_by_number():
    table = registry.load("05.2").reference(50, 12)
    for p in range(50):
        for i in range(6):
            angle = torch.tensor(p / 10000 ** (2 * i / 12), dtype=torch.float64)
            assert table[p, 2 * i].item() == pytest.approx(angle.sin().item(), abs=1e-5)
            assert table[p, 2 * i + 1].item() == pytest.approx(angle.cos().item(), abs=1e-5)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_the_encoder_block_takes_over_torchs_weights_and_gives_its_output(rng, activation):
    theirs = nn.TransformerEncoderLayer(12, 3, 20, dropout=0.0, activation=activation, batch_first=True)
    ours = registry.load("05.3").reference(12, 3, 20, activation)
    ours.load_state_dict(given_away(theirs, rng).state_dict())
    x, mask = torch.randn(2, 5, 12, generator=rng), torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(ours(x, mask), theirs(x, src_key_padding_mask=~mask), atol=1e-5, rtol=1e-4)


def test_the_decoder_block_takes_over_torchs_weights_and_gives_its_output(rng):
    theirs = nn.TransformerDecoderLayer(12, 3, 20, dropout=0.0, batch_first=True)
    ours = registry.load("05.4").reference(12, 3, 20)
    ours.load_state_dict(given_away(theirs, rng).state_dict())
    x, memory = torch.randn(2, 4, 12, generator=rng), torch.randn(2, 3, 12, generator=rng)
    mask = torch.tensor([[True, True, True], [True, False, False]])
    future = ~registry.load("04.2").reference(4)
    right = theirs(x, memory, tgt_mask=future, memory_key_padding_mask=~mask)
    torch.testing.assert_close(ours(x, memory, mask), right, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(ours(x, memory), theirs(x, memory, tgt_mask=future), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("id", ["05.3", "05.4"])
def test_the_cell_of_a_block_shows_torchs_output_beside_the_right_one(id):
    exercise = registry.load(id)
    for number, case in enumerate(exercise.cases()):
        ours, theirs = outcome(cell_for(exercise, case, number, 0, "value"), exercise, exercise.reference)
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("id", ["05.1", "05.3", "05.4", "05.5", "05.6"])
def test_no_reference_stops_on_any_of_its_inputs(id):
    """A case on which the right answer stops would let every wrong one pass that stops, too."""
    exercise = registry.load(id)
    for seed in range(3):
        assert not [case.name for case in exercise.cases(seed) if isinstance(expected(exercise, case), Raised)]


@pytest.mark.parametrize(("name", "config", "count"), COUNTS, ids=[each[0] for each in COUNTS])
def test_the_formula_gives_the_counts_of_released_models(name, config, count):
    assert registry.load("05.5").reference(config) == count


def test_transformers_builds_gpt_2_and_bert_with_as_many_parameters():
    from transformers import BertConfig, BertModel, GPT2Config, GPT2LMHeadModel

    for kind, built, config in ((GPT2LMHeadModel, GPT2Config(), GPT2_SMALL), (BertModel, BertConfig(), BERT_BASE)):
        with torch.device("meta"):  # shapes without numbers
            model = kind(built)
        assert sum(each.numel() for each in model.parameters()) == registry.load("05.5").reference(config)


@pytest.mark.models
@pytest.mark.parametrize(("name", "recorded"), [("decoder", DECODER), ("encoder", ENCODER)])
def test_the_recorded_configurations_are_those_of_the_models_that_the_course_carries(name, recorded):
    model = models.load(name).model
    published = model.config
    facts = {
        "vocabulary": published.vocab_size,
        "width": published.hidden_size,
        "layers": published.num_hidden_layers,
        "heads": published.num_attention_heads,
        "key_value_heads": getattr(published, "num_key_value_heads", published.num_attention_heads),
        "inner": published.intermediate_size,
        "tied": published.tie_word_embeddings,
    }
    assert facts == {key: recorded[key] for key in facts}
    named = dict(model.named_parameters())
    rows = {key: len(named.get(f"embeddings.{key}_embeddings.weight", ())) for key in ("position", "token_type")}
    assert [recorded["positions"], recorded["segments"]] == [rows["position"], rows["token_type"]]
    assert recorded["biases"] == any(each.endswith(".bias") for each in named)
    assert recorded["gated"] == any("gate_proj" in each for each in named)
    assert recorded["pooler"] == any("pooler" in each for each in named)
    assert registry.load("05.5").reference(recorded) == sum(each.numel() for each in model.parameters())


@pytest.mark.models
def test_the_blocks_with_the_encoders_weights_are_the_encoder():
    """What the cells that put 05.1 and 05.3 to use tell the learner: layer by layer, the same activations."""
    text = (Path(__file__).parents[2] / "authoring/05_the_transformer/exercises.md").read_text("utf-8")
    scope = {"torch": torch}
    exec(re.search(r"def as_ours\(.*?\n    return found\n", text, re.DOTALL)[0], scope)
    encoder = models.load("encoder")
    ids = encoder.tokenizer(SENTENCE, return_tensors="pt").input_ids
    with torch.no_grad():
        theirs = encoder.model(ids, output_hidden_states=True).hidden_states
        x = theirs[0]
        for layer, after in zip(encoder.model.encoder.layer, theirs[1:], strict=True):
            block = registry.load("05.3").reference(384, 12, 1536, "gelu")
            block.load_state_dict(scope["as_ours"](layer))
            block.norm1.eps = block.norm2.eps = encoder.model.config.layer_norm_eps
            x = block(x)
            torch.testing.assert_close(x, after, atol=1e-4, rtol=1e-4)


def test_the_whole_model_learns_to_reverse_words_in_the_150_steps_of_its_cell():
    torch.manual_seed(0)
    model = registry.load("05.6").reference(27, 64, 4, 128)
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(150):
        source = torch.randint(1, 27, (64, 6))
        answer = source.flip(1)
        target = torch.cat([torch.zeros(64, 1, dtype=torch.int64), answer[:, :-1]], dim=1)
        loss = nn.functional.cross_entropy(model(source, target).flatten(0, 1), answer.flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    fresh = torch.randint(1, 27, (200, 6))
    assert (model.write(fresh, 0, 6) == fresh.flip(1)).all(1).float().mean() > 0.8
    longer = torch.randint(1, 27, (200, 8))
    assert (model.write(longer, 0, 8) == longer.flip(1)).all(1).float().mean() < 0.2

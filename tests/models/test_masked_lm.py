"""The course's own masked model: what is shipped, how it is put together, and that it reaches what is said of it."""

from __future__ import annotations

import pytest
import torch

from unravelling import corpora, models
from unravelling.models import ModelError, masked_lm
from unravelling.models.model_cache import cache_folder

MASK = 103


@pytest.fixture(scope="module")
def masked():
    return models.load("masked_lm")


def test_it_scores_every_token_and_shows_its_attention(masked):
    text = "The cat sat on the [MASK]."
    tokens, scores = masked.logits(text)
    assert tokens[-3:] == ["[MASK]", ".", "[SEP]"] and scores.shape == (len(tokens), 30_522)
    with torch.no_grad():
        own = masked.model(torch.tensor([masked.ids(text)])).logits[0]
    assert torch.allclose(scores, own, atol=1e-4)
    weights = masked.attention(text)[1]
    assert weights.shape == (6, 12, len(tokens), len(tokens)) and (weights.sum(-1) - 1).abs().max() < 1e-5
    assert weights.triu(1).max() > 0


def test_a_word_after_the_blank_changes_what_is_named(masked):
    place = masked.tokens("The [MASK] barked at the postman.").index("[MASK]")
    one, other = (masked.logits(f"The [MASK] {end}")[1][place] for end in ("barked at me.", "was closed and dark."))
    assert (one.softmax(-1) - other.softmax(-1)).abs().sum() > 0.2


def test_it_reaches_on_unseen_articles_what_its_facts_say(masked):
    """On a part of them, with every chosen token hidden, as the script that trained it measures."""
    facts = masked_lm.facts()
    assert masked.facts == facts and facts["masked"] > 5_000
    window = facts["window"]
    text = corpora.load("encyclopedia", part="held_out")[:60_000]
    ids = masked.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    rows = torch.tensor([[101, *ids[at : at + window], 102] for at in range(0, len(ids) - window, window)])
    hidden = torch.rand(rows.shape, generator=torch.Generator().manual_seed(3)) < 0.15
    hidden &= rows >= 999  # neither marks nor what is no word
    with torch.inference_mode():
        inside = masked.model.bert(rows.masked_fill(hidden, MASK)).last_hidden_state[hidden]
        named = masked.model.cls(inside).argmax(-1)
    assert hidden.sum() > 1_200
    assert (named == rows[hidden]).float().mean().item() == pytest.approx(facts["top1"], abs=0.05)


def test_what_is_shipped_is_small_and_has_its_story():
    facts = masked_lm.facts()
    assert masked_lm.size() < 15e6
    told = {"top1", "top5", "masked", "window", "seed", "steps", "tokens", "minutes", "machine", "text_characters"}
    assert told | {"start", "parameters"} <= set(facts)


def test_saving_changes_no_weight_by_more_than_half_a_step_of_its_row(masked, tmp_path):
    noise = torch.Generator().manual_seed(0)
    before = {n: w + 0.01 * torch.randn(w.shape, generator=noise) for n, w in masked_lm.weights().items()}
    model = masked_lm.build(cache_folder() / "encoder", before)
    masked_lm.save(model, {"top1": 0.5}, tmp_path)
    after = masked_lm.weights(tmp_path)
    assert after.keys() == before.keys() and masked_lm.facts(tmp_path) == {"top1": 0.5}
    for name, weight in before.items():
        off = (after[name] - weight).abs()
        allowed = weight.abs().amax(-1, keepdim=True) / 254 * 1.01 if weight.dim() == 2 else torch.tensor(0.0)
        assert (off <= allowed + 1e-7).all(), name


def test_a_missing_or_foreign_tensor_is_refused(masked):
    whole = masked_lm.weights()
    for wrong in ({n: w for n, w in whole.items() if n != "cls.predictions.bias"}, {**whole, "a.b": torch.ones(1)}):
        with pytest.raises(ValueError, match="do not fit"):
            masked_lm.build(cache_folder() / "encoder", wrong)


def test_the_word_tables_are_the_encoders_and_tied_to_the_scores(masked):
    own = models.load("encoder").model.embeddings.word_embeddings.weight
    assert torch.equal(masked.model.bert.embeddings.word_embeddings.weight, own)
    assert masked.model.cls.predictions.decoder.weight is masked.model.bert.embeddings.word_embeddings.weight
    assert masked.model.cls.predictions.decoder.bias is masked.model.cls.predictions.bias


def test_a_hub_model_keeps_its_head_when_asked(tiny_bert):
    bert = models.load(f"hub:{tiny_bert}", kind="masked_lm")
    assert bert.kind == "masked_lm" and bert.facts == {}
    tokens, scores = bert.logits("the [MASK] sat")
    assert tokens == ["[CLS]", "the", "[MASK]", "sat", "[SEP]"] and scores.shape == (5, 12)


def test_a_model_without_a_head_is_refused_with_a_sentence(tiny_bert, tmp_path):
    import json
    import shutil

    folder = shutil.copytree(tiny_bert, tmp_path / "bare")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "architectures": ["BertModel"]}))
    with pytest.raises(ModelError, match="has no head that names hidden words: choose another model"):
        models.load(f"hub:{folder}", kind="masked_lm")


def test_a_kind_that_does_not_fit_is_refused_with_a_sentence(tiny_bert):
    with pytest.raises(ModelError, match="choose one of decoder, encoder, masked_lm"):
        models.load(f"hub:{tiny_bert}", kind="chat")
    with pytest.raises(ModelError, match="is of the kind 'encoder', not 'decoder'"):
        models.load(f"hub:{tiny_bert}", kind="decoder")
    with pytest.raises(ModelError, match="load it without `kind`"):
        models.load("encoder", kind="masked_lm")

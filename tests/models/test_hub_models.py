"""hub:NAME takes any decoder or encoder; two tiny random models on disk stand in for those of the Hub."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap

import pytest

from unravelling import models
from unravelling.models import ModelError

SENTENCE = "The cat sat on the mat."


@pytest.fixture(scope="module")
def tiny_gpt2(tmp_path_factory):
    """A random GPT-2 with 3 layers of 4 heads and a byte-level vocabulary."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("hub") / "gpt2"
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: number for number, piece in enumerate(["<|endoftext|>", *letters])}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<|endoftext|>", eos_token="<|endoftext|>")
    config = GPT2Config(vocab_size=len(vocabulary), n_positions=64, n_embd=32, n_layer=3, n_head=4)
    GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_decoder_in_a_folder_is_recognised_and_gives_its_attention(tiny_gpt2):
    gpt2 = models.load(f"hub:{tiny_gpt2}")
    assert (gpt2.kind, gpt2.layers, gpt2.heads, gpt2.context) == ("decoder", 3, 4, 64)
    tokens, weights = gpt2.attention(SENTENCE)
    assert tokens[:4] == ["<|endoftext|>", "T", "h", "e"]
    assert weights.shape == (3, 4, len(tokens), len(tokens)) and str(weights.dtype) == "torch.float32"
    assert (weights.sum(-1) - 1).abs().max() < 1e-5
    assert weights.triu(1).abs().max() == 0, "a decoder looks at nothing that comes later"


def test_a_name_loads_a_model_and_what_is_loaded_stays_the_same_one(tiny_gpt2):
    gpt2 = models.loaded(f"hub:{tiny_gpt2}")
    assert gpt2.kind == "decoder" and models.loaded(gpt2, kind="decoder") is gpt2
    with pytest.raises(ValueError, match=r'models\.load\("encoder"\) returns. This is of another kind: decoder'):
        models.loaded(gpt2, kind="encoder")


def test_an_encoder_in_a_folder_is_recognised_and_looks_both_ways(tiny_bert):
    bert = models.load(f"hub:{tiny_bert}")
    assert (bert.kind, bert.layers, bert.heads) == ("encoder", 2, 2)
    tokens, weights = bert.attention("the cats sat")
    assert tokens == ["[CLS]", "the", "cat", "##s", "sat", "[SEP]"] == bert.tokens("the cats sat")
    assert weights.shape == (2, 2, 6, 6) and (weights.sum(-1) - 1).abs().max() < 1e-5
    assert weights.triu(1).max() > 0


def test_the_start_of_a_document_is_not_doubled(tiny_gpt2):
    gpt2 = models.load(f"hub:{tiny_gpt2}")
    assert gpt2.tokens("<|endoftext|>ab") == gpt2.tokens("ab") == ["<|endoftext|>", "a", "b"]


def test_logits_are_the_models_own_scores(tiny_gpt2):
    import torch

    gpt2 = models.load(f"hub:{tiny_gpt2}")
    tokens, scores = gpt2.logits("abc")
    with torch.no_grad():
        expected = gpt2.model(torch.tensor([gpt2.ids("abc")])).logits[0]
    assert len(tokens) == 4 and scores.shape == (4, 257)
    assert torch.allclose(scores, expected, atol=1e-5)


def test_an_encoder_says_that_it_predicts_no_next_token(tiny_bert):
    with pytest.raises(ModelError, match=r'use models.load\("decoder"\)'):
        models.load(f"hub:{tiny_bert}").logits("the cat")


@pytest.mark.parametrize("text", ["", "  \n", None, 7])
def test_an_empty_text_is_refused_with_a_sentence(tiny_gpt2, text):
    with pytest.raises(ModelError, match="write at least one word"):
        models.load(f"hub:{tiny_gpt2}").attention(text)


def test_a_text_longer_than_the_context_is_refused_with_both_numbers(tiny_gpt2):
    gpt2 = models.load(f"hub:{tiny_gpt2}")
    assert len(gpt2.tokens("x" * 63)) == 64
    with pytest.raises(ModelError, match=r"has 65 tokens .* at most 64"):
        gpt2.tokens("x" * 64)


def test_maps_that_would_not_fit_into_memory_are_refused(tiny_gpt2, monkeypatch):
    from unravelling.models import pretrained

    monkeypatch.setattr(pretrained, "MOST_ATTENTION_BYTES", 12 * 4 * 20 * 20)
    gpt2 = models.load(f"hub:{tiny_gpt2}")
    assert len(gpt2.attention("x" * 19)[0]) == 20
    with pytest.raises(ModelError, match=r"has 21 tokens.* up to 20"):
        gpt2.attention("x" * 20)


def test_the_last_texts_are_remembered_and_what_is_returned_can_be_changed(tiny_gpt2, monkeypatch):
    gpt2 = models.load(f"hub:{tiny_gpt2}")
    runs = []
    really = gpt2._attend
    monkeypatch.setattr(gpt2, "_attend", lambda text: runs.append(text) or really(text))
    tokens, weights = gpt2.attention("ab")
    before = weights.clone()
    weights.zero_()
    tokens.clear()
    again, same = gpt2.attention("ab")
    assert runs == ["ab"] and again == ["<|endoftext|>", "a", "b"] and (same == before).all()
    for number in range(8):
        gpt2.attention(f"text {number}")
    gpt2.attention("ab")
    assert runs.count("ab") == 2, "nine texts later the first is forgotten"


def test_attention_tracks_no_gradient_and_the_model_is_in_evaluation_mode(tiny_gpt2):
    gpt2 = models.load(f"hub:{tiny_gpt2}")
    assert not gpt2.model.training and not gpt2.attention("ab")[1].requires_grad


def test_a_type_can_be_chosen(tiny_gpt2):
    import torch

    gpt2 = models.load(f"hub:{tiny_gpt2}", dtype=torch.bfloat16)
    assert gpt2.model.dtype == torch.bfloat16 and gpt2.attention("ab")[1].dtype == torch.float32


def test_neither_decoder_nor_encoder_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "config.json").write_text(
        json.dumps({"architectures": ["T5ForConditionalGeneration"], "model_type": "t5", "is_encoder_decoder": True})
    )
    with pytest.raises(ModelError, match="T5ForConditionalGeneration"):
        models.load(f"hub:{tmp_path}")


def test_a_folder_without_a_model_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(ModelError, match="There is no model in the folder"):
        models.load(f"hub:{tmp_path}")
    with pytest.raises(ModelError, match="There is no model in the folder"):
        models.load(f"hub:{tmp_path}/nowhere")


def test_weights_that_are_pickles_are_refused(tiny_gpt2, tmp_path):
    import torch

    shutil.copytree(tiny_gpt2, tmp_path / "pickled")
    (tmp_path / "pickled" / "model.safetensors").unlink()
    torch.save({}, tmp_path / "pickled" / "pytorch_model.bin")
    with pytest.raises(ModelError, match="no safetensors"):
        models.load(f"hub:{tmp_path / 'pickled'}")


def test_broken_weights_are_refused_with_a_sentence(tiny_gpt2, tmp_path):
    shutil.copytree(tiny_gpt2, tmp_path / "broken")
    os.truncate(tmp_path / "broken" / "model.safetensors", 500)
    with pytest.raises(ModelError, match="cannot be loaded"):
        models.load(f"hub:{tmp_path / 'broken'}")


def fails_on_the_hub(monkeypatch, error):
    def snapshot_download(*arguments, **options):
        raise error

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)


def test_a_name_that_the_hub_does_not_have_is_refused_with_a_sentence(monkeypatch):
    from huggingface_hub.errors import RepositoryNotFoundError

    fails_on_the_hub(monkeypatch, RepositoryNotFoundError.__new__(RepositoryNotFoundError))
    with pytest.raises(ModelError, match=r"no public model named 'nobody/nothing'"):
        models.load("hub:nobody/nothing")


def test_a_name_that_cannot_be_one_is_refused_with_a_sentence():
    with pytest.raises(ModelError, match=r"no public model named 'two words'"):
        models.load("hub:two words")


def test_the_hub_out_of_reach_is_told_as_such(monkeypatch):
    fails_on_the_hub(monkeypatch, ConnectionError("Name or service not known"))
    with pytest.raises(ModelError, match="go online and try again"):
        models.load("hub:openai-community/gpt2")
    assert not models.available("hub:openai-community/gpt2")


def test_a_full_disk_while_fetching_from_the_hub_is_told_as_such(monkeypatch):
    fails_on_the_hub(monkeypatch, OSError(28, "No space left on device"))
    with pytest.raises(ModelError, match="make room"):
        models.fetch("hub:openai-community/gpt2")


@pytest.mark.parametrize("name", ["gpt5", "", None, ["decoder"]])
def test_an_unknown_name_lists_the_names(name):
    for ask in (models.load, models.fetch, models.available, models.verify):
        with pytest.raises(ModelError, match='choose "decoder", "encoder", "masked_lm", or "hub:NAME"'):
            ask(name)


def test_without_transformers_one_sentence_says_what_to_install(tmp_path):
    program = textwrap.dedent("""
        import sys
        sys.modules["transformers"] = None
        from unravelling import models
        try:
            models.load("decoder")
        except models.ModelError as error:
            print(error)
    """)
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment()).stdout
    assert "pip install torch transformers" in said


def test_looking_at_models_and_texts_imports_neither_torch_nor_transformers(tmp_path):
    program = textwrap.dedent("""
        import sys
        from unravelling import corpora, models
        models.listing(), corpora.listing(), models.available("decoder"), models.verify("encoder")
        print([name for name in ("torch", "transformers", "numpy", "tqdm") if name in sys.modules])
    """)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment())
    assert run.stdout.strip() == "[]", run.stderr


def environment() -> dict[str, str]:
    return dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))


@pytest.mark.parametrize("name", ["hub:", "hub:   "])
def test_a_hub_name_without_a_name_gets_a_sentence(name):
    with pytest.raises(ModelError, match='no name behind "hub:"'):
        models.load(name)
    with pytest.raises(ModelError, match='no name behind "hub:"'):
        models.fetch(name)
    assert models.available(name) is False

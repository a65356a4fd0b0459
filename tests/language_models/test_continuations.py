"""Texts that share a beginning are scored and continued as if each had been read alone, from its first token."""

from __future__ import annotations

import pytest
import torch

from unravelling import models
from unravelling.language_models import continuations
from unravelling.language_models.continuations import (
    complete,
    continuation_log_probabilities,
    forget,
    next_token_log_probabilities,
)
from unravelling.models.pretrained import Pretrained

PREFIX = "hot -> cold\nbig -> small\n"
TEXTS = ["up ->", "The night was dark and", "", "early ->", "up ->"]


@pytest.fixture(scope="module")
def decoder():
    return models.load("decoder")


@pytest.fixture(scope="module")
def tokenizer(decoder):
    return decoder.tokenizer


def tiny(kind: str, tokenizer, context: int = 64) -> Pretrained:
    """A random model of a family, with the decoder's tokenizer."""
    import transformers

    size = {"vocab_size": 49_152, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    more = {"intermediate_size": 64, "max_position_embeddings": context, "bos_token_id": 0, "eos_token_id": 0}
    torch.manual_seed(5)
    if kind == "gpt2":
        config = transformers.GPT2Config(vocab_size=49_152, n_embd=32, n_layer=2, n_head=4, n_positions=context)
    else:
        more |= {} if kind == "gpt_neox" else {"num_key_value_heads": 2}
        config = transformers.AutoConfig.for_model(kind, **size, **more)
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for weights in model.parameters():
            if weights.ndim > 1:
                weights.mul_(6)  # so that what stands before makes a difference
    return Pretrained(f"tiny {kind}", "decoder", model, tokenizer, "random")


def pieces(model, *texts: str) -> list[int]:
    """The tokens of the parts, cut apart, behind the token that starts a document."""
    start = model.tokenizer.convert_tokens_to_ids("<|endoftext|>")
    return [start, *(token for text in texts if text for token in model.tokenizer(text)["input_ids"])]


def alone(model, *texts: str) -> torch.Tensor:
    """(T, V): the log-probabilities after each token of the joined parts, in one plain pass."""
    with torch.inference_mode():
        return model.model(torch.tensor([pieces(model, *texts)]), use_cache=False).logits[0].float().log_softmax(-1)


def check_all(model, tolerance: float) -> None:
    found = next_token_log_probabilities(model, PREFIX, TEXTS)
    assert found.shape[0] == len(TEXTS) and found.dtype == torch.float32
    for row, text in zip(found, TEXTS, strict=True):
        torch.testing.assert_close(row, alone(model, PREFIX, text)[-1], atol=tolerance, rtol=0)
    pairs = [("up ->", " down"), ("big ->", " extraordinary smallness"), ("up ->", " unimaginably low"), ("", " x y")]
    for logs, (text, continuation) in zip(continuation_log_probabilities(model, PREFIX, pairs), pairs, strict=True):
        ids = pieces(model, PREFIX, text, continuation)
        own = model.tokenizer(continuation)["input_ids"]
        plain = alone(model, PREFIX, text, continuation)[-len(own) - 1 : -1]
        expected = plain.gather(1, torch.tensor(ids[-len(own) :])[:, None])[:, 0]
        assert logs == pytest.approx(expected.tolist(), abs=tolerance)


def greedy(model, *texts: str, most: int) -> str:
    ids = pieces(model, *texts)
    begun = len(ids)
    with torch.inference_mode():
        for _ in range(most):
            ids.append(int(model.model(torch.tensor([ids]), use_cache=False).logits[0, -1].argmax()))
    return model.tokenizer.decode(ids[begun:]).split("\n")[0]


@pytest.mark.models
@pytest.mark.parametrize("kind", ["llama", "gpt2", "gpt_neox", "qwen2", "gemma2"])
def test_a_shared_beginning_changes_no_probability_in_any_family(kind: str, tokenizer) -> None:
    model = tiny(kind, tokenizer)
    check_all(model, 1e-3)
    different = next_token_log_probabilities(model, "big -> small\n", ["up ->"])
    assert (different - next_token_log_probabilities(model, PREFIX, ["up ->"])).abs().max() > 0.1


@pytest.mark.models
def test_the_real_decoder_gives_what_it_gives_for_each_text_alone(decoder) -> None:
    check_all(decoder, 1e-3)
    assert decoder.model.config._attn_implementation == "eager"


@pytest.mark.models
def test_greedy_texts_are_those_of_the_plain_loop_whatever_else_is_in_the_batch(decoder) -> None:
    texts = ["up ->", "", "early ->", "The capital of France is"]
    found = complete(decoder, PREFIX, texts, most=5)
    assert found == [greedy(decoder, PREFIX, text, most=5) for text in texts]
    assert found[0].strip() == "down"


@pytest.mark.models
def test_a_completion_that_has_departed_from_the_answer_is_broken_off_and_a_right_one_is_whole(decoder) -> None:
    texts = ["up ->", "early ->", "young ->"]
    full = complete(decoder, PREFIX, texts)
    assert complete(decoder, PREFIX, texts, wanted=full) == full
    cut = complete(decoder, PREFIX, texts, wanted=[full[0], " zebra", full[2]])
    assert cut[0] == full[0] and cut[2] == full[2] and cut[1] != " zebra"
    assert full[1].startswith(cut[1])


@pytest.mark.models
def test_packs_of_every_size_give_the_same(tokenizer, monkeypatch) -> None:
    model = tiny("llama", tokenizer)
    texts = [f"{word} ->" for word in ("up", "down", "left", "right", "early", "late", "young", "old")]
    whole = next_token_log_probabilities(model, PREFIX, texts)
    written = complete(model, PREFIX, texts)
    pairs = [(text, f" {answer} and more") for text in texts for answer in ("yes", "no")]
    scores = continuation_log_probabilities(model, PREFIX, pairs)
    for size in (1, 5, 8):
        monkeypatch.setattr(continuations, "PACK", size)
        torch.testing.assert_close(next_token_log_probabilities(model, PREFIX, texts), whole, atol=1e-4, rtol=0)
        assert complete(model, PREFIX, texts) == written
        again = continuation_log_probabilities(model, PREFIX, pairs)
        for one, other in zip(again, scores, strict=True):
            assert one == pytest.approx(other, abs=1e-4)


@pytest.mark.models
def test_a_prefix_is_read_once_and_again_when_the_weights_have_changed(tokenizer, monkeypatch) -> None:
    model = tiny("llama", tokenizer)
    read = []
    usual = model.model.forward

    def counted(ids, **how):
        read.append(ids.shape[1])
        return usual(ids, **how)

    monkeypatch.setattr(model.model, "forward", counted)
    long = PREFIX * 3
    before = next_token_log_probabilities(model, long, ["up ->"])
    first = sum(read)
    assert torch.equal(next_token_log_probabilities(model, long, ["up ->"]), before)
    assert sum(read) - first == len(model.tokenizer("up ->")["input_ids"])
    with torch.no_grad():
        model.model.get_input_embeddings().weight.mul_(1.5)
    after = next_token_log_probabilities(model, long, ["up ->"])
    assert (after - before).abs().max() > 1e-3
    torch.testing.assert_close(after[0], alone(model, long, "up ->")[-1], atol=1e-3, rtol=0)
    count = len(read)
    forget(model)
    next_token_log_probabilities(model, long, ["up ->"])
    assert len(read) == count + 2


@pytest.mark.models
def test_the_remembered_prefix_is_not_altered_by_what_follows_it(tokenizer) -> None:
    model = tiny("llama", tokenizer)
    before = next_token_log_probabilities(model, PREFIX)
    complete(model, PREFIX, ["up ->", "a b c d e f"], most=20)
    assert torch.equal(next_token_log_probabilities(model, PREFIX), before)
    before += 1  # and what was handed out is the reader's own
    assert (next_token_log_probabilities(model, PREFIX) - before).abs().max() > 0.5


@pytest.mark.models
def test_only_so_many_prefixes_are_kept(tokenizer, monkeypatch) -> None:
    model = tiny("llama", tokenizer)
    for number in range(continuations.REMEMBERED + 3):
        next_token_log_probabilities(model, f"{number} and")
    assert len(continuations._known[model.model]) == continuations.REMEMBERED
    monkeypatch.setattr(continuations, "REMEMBERED_TOKENS", 20)
    next_token_log_probabilities(model, PREFIX)
    assert sum(each.length for each in continuations._known[model.model].values()) <= 20


@pytest.mark.models
def test_foolish_questions_get_a_sentence(tokenizer) -> None:
    model = tiny("llama", tokenizer)
    encoder = models.load("encoder")
    for call, sentence in [
        (lambda: complete(encoder, "a", ["b"]), "The encoder is no decoder"),
        (lambda: next_token_log_probabilities(model, "word " * 100), "too long: it has 10. tokens .* reads at most 64"),
        (lambda: next_token_log_probabilities(model, "word", ["word " * 70]), "at most 64"),
        (lambda: complete(model, "word", ["word " * 58], most=8), "at most 64"),
        (lambda: continuation_log_probabilities(model, "word", [("a", " word" * 70)]), "give fewer examples"),
        (lambda: continuation_log_probabilities(model, "a", [("b", "")]), "continuation is empty"),
        (lambda: complete(model, "a", "b"), "list of texts"),
        (lambda: complete(model, "a", [3]), "must be a string, not int"),
    ]:
        with pytest.raises(models.ModelError, match=sentence):
            call()
    assert next_token_log_probabilities(model, "a", []).shape == (0, 49_152)
    assert complete(model, "a", []) == [] and continuation_log_probabilities(model, "a", []) == []

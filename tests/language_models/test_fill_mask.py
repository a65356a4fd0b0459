"""Blanks filled from both sides and from the left, accuracy on hidden tokens, and a masked model as a judge."""

from __future__ import annotations

import re

import pytest
import torch

from unravelling import corpora, models
from unravelling.language_models import fill_mask
from unravelling.language_models.embedding import sentence_rows, words_in_common
from unravelling.language_models.test_items import PAIRS, SEARCHES


@pytest.fixture(scope="module")
def masked():
    return models.load("masked_lm")


@pytest.fixture(scope="module")
def decoder():
    return models.load("decoder")


@pytest.mark.parametrize("blank", ["___", "[MASK]", "____", "[mask]"])
def test_a_blank_may_be_written_in_several_ways(masked, blank: str) -> None:
    first = fill_mask.fill(masked, f"The {blank} barked all night.")
    assert first == fill_mask.fill(masked, "The ___ barked all night.") and len(first) == 5
    assert [each.probability for each in first] == sorted((each.probability for each in first), reverse=True)


def test_the_chances_sum_to_one_and_those_of_words_are_among_them(masked) -> None:
    sentence = "The ___ barked all night."
    chances = fill_mask.blank_chances(masked, sentence)
    assert chances.shape == (30_522,) and chances.sum().item() == pytest.approx(1, abs=1e-4)
    dog, bread = fill_mask.chances_of(masked, sentence, ["dog", "bread"])
    assert dog == chances[fill_mask.one_token(masked, "dog")].item() and dog > bread


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("", "There is no text"),
        ("   ", "There is no text"),
        ("No gap at all.", "has no blank"),
        ("The ___ and the ___.", "has 2 blanks"),
        ("___", "nothing around the blank"),
        ("___ !", "nothing around the blank"),
    ],
)
def test_a_sentence_without_exactly_one_blank_is_refused_with_a_sentence(masked, decoder, sentence, says) -> None:
    for ask, model in ((fill_mask.fill, masked), (fill_mask.go_on, decoder)):
        with pytest.raises(ValueError, match=says):
            ask(model, sentence)


def test_a_sentence_longer_than_the_model_reads_is_refused(masked) -> None:
    with pytest.raises(models.ModelError, match="too long"):
        fill_mask.fill(masked, "word " * 3000 + "___")


def test_models_of_another_kind_are_refused(masked, decoder) -> None:
    with pytest.raises(ValueError, match="Only a masked model"):
        fill_mask.fill(decoder, "The ___.")
    with pytest.raises(ValueError, match="Only a decoder"):
        fill_mask.go_on(masked, "The ___.")


def test_a_word_of_several_tokens_is_refused_by_name(masked) -> None:
    with pytest.raises(ValueError, match="'floccinaucinihilipilification' is more than one token"):
        fill_mask.chances_of(masked, "The ___ is here.", ["floccinaucinihilipilification"])


def test_the_decoder_answers_the_same_whatever_follows_the_blank(decoder) -> None:
    one, other = (fill_mask.go_on(decoder, f"The old ___ {end}") for end in ("are asleep.", "is a violin."))
    assert one == other
    assert fill_mask.go_on(decoder, "___ is here.")[0].probability > 0, "a blank may come first"


def test_accuracy_counts_what_is_named_first(masked) -> None:
    text = corpora.load("encyclopedia", part="held_out")
    found = fill_mask.masked_accuracy(masked, text, stretches=6)
    assert found == fill_mask.masked_accuracy(masked, text, stretches=6)
    assert 60 < found.asked < 180 and 0 <= found.low <= found.share <= found.high <= 1
    assert found.share > found.commonest, "it must do better than naming one token always"
    with pytest.raises(ValueError, match="take a longer text"):
        fill_mask.masked_accuracy(masked, "too short")


def test_accuracy_is_one_for_a_model_that_sees_what_is_hidden(masked, monkeypatch) -> None:
    """The measure itself: a stand-in that answers with the hidden tokens is right always."""
    text = corpora.load("encyclopedia", part="held_out")[:8_000]
    kept = []
    monkeypatch.setattr(torch.Tensor, "masked_fill", lambda row, hidden, mask: kept.append(row[hidden]) or row)
    answer = lambda m, rows, wanted: torch.nn.functional.one_hot(rows[wanted], 30_522).float()  # noqa: E731
    monkeypatch.setattr(fill_mask, "_scores", answer)
    found = fill_mask.masked_accuracy(masked, text, stretches=5)
    assert found.found == found.asked == sum(map(len, kept)) > 20


def test_the_pseudo_log_likelihood_masks_each_token_in_turn(masked) -> None:
    text = "The children are asleep."
    ids = masked.ids(text)
    wanted = []
    for place in range(1, len(ids) - 1):
        hidden = [*ids]
        hidden[place] = masked.tokenizer.mask_token_id
        with torch.no_grad():
            wanted.append(masked.model(torch.tensor([hidden])).logits[0, place].log_softmax(-1)[ids[place]].item())
    assert fill_mask.token_pseudo_log_probabilities(masked, text, batch=2) == pytest.approx(wanted, abs=1e-3)
    assert fill_mask.pseudo_log_likelihood(masked, text) == pytest.approx(sum(wanted), abs=1e-2)


def test_rows_of_sentences_have_length_one_and_tell_a_pair_from_strangers() -> None:
    rows = sentence_rows(models.load("encoder"), ["A dog barks.", "The hound is barking.", "Interest rates rose."])
    assert rows.norm(dim=1).tolist() == pytest.approx([1, 1, 1], abs=1e-5)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2
    with pytest.raises(ValueError, match="at least one sentence"):
        sentence_rows(None, "a bare string")


def test_words_in_common_is_a_share_of_all_words() -> None:
    assert words_in_common("The cat sat", "the cat ran") == 0.5
    assert words_in_common("one", "other") == 0 == words_in_common("", "")


def test_each_pair_is_the_same_up_to_its_blank_and_its_words_are_single_tokens(masked, decoder) -> None:
    for pair in PAIRS:
        (first, right, wrong), (second, *others) = pair.questions
        assert [right, wrong] == [pair.one, pair.many] and others == [pair.many, pair.one]
        assert first.split("___")[0] == second.split("___")[0] and first != second
        for word in (pair.one, pair.many):
            assert fill_mask.one_token(masked, word) is not None
            assert len(decoder.tokenizer(f" {word}", add_special_tokens=False).input_ids) == 1


def test_a_question_and_its_passage_share_hardly_a_word() -> None:
    common = {"a", "the", "of", "to", "in", "on", "and", "for", "at", "is", "how", "when", "my", "i", "do", "it", "be"}
    for question, passage in SEARCHES:
        words = [set(re.findall(r"\w+", text.lower())) - common for text in (question, passage)]
        assert not words[0] & words[1], (question, passage)
    assert len({passage for _, passage in SEARCHES}) == len(SEARCHES)

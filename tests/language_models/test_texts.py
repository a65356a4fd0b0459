"""The two texts of the scoreboard, and the alphabet."""

from __future__ import annotations

import pytest

from unravelling import corpora
from unravelling.language_models import STAND_IN, alphabet_of, held_out, normalise, our_own, training_text, words_of


def test_our_own_text_is_plain_prose_of_the_promised_length():
    text = our_own()
    assert 1_100 < len(words_of(text)) < 1_500
    assert text.endswith(".\n") and "\n\n" in text
    assert all(c.isalnum() or c in " \n.,;:?'-" for c in text), "nothing in it that a model would fold away"


def test_rare_characters_are_folded_and_the_length_is_kept():
    text = "ab" * 30_000 + "é" + "ж" * 3
    alphabet = alphabet_of(text)
    assert alphabet == ("a", "b", "ж", STAND_IN)
    assert normalise("abéж🙂", alphabet) == f"ab{STAND_IN}ж{STAND_IN}"
    assert alphabet_of("é" + STAND_IN) == ("é", STAND_IN)
    with pytest.raises(ValueError, match="The text is empty"):
        alphabet_of("")


def test_a_part_of_the_training_text_is_its_beginning(monkeypatch):
    monkeypatch.setattr(corpora, "load", lambda name, part: "abcdef")
    assert training_text() == "abcdef"
    assert training_text(4) == "abcd"
    for bad in (0, -1, 2.0, True):
        with pytest.raises(ValueError, match="a whole number of at least 1"):
            training_text(bad)


def test_the_held_out_text_is_whole_sentences_from_every_article(monkeypatch):
    long = corpora.Article("Long", "Long\n\n" + "One sentence of this. " * 200)
    short = corpora.Article("Short", "Short\n\nIt ends. And that is all\n")
    monkeypatch.setattr(corpora, "articles", lambda name, part: [long, short] if part == "held_out" else [])
    held_out.cache_clear()
    text = held_out()
    held_out.cache_clear()
    first, _, last = text.partition("\n\nShort")
    assert first.endswith("sentence of this.") and 2_400 < len(first) <= 2_500
    assert last == "\n\nIt ends. And that is all"


@pytest.mark.models
def test_the_held_out_text_is_not_in_the_training_text():
    text, training = held_out(), training_text()
    assert 18_000 < len(text) < 22_000
    assert not [at for at in range(0, len(text) - 80, 80) if text[at : at + 80] in training]
    assert len(alphabet_of(training)) < 100

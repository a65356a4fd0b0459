"""Tokens are shown so that a person can read them, and nothing is shown as nothing."""

from __future__ import annotations

import pytest

from unravelling.models.token_text import _byte_of, readable


def spelled(text: str | bytes) -> str:
    """A piece of text in the letters of a byte-level vocabulary."""
    raw = text.encode() if isinstance(text, str) else text
    letters = {byte: letter for letter, byte in _byte_of().items()}
    return "".join(letters[byte] for byte in raw)


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        (" capital", "capital"),
        ("elling", "elling"),
        (" ", "␣"),
        ("   ", "␣␣␣"),
        ("\n", "↵"),
        ("\n\n  ", "↵↵␣␣"),
        ("\t", "⇥"),
        (" é", "é"),
        (" 日本", "日本"),
        ("\x07", "‹U+0007›"),
        (b"\xf0\x9f", "‹F0-9F›"),
        (b"\x9a\x80", "‹9A›‹80›"),
        (b" \xf0\x9f\x98", "‹F0-9F-98›"),
        (b"a\xff", "a‹FF›"),
    ],
)
def test_a_byte_level_token_is_shown_as_its_text(token, shown):
    assert readable(spelled(token), "bytes") == shown


def test_every_single_byte_is_shown_as_something_printable():
    for byte in range(256):
        shown = readable(spelled(bytes([byte])), "bytes")
        assert shown and shown.isprintable() and not shown.isspace(), byte


def test_the_byte_letters_are_those_of_gpt2():
    assert len(_byte_of()) == 256 and sorted(_byte_of().values()) == list(range(256))
    assert _byte_of()["Ġ"] == ord(" ") and _byte_of()["Ċ"] == ord("\n") and _byte_of()["a"] == ord("a")


def test_special_tokens_are_shown_as_they_are():
    assert readable("<|endoftext|>", "bytes") == "<|endoftext|>"
    assert readable("[CLS]", "plain") == "[CLS]"


def test_a_wordpiece_continuation_keeps_its_mark():
    assert readable("##lled", "plain") == "##lled"


def test_sentencepiece_tokens_lose_their_leading_mark_only():
    assert readable("▁capital", "metaspace") == "capital"
    assert readable("▁", "metaspace") == "␣"
    assert readable("<0xF0>", "metaspace") == "‹F0›"
    assert readable("", "metaspace") == "‹empty›"

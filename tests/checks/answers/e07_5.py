"""Answers to 07.5."""

from __future__ import annotations

MUTANTS = {
    "visibility: if False:": "reading_from_left_to_right",
    "visibility: if True:": "decoder_with_a_prefix",
    "visibility: if read == 'encoder':": "encoder_looks_back",
    "visibility: if read == 'encoder-decoder':": "reading_from_left_to_right",
    "visibility: mask[:read,] = True": "reading_what_is_not_yet_written",
    "visibility: without: if family == 'encoder':": "encoder_looks_back",
    "visibility: without: if family == 'encoder-decoder':": "reading_from_left_to_right",
    "visibility: without: mask[:read, :read] = True": "reading_from_left_to_right",
    "visibility: without: return mask": "encoder_looks_back",
}

"""Tokens as a person reads them.

    decoder (byte-level BPE)   "Ġcapital" -> "capital"    the space before a word is shown as nothing
                               "elling"   -> "elling"     a continuation looks the same: the mark is dropped on purpose
    encoder (WordPiece)        "##ling"   -> "##ling"     a continuation keeps its ##
    SentencePiece              "▁capital" -> "capital"    as for the decoder

White space that is not one leading space is drawn: "␣" space, "↵" newline, "⇥" tab. Bytes that are only part of a
character (an emoji may be cut into two or three tokens) are shown as their hexadecimal numbers: "‹F0-9F›".
"""

from __future__ import annotations

import re
from functools import lru_cache

_VISIBLE = str.maketrans({" ": "␣", "\n": "↵", "\t": "⇥", "\r": "↤", "\u00a0": "␣"})
_BYTE_PIECE = re.compile(r"<0x([0-9A-F]{2})>")


def style_of(tokenizer) -> str:
    """ "bytes", "metaspace" or "plain": how this transformers tokenizer spells spaces in its tokens."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    parts = f"{backend.pre_tokenizer} {backend.decoder}" if backend is not None else ""
    if "ByteLevel" in parts:
        return "bytes"
    return "plain" if "WordPiece" in parts else "metaspace"


def readable(token: str, style: str) -> str:
    """One token as printable text; never empty."""
    if style == "bytes" and all(character in _byte_of() for character in token):
        shown = _decoded(bytes(_byte_of()[character] for character in token))
    elif style == "metaspace":
        byte = _BYTE_PIECE.fullmatch(token)
        shown = _decoded(bytes([int(byte[1], 16)])) if byte else token.replace("▁", " ")
    else:
        shown = token
    if len(shown) > 1 and shown[0] == " " and not shown[1].isspace():
        shown = shown[1:]
    return visible(shown) or "‹empty›"


def visible(text: str) -> str:
    """White space drawn as signs; anything else that cannot be printed by its code point."""
    return "".join(c if c.isprintable() else f"‹U+{ord(c):04X}›" for c in text.translate(_VISIBLE))


def _decoded(raw: bytes) -> str:
    """UTF-8 where it is whole, hexadecimal numbers for the bytes that are not."""
    shown, start = "", 0
    while start < len(raw):
        try:
            return shown + raw[start:].decode("utf-8")
        except UnicodeDecodeError as error:
            good, bad = start + error.start, start + error.end
            shown += raw[start:good].decode("utf-8") + "‹" + raw[good:bad].hex("-").upper() + "›"
            start = bad
    return shown


@lru_cache(maxsize=1)
def _byte_of() -> dict[str, int]:
    """The byte that each character of a byte-level vocabulary stands for (Radford et al. 2019, GPT-2's encoder).

    Printable bytes stand for themselves; the other 68 are shifted to code points from 256 on, in order.
    """
    own = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    table = {chr(byte): byte for byte in own}
    for shift, byte in enumerate(byte for byte in range(256) if byte not in own):
        table[chr(256 + shift)] = byte
    return table

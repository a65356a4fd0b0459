"""A text goes through two real tokenizers and back: what each does not give back, and where it was lost."""

from __future__ import annotations

import re
import unicodedata
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

from unravelling import models
from unravelling.demos.base import BadInput, Demo, Scene, Text, Values
from unravelling.drawing.text_metrics import fitting, short
from unravelling.models.token_text import readable, style_of, visible

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

MOST, ROOM = 40, 600  # characters; pixels behind the words on the left
_PUT_IN = "spaces that were not there, in joining"


class Trip(NamedTuple):
    """prepared: what is left before cutting. pieces: to be read. back: what comes out. lost: what is missing, where.

    spaced: whether spaces came back where there were none.
    """

    prepared: str
    pieces: list[str]
    back: str
    lost: list[str]
    special: list[str]
    spaced: bool


class ThereAndBack(Demo):
    """Type anything; see what two tokenizers make of it and what comes back."""

    title = "There and back"
    text = Text("text", "Café  Noël, at 7 !", most_words=20)

    def __init__(self, decoder: Pretrained | str = "decoder", encoder: Pretrained | str = "encoder") -> None:
        super().__init__()
        self.models = {"decoder": models.loaded(decoder), "encoder": models.loaded(encoder)}

    def compute(self, v: Values) -> dict[str, Trip]:
        if len(v.text) > MOST:
            raise BadInput(f"The picture has room for {MOST} characters; your text has {len(v.text):,}.")
        return {name: trip(model.tokenizer, v.text) for name, model in self.models.items()}

    def draw(self, v: Values, data: dict[str, Trip]) -> Scene:
        plans, top = [], 40.0
        for each in data.values():
            boxes = Scene().tokens(130, top + 58, each.pieces, width=610)
            under = (boxes[-1][1] if boxes else top + 58) + 46
            plans.append((top, under))
            top = under + 28 * max(1, len(each.lost) + each.spaced + len(each.special)) + 26
        scene = Scene(height=top)
        scene.text(20, 14, "you typed", role="muted")
        scene.text(130, 14, fitting(visible(v.text), ROOM), bold=True)
        for (name, each), (top, under) in zip(data.items(), plans, strict=True):
            scene.text(20, top + 10, f"the {name}", bold=True)
            scene.text(20, top + 38, "prepared", role="muted")
            scene.text(130, top + 38, fitting(visible(each.prepared), ROOM) or "nothing is left")
            scene.text(20, top + 70, "pieces", role="muted")
            scene.tokens(130, top + 58, each.pieces, width=610)
            scene.text(20, under, "back", role="muted")
            scene.text(130, under, fitting(visible(each.back), ROOM) or "nothing", bold=True)
            scene.text(20, under + 28, "lost", role="muted")
            found = [(words, "bad") for words in each.lost]
            found += [(f"{'' if each.lost else 'nothing; '}put in: {_PUT_IN}", "bad")] if each.spaced else []
            found += [(words, "accent") for words in _told(each)]
            for row, (words, role) in enumerate(found or [("nothing: it came back as it was", "good")]):
                scene.text(130, under + 28 * (row + 1), words, role=role)
        return scene

    def describe(self, v: Values, data: dict[str, Trip]) -> str:
        said = []
        for name, each in data.items():
            did = [f"loses {'; '.join(each.lost)}"] if each.lost else []
            did += [f"puts in {_PUT_IN}"] if each.spaced else []
            said.append(
                f"The {name} {', and '.join(did) or 'gives the text back as it was'}."
                + "".join(f" {words[:1].upper() + words[1:]}." for words in _told(each))
            )
        return " ".join(said)


def _told(trip: Trip) -> list[str]:
    return [f"{token} was read as a special token, though you only typed it" for token in trip.special]


def trip(tokenizer: Any, text: str) -> Trip:
    """The way of a text through a tokenizer of transformers that is backed by the library `tokenizers`."""
    cut = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    tokens = tokenizer.convert_ids_to_tokens(cut.input_ids)
    chunks = [text[start:end] for start, end in cut.offset_mapping]
    unknown = [chunk for token, chunk in zip(tokens, chunks, strict=True) if token == tokenizer.unk_token]
    known = set(tokenizer.all_special_tokens)
    special = [token for token, chunk in zip(tokens, chunks, strict=True) if token in known and chunk == token]
    prepared = _prepared(tokenizer, text, special)
    back = tokenizer.decode(cut.input_ids)
    pieces = [_with_its_space(token, style_of(tokenizer)) for token in tokens]
    lost, spaced = losses(text, prepared, back, unknown, tokenizer.unk_token)
    return Trip(prepared, pieces, back, lost, special, spaced)


def _with_its_space(token: str, style: str) -> str:
    """A token to be read, with the space before it: spaces are what this picture is about."""
    first = "␣" if style == "bytes" and token.startswith("Ġ") and len(token) > 1 else ""
    return first + readable(token[len(first) :], style)


def _prepared(tokenizer: Any, text: str, special: list[str]) -> str:
    """The text as it is before it is cut. Special tokens are found before that, and stay as they are."""
    normalizer = tokenizer.backend_tokenizer.normalizer
    if not normalizer:
        return text
    done, rest = "", text
    for token in special:
        before, _, rest = rest.partition(token)
        done += normalizer.normalize_str(before) + token
    return done + normalizer.normalize_str(rest)


def losses(text: str, prepared: str, back: str, unknown: list[str], unk: str | None) -> tuple[list[str], bool]:
    """What of a text did not come back, each with the place where it was lost, and whether spaces came that were not
    there. unknown: what became `unk`, in order."""
    if back == text:
        return [], False
    found = []
    if _capitals(text) > _capitals(prepared):
        found.append("capitals, in preparing")
    if _marks(text) > _marks(prepared):
        found.append("accents and other marks, in preparing")
    if _hidden(text) > _hidden(prepared):
        found.append("characters that cannot be seen, in preparing")
    strange = [chunk for chunk in unknown if chunk != unk]
    if strange:
        found.append(f"what it does not know, in cutting: {short(' '.join(map(visible, strange)), 30)}")
    if unk and unknown:  # each is put back in its place, to see what else is missing
        back = "".join(a + b for a, b in zip_longest(back.split(unk), unknown, fillvalue=""))
    came, went = _bare(back), _bare(text)
    if _solid(came) != _solid(went):
        return [*found, "something else on the way"], False
    between = list(zip(_gaps(came), _gaps(went), strict=True))
    if any(is_ != was and was for is_, was in between):
        found.append("spaces, in cutting and in joining")
    return found, any(is_ and not was for is_, was in between)


def _capitals(text: str) -> int:
    return sum(each != each.lower() for each in text)


def _marks(text: str) -> int:
    return sum(unicodedata.category(each) == "Mn" for each in unicodedata.normalize("NFD", text))


def _hidden(text: str) -> int:
    return sum(unicodedata.category(each) in ("Cc", "Cf") and not each.isspace() for each in text)


def _bare(text: str) -> str:
    """Without capitals, marks and characters that cannot be seen: what differs then is something else."""
    parts = unicodedata.normalize("NFD", text.lower())
    return "".join(
        each
        for each in parts
        if unicodedata.category(each) != "Mn" and (each.isspace() or unicodedata.category(each) not in ("Cc", "Cf"))
    )


def _solid(text: str) -> str:
    return "".join(text.split())


def _gaps(text: str) -> list[str]:
    """The white space before each character that is none, and behind the last."""
    return re.split(r"\S", text)

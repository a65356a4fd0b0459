"""The same sentence in several languages: the bytes it takes, and the tokens that two real models cut it into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from unravelling import models
from unravelling.demos.base import BadInput, Demo, Scene, Select, Text, Toggle, Values
from unravelling.models.token_text import readable, style_of

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

MOST, SHOWN, OWN = 200, 120, "your own"


class Bill(NamedTuple):
    """What one sentence costs. pieces: by the name of the model. unknown: how many of them say only "unknown"."""

    letters: int
    bytes: int
    pieces: dict[str, list[str]]
    unknown: dict[str, int]


class TokenTax(Demo):
    """sentences: the same sentence by language; ValueError if none. A sentence of one's own stands beside them."""

    title = "Who pays"
    own = Text("a sentence of your own", "All people are born free, with equal rights.", most_words=40)
    language = Select("pieces of", [OWN], value=OWN)
    model = Toggle("cut by", ["decoder", "encoder"])

    def __init__(
        self,
        sentences: Mapping[str, str],
        decoder: Pretrained | str = "decoder",
        encoder: Pretrained | str = "encoder",
    ) -> None:
        super().__init__()
        if not sentences:
            raise ValueError("There is no sentence to compare.")
        self.models = {"decoder": models.loaded(decoder), "encoder": models.loaded(encoder)}
        self.bills = {language: self._bill(text) for language, text in sentences.items()}
        self.set_options("language", [*self.bills, OWN])
        self.language = list(self.bills)[min(1, len(self.bills) - 1)]

    def _bill(self, text: str) -> Bill:
        pieces, unknown = {}, {}
        for name, model in self.models.items():
            tokenizer = model.tokenizer
            tokens = tokenizer.tokenize(text)
            pieces[name] = [readable(token, style_of(tokenizer)) for token in tokens]
            unknown[name] = sum(token == tokenizer.unk_token for token in tokens)
        return Bill(len(text), len(text.encode()), pieces, unknown)

    def compute(self, v: Values) -> dict[str, Bill]:
        if len(v.own) > MOST:
            raise BadInput(f"The picture has room for {MOST} characters; your sentence has {len(v.own):,}.")
        return {**self.bills, OWN: self._bill(v.own)}

    def draw(self, v: Values, data: dict[str, Bill]) -> Scene:
        pieces = data[v.language].pieces[v.model]
        below = 64 + 46 * len(data)
        shown = [*pieces[:SHOWN], *(["…"] if len(pieces) > SHOWN else [])]
        boxes = Scene().tokens(20, below + 26, shown, width=720)
        scene = Scene(height=(boxes[-1][1] if boxes else below + 26) + 40)
        most = max(len(cut) for bill in data.values() for cut in bill.pieces.values())
        scene.text(110, 14, "characters, bytes", role="muted", align="left", size=12)
        scene.text(290, 14, "tokens: decoder above, encoder below", role="muted", size=12)
        for row, (language, bill) in enumerate(data.items()):
            y, chosen = 36 + 46 * row, language == v.language
            scene.text(20, y + 17, language, bold=chosen, role="accent" if chosen else "ink")
            scene.text(110, y + 17, f"{bill.letters}, {bill.bytes}", role="muted")
            for place, (name, role) in enumerate((("decoder", "query"), ("encoder", "key"))):
                count, lost = len(bill.pieces[name]), bill.unknown[name]
                scene.bar(290, y + 18 * place, 200, 15, count / most, role)
                words = f"{count}" + (f", {lost} of them unknown" if lost else "")
                scene.text(500, y + 8 + 18 * place, words, bold=chosen and name == v.model, size=12)
        part = f": the first {SHOWN} of {len(pieces)} tokens" if len(pieces) > SHOWN else ""
        scene.text(20, below + 8, f"{v.language}, as the {v.model} gets it{part}", bold=True)
        scene.tokens(20, below + 26, shown, width=720)
        return scene

    def describe(self, v: Values, data: dict[str, Bill]) -> str:
        chosen, name = data[v.language], v.language
        first = next(iter(data))
        by, base = len(chosen.pieces[v.model]), len(data[first].pieces[v.model])
        words = (
            f"{name[:1].upper() + name[1:]}: {_of(chosen.letters, 'character')}, {_of(chosen.bytes, 'byte')}, "
            f"{_of(by, 'token')} for the "
            f"{v.model}, {by / base:.1f} times those of the sentence in {first}."
        )
        lost = chosen.unknown[v.model]
        return words + (f" {lost} of them say only that something is unknown." if lost else "")


def _of(count: int, name: str) -> str:
    return f"{count} {name if count == 1 else name + 's'}"

"""A predictive keyboard: three suggestions and how probable they are, from counts of words or from any other model."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from cachetools import LRUCache, cachedmethod
from cachetools.keys import hashkey

from unravelling.demos.base import Buttons, Demo, Scene, Select, Slider, Text, Values
from unravelling.demos.what_is_a_language_model.keyboard_predictions import Beginning, Reading, can_be_asked, predict
from unravelling.drawing.text_metrics import text_width
from unravelling.language_models.scoring import stamp_of
from unravelling.language_models.word_ngrams import Suggestion, WordNGrams, words_of

OFFERED = 3
MOST_SHOWN = 60  # characters of a text, its last ones
_MONO = 10.1  # pixels of one of the framed characters, on a narrow page; elsewhere it is narrower
_LEGEND = "number, dark bar: the word with its end; light bar: its first {} (sets the order)"
_BARS: dict[str, Any] = {"track": 440, "step": 62, "high": 26, "label_size": 16, "label_gap": 16, "value_gap": 12}


class Offer(NamedTuple):
    """words: those typed. looks_at: the words that this order looks at. suggestions: at most three, best first."""

    words: list[str]
    looks_at: tuple[str, ...]
    suggestions: list[Suggestion]


def offer(model: WordNGrams, text: str, order: int) -> Offer:
    """What the keyboard offers after `text`: order n looks at the last n - 1 words and marks."""
    words = words_of(text)
    looks_at = tuple(words[max(0, len(words) - order + 1) :]) if order > 1 else ()
    return Offer(words, looks_at, model.suggest(words, order, k=OFFERED))


def reason(suggestion: Suggestion) -> str:
    """Where a suggestion comes from, in words."""
    seen = f"seen {suggestion.count:,} of {suggestion.context_count:,} times"
    if not suggestion.context:
        return f"{suggestion.count:,} of {suggestion.context_count:,} words, whatever came before"
    return f"{seen} after “{_written(suggestion.context)}”"


def _written(words: tuple[str, ...]) -> str:
    return " ".join("¶" if word == "\n\n" else word for word in words)


def Keyboard(
    models: WordNGrams | Mapping[str, Any], text: str = "The capital of", order: int = 3
) -> WordKeyboard | ModelKeyboard:
    """Type, or press a suggestion to take it.

    models: counts of words; or models by name, of which the learner chooses one: CharacterNGrams, character networks,
    a pretrained decoder. text: what stands there to begin with. order: for counts of words.
    """
    return ModelKeyboard(models, text) if isinstance(models, Mapping) else WordKeyboard(models, text, order)


class WordKeyboard(Demo):
    """Type, or press a suggestion to take it; the order says how many words the suggestions look at.

    words: the counts. text: what stands there to begin with. order: 1 looks at no word, 5 at four.
    """

    title = "A keyboard that counts"
    text = Text("your text", "The capital of", most_words=60)
    order = Slider("order", 1, 5, value=3)
    suggestions = Buttons("take the next word", most=OFFERED, show_label=True)

    def __init__(self, words: WordNGrams, text: str = "The capital of", order: int = 3) -> None:
        super().__init__()
        self.words = words
        self.set_range("order", 1, min(words.most, 5))
        self.text, self.order = text, order

    def on_press(self, name: str, index: int) -> None:
        self.text = f"{self.text.rstrip()} {self.suggestions[index]}"

    def compute(self, v: Values) -> Offer:
        return offer(self.words, v.text, v.order)

    def button_labels(self, v: Values, data: Offer) -> dict[str, list[str]]:
        return {"suggestions": [each.word for each in data.suggestions]}

    def draw(self, v: Values, data: Offer) -> Scene:
        scene = Scene(height=92 + 62 * len(data.suggestions))
        self._draw_text(scene, v, data)
        scene.bars(216, 87, [(each.word, each.probability, "output", True) for each in data.suggestions], **_BARS)
        for row, each in enumerate(data.suggestions):
            shorter = len(each.context) < len(data.looks_at)
            words = reason(each) + (" (a shorter context)" if shorter and each.context else "")
            scene.text(216, 125 + 62 * row, words, role="accent" if shorter else "muted", size=12)
        return scene

    def _draw_text(self, scene: Scene, v: Values, data: Offer) -> None:
        """The end of the text, with the words that are looked at framed, and a gap for the word to come."""
        count = len(data.looks_at)
        seen = "no word" if not count else "the last word" if count == 1 else f"the last {count} words"
        scene.text(8, 14, f"order {v.order} looks at {seen}", role="query", bold=True)
        words = ["¶" if word == "\n\n" else word for word in data.words]
        widths = [text_width(word, 14) * 1.1 + 14 for word in words]  # bold is wider
        first = len(words)
        while first and sum(widths[first - 1 :]) + 5 * (len(words) - first) < 620:
            first -= 1
        x, boxes = 8.0, []
        if first:
            boxes.append((x, 13.0, "…", False))
            x += 18
        for place in range(first, len(words)):
            boxes.append((x, widths[place], words[place], place >= len(words) - count))
            x += widths[place] + 5
        right = x + 52 if words and _from_the_right(words[-1]) else None  # then the line runs the other way
        for left, wide, word, looked_at in boxes:
            at = left if right is None else right - left - wide
            if word != "…":
                scene.rect(at, 35, wide, 26, fill=None, stroke="query" if looked_at else "grid",
                           width=2.5 if looked_at else 1, radius=4)  # fmt: skip
            scene.text(at + wide / 2, 48, word, role="muted" if word == "…" else "ink", size=14, align="center",
                       bold=looked_at)  # fmt: skip
        _draw_gap(scene, x + 4 if right is None else 8)

    def describe(self, v: Values, data: Offer) -> str:
        if not data.suggestions:
            return "The keyboard has no word to offer."
        first, *others = data.suggestions
        looks = f"looks at “{_written(data.looks_at)}”" if data.looks_at else "looks at no word"
        also = ", ".join(f"“{each.word}” {each.probability:.1%}" for each in others)
        return f"Order {v.order} {looks}. First comes “{first.word}”, {first.probability:.1%}: {reason(first)}." + (
            f" Then {also}." if also else ""
        )


class ModelKeyboard(Demo):
    """The same for models that give a probability to what comes next: choose one, and compare them on one text.

    Offered are the three likeliest first characters (or tokens, for a decoder), each finished as the model finds
    likeliest to the end of the word; the number beside a word is the probability of the whole word, its end included.
    Who takes a word takes the space after it, too, where that is the likeliest end.
    models: by name, at least one.
    """

    title = "A keyboard with a model in it"
    text = Text("your text", "The capital of", most_words=60)
    model = Select("model")
    suggestions = Buttons("take what comes next", most=OFFERED, show_label=True)

    def __init__(self, models: Mapping[str, Any], text: str = "The capital of") -> None:
        if not models:
            raise ValueError("The keyboard needs at least one model.")
        for name, model in models.items():
            if not can_be_asked(model):
                raise ValueError(
                    f"The keyboard cannot ask '{name}' what comes next: give it CharacterNGrams, a CharacterLSTM or "
                    "CharacterGPT, or the pretrained decoder."
                )
        super().__init__()
        self.models = dict(models)
        self._read: LRUCache[object, Reading] = LRUCache(maxsize=64)  # texts that a pretrained model has read
        self.set_options("model", list(self.models))
        self.controls["model"].layout.width = f"{min(120 + 8 * max(map(len, self.models)), 460)}px"
        self.model = next(iter(self.models))
        self.text = text

    def on_press(self, name: str, index: int) -> None:
        taken = self.data.beginnings[index]
        self.text = self.data.base + taken.written + (" " if taken.end == " " else "")

    def compute(self, v: Values) -> Reading:
        if hasattr(self.models[v.model], "tokenizer"):
            return self._read_once(v.model, v.text)
        return predict(self.models[v.model], v.text, OFFERED)  # quick, and a network may be trained further meanwhile

    @cachedmethod(
        attrgetter("_read"), key=lambda self, name, text: hashkey(name, text, stamp_of(self.models[name].model))
    )
    def _read_once(self, name: str, text: str) -> Reading:
        return predict(self.models[name], text, OFFERED)

    def button_labels(self, v: Values, data: Reading) -> dict[str, list[str]]:
        return {"suggestions": _labels(v.text, data.beginnings)}

    def draw(self, v: Values, data: Reading) -> Scene:
        scene = Scene(height=122 + 62 * OFFERED)
        scene.text(8, 14, f"{v.model} {data.seen}", role="query", bold=True)
        shown = data.base if len(data.base) <= MOST_SHOWN else "…" + data.base[-MOST_SHOWN:]
        scene.rect(8, 32, 664, 30, fill=None, stroke="grid", radius=4)
        _draw_read(scene, shown, data.sight)
        _draw_gap(scene, 684)
        piece = "token" if hasattr(self.models[v.model], "tokenizer") else "letter"
        scene.text(8, 82, _LEGEND.format(piece), role="muted", size=12)
        labels = _labels(v.text, data.beginnings)
        short_labels = [label if len(label) <= 18 else "…" + label[-17:] for label in labels]
        rows = [(label, each.whole, "output", True) for label, each in zip(short_labels, data.beginnings, strict=True)]
        scene.bars(216, 99, rows, label_room=175, **_BARS)
        for row, each in enumerate(data.beginnings):
            scene.bar(216, 99 + 62 * row, 440, 26, each.probability, on_track=False, opacity=0.4)
            scene.text(216, 137 + 62 * row, _parts(each), role="muted", size=12)
        return scene

    def describe(self, v: Values, data: Reading) -> str:
        if not data.beginnings:
            return "The keyboard has nothing to offer."
        labels = _labels(v.text, data.beginnings)
        offers = [f"“{label}” ({_briefly(each)})" for label, each in zip(labels, data.beginnings, strict=True)]
        return f"“{v.model}” {data.seen}. First comes {offers[0]}." + (
            f" Then {', '.join(offers[1:])}." if offers[1:] else ""
        )


def _draw_read(scene: Scene, shown: str, sight: int | None) -> None:
    """The end of the text, and a frame round the characters that the model looks at, where these are not all."""
    if not sight or sight >= len(shown) or not shown.isascii():  # other scripts may run from right to left
        scene.text(660, 47, shown, size=14, align="right")
        return
    begin = 660 - _MONO * sight
    scene.text(begin - 8, 47, shown[:-sight], size=14, align="right", mono=True)
    scene.rect(begin - 3, 36, _MONO * sight + 6, 22, fill=None, stroke="query", width=2.5, radius=4)
    seen = shown[-sight:].replace(" ", "␣")
    scene.text(660 - _MONO * sight / 2, 47, seen, size=14, align="center", mono=True, bold=True)


def _from_the_right(word: str) -> bool:
    """Whether a word is of a script that is written from right to left."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in word)


def _draw_gap(scene: Scene, x: float) -> None:
    """Where the word to come will stand."""
    scene.line([(x, 60), (x + 40, 60)], role="output", width=2.5)
    scene.text(x + 20, 46, "?", role="output", bold=True, align="center", size=15)


def _labels(text: str, beginnings: list[Beginning]) -> list[str]:
    """Each word as it will stand there: the word that the text ends in goes before what continues it."""
    begun = "" if text[-1:].isspace() else text.split()[-1]
    begun = begun if len(begun) <= 10 else "…" + begun[-9:]
    return [each.written.strip() if each.written.startswith(" ") else begun + each.written for each in beginnings]


def _briefly(each: Beginning) -> str:
    """The share alone where there is but one."""
    return f"{each.whole:.1%}" if each.written == each.piece and not each.end else _parts(each)


def _parts(each: Beginning) -> str:
    first = f"“{each.piece}” comes next with {each.probability:.1%}"
    if each.end:
        return f"{first}, “{each.written}” and its end with {each.whole:.1%}"
    return first if each.written == each.piece else f"{first}, “{each.written}” with {each.whole:.1%}"

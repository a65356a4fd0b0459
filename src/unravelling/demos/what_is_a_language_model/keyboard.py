"""A predictive keyboard: three suggestions and how probable they are, from counts of words or from any other model."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from unravelling.demos.answer_cache import kept
from unravelling.demos.base import BadInput, Buttons, Demo, Scene, Select, Slider, Text
from unravelling.demos.what_is_a_language_model.keyboard_predictions import Beginning, Reading, can_be_asked, predict
from unravelling.drawing.text_metrics import text_width

if TYPE_CHECKING:
    from unravelling.language_models import Suggestion, WordNGrams

OFFERED = 3
REMEMBERED = 64  # texts that a pretrained model has read
MOST_SHOWN = 70  # characters of a text, its last ones


class Offer(NamedTuple):
    """words: those typed. looks_at: the words that this order looks at. suggestions: at most three, best first."""

    words: list[str]
    looks_at: tuple[str, ...]
    suggestions: list[Suggestion]


def offer(model: WordNGrams, text: str, order: int) -> Offer:
    """What the keyboard offers after `text`: order n looks at the last n - 1 words and marks."""
    from unravelling.language_models import words_of

    words = words_of(text)
    looks_at = tuple(words[max(0, len(words) - order + 1) :]) if order > 1 else ()
    return Offer(words, looks_at, model.suggest(words, order, k=OFFERED))


def reason(suggestion: Suggestion) -> str:
    """Where a suggestion comes from, in words."""
    seen = f"seen {suggestion.count:,} of {suggestion.context_count:,} times"
    if not suggestion.context:
        return f"{suggestion.count:,} of {suggestion.context_count:,} words, whatever stood before"
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

    def pressed(self, name: str, index: int) -> None:
        self.text = f"{self.text.rstrip()} {self.suggestions[index]}"

    def compute(self) -> Offer:
        return offer(self.words, self.text, self.order)

    def draw(self, data: Offer) -> Scene:
        self.suggestions = [each.word for each in data.suggestions]
        scene = Scene(height=92 + 62 * len(data.suggestions))
        self._draw_text(scene, data)
        for row, each in enumerate(data.suggestions):
            y = 100 + 62 * row
            scene.text(200, y, each.word, bold=True, size=16, align="right")
            scene.rect(216, y - 13, 440, 26, fill="grid", opacity=0.5, radius=3)
            scene.rect(216, y - 13, max(440 * each.probability, 1), 26, fill="output", radius=3)
            scene.text(668, y, f"{each.probability:.1%}", bold=True)
            shorter = len(each.context) < len(data.looks_at)
            words = reason(each) + (" (a shorter context)" if shorter and each.context else "")
            scene.text(216, y + 25, words, role="accent" if shorter else "muted", size=12)
        return scene

    def _draw_text(self, scene: Scene, data: Offer) -> None:
        """The end of the text, with the words that are looked at framed, and a gap for the word to come."""
        count = len(data.looks_at)
        seen = "no word" if not count else "the last word" if count == 1 else f"the last {count} words"
        scene.text(8, 14, f"order {self.order} looks at {seen}", role="query", bold=True)
        words = ["¶" if word == "\n\n" else word for word in data.words]
        widths = [text_width(word, 14) * 1.1 + 14 for word in words]  # bold is wider
        first = len(words)
        while first and sum(widths[first - 1 :]) + 5 * (len(words) - first) < 620:
            first -= 1
        x = 8.0
        if first:
            scene.text(x, 48, "…", role="muted")
            x += 18
        for place in range(first, len(words)):
            looked_at = place >= len(words) - count
            scene.rect(x, 35, widths[place], 26, fill=None, stroke="query" if looked_at else "grid",
                       width=2.5 if looked_at else 1, radius=4)  # fmt: skip
            scene.text(x + widths[place] / 2, 48, words[place], size=14, align="center", bold=looked_at)
            x += widths[place] + 5
        scene.line([(x + 4, 60), (x + 44, 60)], role="output", width=2.5)
        scene.text(x + 24, 46, "?", role="output", bold=True, align="center", size=15)

    def describe(self, data: Offer) -> str:
        if not data.suggestions:
            return "The keyboard has no word to offer."
        first, *others = data.suggestions
        looks = f"looks at “{_written(data.looks_at)}”" if data.looks_at else "looks at no word"
        also = ", ".join(f"“{each.word}” {each.probability:.1%}" for each in others)
        return f"Order {self.order} {looks}. First comes “{first.word}”, {first.probability:.1%}: {reason(first)}." + (
            f" Then {also}." if also else ""
        )


class ModelKeyboard(Demo):
    """The same for models that give a probability to what comes next: choose one, and compare them on one text.

    Offered are the three likeliest first characters (or tokens, for a decoder), each finished as the model finds
    likeliest to the end of the word. models: by name, at least one.
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
        self._read: OrderedDict[tuple[str, str, int], Reading] = OrderedDict()
        self.set_options("model", list(self.models))
        self.model = next(iter(self.models))
        self.text = text

    def pressed(self, name: str, index: int) -> None:
        self.text = self.data.base + self.data.beginnings[index].written

    def compute(self) -> Reading:
        from unravelling.language_models.scoring import stamp_of
        from unravelling.models import ModelError

        model, text = self.models[self.model], self.text
        try:
            if not hasattr(model, "tokenizer"):  # quick, and a network may be trained further meanwhile
                return predict(model, text, OFFERED)
            key = (self.model, text, stamp_of(model.model))
            return kept(self._read, key, lambda: predict(model, text, OFFERED), REMEMBERED)
        except ModelError as problem:
            raise BadInput(str(problem)) from None

    def draw(self, data: Reading) -> Scene:
        self.suggestions = [self._label(each) for each in data.beginnings]
        scene = Scene(height=122 + 62 * OFFERED)
        scene.text(8, 14, f"{self.model} {data.seen}", role="query", bold=True)
        shown = data.base if len(data.base) <= MOST_SHOWN else "…" + data.base[-MOST_SHOWN:]
        scene.rect(8, 32, 664, 30, fill=None, stroke="grid", radius=4)
        scene.text(660, 47, shown, size=14, align="right")
        scene.line([(684, 60), (724, 60)], role="output", width=2.5)
        scene.text(704, 46, "?", role="output", bold=True, align="center", size=15)
        scene.text(216, 82, "light: its first letter or token; dark: all of it", role="muted", size=12)
        for row, each in enumerate(data.beginnings):
            y = 112 + 62 * row
            label = self._label(each)
            size = min(16, 16 * 175 / max(text_width(label, 16), 1))
            scene.text(200, y, label, bold=True, size=size, align="right")
            scene.rect(216, y - 13, 440, 26, fill="grid", opacity=0.5, radius=3)
            scene.rect(216, y - 13, max(440 * each.probability, 1), 26, fill="output", opacity=0.4, radius=3)
            scene.rect(216, y - 13, max(440 * each.whole, 1), 26, fill="output", radius=3)
            scene.text(668, y, f"{each.probability:.1%}", bold=True)
            scene.text(216, y + 25, _parts(each), role="muted", size=12)
        return scene

    def _label(self, each: Beginning) -> str:
        """The word as it will stand there: what is written already goes before what continues it."""
        if each.written.startswith(" "):
            return each.written.strip()
        return self._begun() + each.written

    def _begun(self) -> str:
        """The word that the text ends in the middle of, or ""."""
        return "" if self.text[-1:].isspace() else _short(self.text.split()[-1])

    def describe(self, data: Reading) -> str:
        if not data.beginnings:
            return "The keyboard has nothing to offer."
        offers = [f"“{self._label(each)}” ({_parts(each)})" for each in data.beginnings]
        return f"{self.model} {data.seen}. First comes {offers[0]}." + (
            f" Then {', '.join(offers[1:])}." if offers[1:] else ""
        )


def _parts(each: Beginning) -> str:
    first = f"“{each.piece}” comes next with {each.probability:.1%}"
    return first if each.written == each.piece else f"{first}, “{each.written}” with {each.whole:.1%}"


def _short(text: str, most: int = 10) -> str:
    return text if len(text) <= most else "…" + text[1 - most :]

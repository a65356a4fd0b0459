"""A predictive keyboard: three suggestions, how probable they are, and the counts they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unravelling.demos.base import Buttons, Demo, Scene, Slider, Text
from unravelling.views.scene import text_width

if TYPE_CHECKING:
    from unravelling.language_models import Suggestion, WordNGrams

OFFERED = 3


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


class Keyboard(Demo):
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

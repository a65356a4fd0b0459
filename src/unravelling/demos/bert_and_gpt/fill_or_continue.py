"""Fill or continue: a blank that moves through a sentence, filled by a masked model and by a decoder."""

from __future__ import annotations

import re
import unicodedata
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from cachetools import LRUCache, cachedmethod

from unravelling import models
from unravelling.demos.base import BadInput, Demo, Scene, Slider, Text, Values
from unravelling.demos.bert_and_gpt.timeline import KINDS
from unravelling.drawing.text_metrics import short, text_width
from unravelling.drawing.wrapping import ON_NARROW_PAGES, wrapped
from unravelling.language_models import fill_mask
from unravelling.language_models.fill_mask import Candidate

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

SHOWN = 5
MOST_WORDS = 24
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_REMEMBERED = 16  # sentences
SCALES = (0.1, 0.2, 0.5, 1.0)  # where the bars of both models end: at the first that holds all of them
_TRACK = 180


class Answer(NamedTuple):
    """What one model says of a blank. chance: its probability of the word that stood there, None if it has no single
    token for it; pieces: how many tokens that word is to it."""

    likeliest: list[Candidate]
    chance: float | None
    pieces: int


class Both(NamedTuple):
    """before, word, after: the sentence around the blank. filled: the masked model's; gone_on: the decoder's."""

    before: str
    word: str
    after: str
    filled: Answer
    gone_on: Answer


def words_in(sentence: str) -> list[tuple[int, int]]:
    """Where each word of a sentence begins and ends; punctuation around it is left out."""
    return [match.span() for match in _WORD.finditer(sentence)]


def filled(masked: Pretrained, sentence: str, place: tuple[int, int], k: int = SHOWN) -> Answer:
    """The masked model's answer with the word at `place` (begin, end) hidden."""
    begin, end = place
    blanked = sentence[:begin] + fill_mask.BLANK + sentence[end:]
    chances = fill_mask.blank_chances(masked, blanked)
    own = fill_mask.one_token(masked, sentence[begin:end])
    count = len(masked.tokenizer(sentence[begin:end], add_special_tokens=False, verbose=False)["input_ids"])
    chance = None if own is None else chances[own].item()
    return Answer(fill_mask.likeliest(masked, chances, k), chance, count)


def gone_on(decoder: Pretrained, sentence: str, places: list[tuple[int, int]], k: int = SHOWN) -> list[Answer]:
    """The decoder's answer for each word, from what stands before it, all out of one reading of the sentence."""
    import torch

    from unravelling.models.threads import threads_for

    ids = decoder.ids(sentence)
    with torch.inference_mode(), threads_for(len(ids)):
        logs = decoder.model(torch.tensor([ids]), use_cache=False).logits[0].float().log_softmax(-1)  # (T, V)
    answers = []
    for begin, end in places:
        before = fill_mask.ids_before(decoder, sentence[:begin])
        own = decoder.ids(sentence[:end])[len(before) :]
        after = logs[len(before) - 1].exp()
        steps = logs[torch.arange(len(before) - 1, len(before) - 1 + len(own)), own]
        answers.append(Answer(fill_mask.likeliest(decoder, after, k), steps.sum().exp().item(), len(own)))
    return answers


class FillOrContinue(Demo):
    """Move the blank through your sentence: one model sees both sides of it, the other only what stands before.

    masked, decoder: loaded models or names for `models.load`. measured: a `fill_mask.Accuracy` of the masked model, for
    models that come without a recorded one.
    """

    title = "Fill or continue"
    sentence = Text("sentence", "The children are asleep upstairs.", most_words=MOST_WORDS)
    blank = Slider("blank at word", 1, 2, value=1)

    def __init__(
        self,
        masked: Pretrained | str,
        decoder: Pretrained | str,
        sentence: str = "The children are asleep upstairs.",
        blank: int = 2,
        measured: fill_mask.Accuracy | None = None,
    ) -> None:
        super().__init__()
        self.masked = models.loaded(masked, kind="masked_lm")
        self.decoder = models.loaded(decoder, kind="decoder")
        self.measured = measured
        self._decoded: LRUCache[object, list[Answer]] = LRUCache(_REMEMBERED)
        self._filled: LRUCache[object, Answer] = LRUCache(_REMEMBERED * MOST_WORDS)
        self.sentence = sentence
        self._fit()
        self.blank = min(blank, self.controls["blank"].max)

    def on_change(self, name: str) -> None:
        if name == "sentence":
            self._fit()

    def _fit(self) -> None:
        count = len(words_in(self.sentence))
        if 2 <= count <= MOST_WORDS:
            self.set_range("blank", 1, count)

    @property
    def quality(self) -> str:
        """How good the masked model is, in a sentence; what stands beside every fill."""
        facts = getattr(self.masked, "facts", None) or {}
        if "top1" in facts:
            return (
                f"It names {facts['top1']:.0%} of the hidden tokens of unseen encyclopedia text "
                f"({facts['masked']:,} of them, measured after training)."
            )
        if self.measured is not None:
            return f"It named {self.measured.share:.0%} of {self.measured.asked:,} hidden tokens in your measurement."
        return "How good it is has not been measured here: fill_mask.masked_accuracy(model, text) does it."

    def compute(self, v: Values) -> Both:
        if fill_mask.has_blank(v.sentence):
            raise BadInput("The slider makes the blank: write the whole sentence, with a word in each place.")
        places = words_in(v.sentence)
        if len(places) < 2:
            raise BadInput("A blank needs words around it: write a sentence of at least two words.")
        if len(places) > MOST_WORDS:
            raise BadInput(
                f"Your sentence has {len(places)} words, and at most {MOST_WORDS} fit here: leave some of them out."
            )
        at = min(v.blank, len(places)) - 1
        begin, end = places[at]
        try:
            mine, other = self._fill(v.sentence, places[at]), self._go_on(v.sentence)[at]
        except ValueError as problem:  # fill_mask says what it cannot fill
            raise BadInput(str(problem)) from None
        return Both(v.sentence[:begin], v.sentence[begin:end], v.sentence[end:], mine, other)

    @cachedmethod(attrgetter("_filled"))
    def _fill(self, sentence: str, place: tuple[int, int]) -> Answer:
        return filled(self.masked, sentence, place)

    @cachedmethod(attrgetter("_decoded"))
    def _go_on(self, sentence: str) -> list[Answer]:
        return gone_on(self.decoder, sentence, words_in(sentence))

    def draw(self, v: Values, data: Both) -> Scene:
        scene = Scene(height=430)
        y = self._draw_sentence(scene, data)
        both = [
            ("the masked model sees both sides", data.filled, KINDS["encoder"], 10),
            ("the decoder sees what comes before", data.gone_on, KINDS["decoder"], 392),
        ]
        longest = max((each.probability for _, answer, *_ in both for each in answer.likeliest), default=1.0)
        top = next(each for each in SCALES if each >= min(longest, 1))
        for name, answer, role, left in both:
            scene.text(left, y, name, role=role, bold=True)
            self._draw_answer(scene, left, y + 40, answer, role, data.word, top)
        y += 40 + 34 * SHOWN + 26
        notes = [
            *((line, False) for line in wrapped(f"The masked model: {self.masked.note}", 740)),
            *((line, True) for line in wrapped(self.quality, 700)),
            *((line, False) for line in wrapped(f"The decoder: {self.decoder.note}", 740)),
        ]
        for line, bold in notes:
            y += 18
            scene.text(10, y, line, size=12, bold=bold, role="ink" if bold else "muted")
        scene.height = y + 16
        return scene

    def _draw_sentence(self, scene: Scene, data: Both) -> float:
        """The sentence in lines, both sides tinted by who sees them; returns where the next thing begins."""
        scene.text(10, 14, "underlined twice: both see it; once: only the masked model", role="muted", size=12)
        x, y = 10.0, 46.0
        parts = [(short(word, 18), "before") for word in data.before.split()] + [("", "blank")]
        parts += [(short(word, 18), "after") for word in data.after.split()]
        leftwards = reads_leftwards(data.before + data.word + data.after)
        for word, side in parts:
            wide = 64.0 if side == "blank" else text_width(word, ON_NARROW_PAGES) * 1.04
            if x + wide > 745:
                x, y = 10.0, y + 40
            left = 755 - x - wide if leftwards else x
            if side == "blank":
                scene.rect(left, y - 14, wide, 28, fill="accent", opacity=0.15, stroke="accent", width=2, radius=4)
                scene.text(left + wide / 2, y, "?", align="center", bold=True, size=16)
            else:
                scene.text(left, y, word, size=16)
                scene.line([(left, y + 13), (left + wide, y + 13)], role=KINDS["encoder"], width=2)
                if side == "before":
                    scene.line([(left, y + 17), (left + wide, y + 17)], role=KINDS["decoder"], width=2)
            x += wide + 8
        return y + 50

    def _draw_answer(
        self, scene: Scene, left: float, y: float, answer: Answer, role: str, word: str, top: float
    ) -> None:
        for end, share, align in ((0, 0, "left"), (_TRACK, top, "right")):
            scene.text(left + 114 + end, y - 14, f"{share:.0%}", role="muted", size=12, align=align)
        rows = [
            (short(each.text, 12), each.probability, role, each.text.casefold() == word.casefold())
            for each in answer.likeliest
        ]
        scene.bars(
            left + 114, y - 2, rows, track=_TRACK, step=34, high=24, most=top, label_size=14,
            label_room=100 / 1.05, label_gap=10, opacity=0.85,
        )  # fmt: skip
        scene.text(left, y + 34 * SHOWN + 8, own_word(answer, short(word, 14)), role="accent", size=12)

    def describe(self, v: Values, data: Both) -> str:
        parts = []
        for name, answer in (("the masked model", data.filled), ("the decoder", data.gone_on)):
            best = answer.likeliest[0] if answer.likeliest else None
            says = f"“{best.text}”, {best.probability:.1%}" if best else "nothing that can be shown"
            parts.append(f"{name} puts first {says} ({own_word(answer, data.word)})")
        return f"With word {v.blank}, “{data.word}”, hidden, {parts[0]}; {parts[1]}."


def reads_leftwards(text: str) -> bool:
    """Whether a text is written from right to left: its first letter that has a direction says so."""
    return next((way != "L" for way in map(unicodedata.bidirectional, text) if way in ("L", "R", "AL")), False)


def own_word(answer: Answer, word: str) -> str:
    """What the model gives to the word that stood there, in words."""
    if answer.chance is None:
        many = f"{answer.pieces} tokens" if answer.pieces > 1 else "no token it knows"
        return f"the word was “{word}”: {many}, and a blank is one"
    cut = f", in {answer.pieces} tokens" if answer.pieces > 1 else ""
    share = f"{answer.chance:.1%}" if answer.chance >= 0.001 else "less than 0.1%"
    return f"the word was “{word}”: {share}{cut}"

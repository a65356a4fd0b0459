"""Shannon's guessing game: the learner against the models, letter by letter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from unravelling.demos.base import BadInput, Buttons, Demo, Entry, Scene, State, Values
from unravelling.demos.what_is_a_language_model.guessing_game import (
    SYMBOLS,
    Game,
    passages,
    spoken,
    untried,
    upper_bound,
)
from unravelling.language_models import CharacterNGrams

ENOUGH = 10  # characters before a score is shown
SPACE, GIVE_UP, ANOTHER = "it is a space", "I give up", "another passage"
_STRAIGHT = str.maketrans("‘’“”–—", "''\"\"--")
_ACROSS, _LINES = 40, 5  # characters on a line, and lines
_STEP = 18.2  # pixels from one character to the next: two digits fit, also on a narrow page
_TOP = 76  # middle of the first line, in pixels
_WORD = 12  # with less room than this left on a line, a word begins the next one


class Score(NamedTuple):
    """One row: who, how many characters, the share right at the first guess, and Shannon's bound (bits) or None."""

    who: str
    characters: int
    first: float
    bits: float | None


class Standing(NamedTuple):
    """What may be seen: the passage so far, guesses for each of its characters, wrong guesses for the one to come.

    A character that was in sight from the beginning took 0 guesses, one that was given up fewer than 0. No character
    that is still to be guessed is in it, nor anything computed from one.
    """

    shown: str
    guesses: tuple[int, ...]
    tried: tuple[str, ...]
    finished: bool
    given_up: int  # in all passages
    scores: tuple[Score, ...]
    message: str  # what has happened
    then: str  # how the models did there, and what to do next


def score(who: str, ranks: list[int]) -> Score:
    """A row of the table; bits once there are enough characters."""
    first = sum(rank == 1 for rank in ranks) / len(ranks) if ranks else 0.0
    return Score(who, len(ranks), first, upper_bound(ranks) if len(ranks) >= ENOUGH else None)


class ShannonGame(Demo):
    """Guess a passage character by character; capitals count as small letters.

    text: where the passages come from, unknown to the player. models: by the names that the table shows.
    """

    title = "Guess the next letter"
    guess = Entry("your guess", placeholder="one character", wide=330)
    other = Buttons("instead of typing", [SPACE, GIVE_UP, ANOTHER])
    standing = State()

    def __init__(self, text: str, models: Mapping[str, CharacterNGrams]) -> None:
        found = passages(text)
        if not found:
            raise ValueError("The game needs a text with at least one plain sentence of more than 24 characters.")
        super().__init__()
        self.game = Game(found, models)
        self._say("Which character comes next?", "Type it and press Enter. A space is one, too.")

    def on_enter(self, name: str, text: str) -> None:
        if not text:
            if self.problem:  # a second Enter puts the complaint away
                return
            raise BadInput("The field is empty: type one character, then press Enter. For a space, type a space.")
        symbol = text.strip().lower().translate(_STRAIGHT) or " "
        if len(symbol) > 1:
            raise BadInput(f"These are {len(symbol):,} characters: type one at a time, then press Enter.")
        self._try(symbol)

    def on_press(self, name: str, index: int) -> None:
        button = self.other[index]
        if button == SPACE:
            self._try(" ")
        elif button == GIVE_UP:
            self._refuse_if_finished()
            symbol = self.game.give_up()
            self._solved(f"It was {spoken(symbol)}. {_price(untried(self.game.mine[-1]))}")
        elif self.game.number + 1 == len(self.game.passages):
            raise BadInput("This was the last passage of the text. To begin again, run the cell again.")
        else:
            self.game.open(self.game.number + 1)
            self._say("A new passage; your score goes on.", "Which character comes next?")

    def _try(self, symbol: str) -> None:
        self._refuse_if_finished()
        if symbol not in SYMBOLS:
            raise BadInput(
                f"{spoken(symbol)} is not in the game: there are letters, the space and . , ; : ' \" - ( ) ? !"
            )
        if symbol in self.game.tried:
            raise BadInput(f"You have tried {spoken(symbol)} for this place already: try another one.")
        if self.game.guess(symbol):
            self._solved(f"Yes, {spoken(symbol)}, at guess {self.game.mine[-1]}.")
        else:
            self._say(f"Not {spoken(symbol)}.", "Try another one, or give up.")

    def _refuse_if_finished(self) -> None:
        if self.game.finished:
            raise BadInput(f"This passage is finished: press '{ANOTHER}'.")

    def _solved(self, message: str) -> None:
        """Say what has happened, how the models did at the same place, and what to do next."""
        needed = ", ".join(f"{name} at guess {ranks[-1]}" for name, ranks in self.game.theirs.items())
        then = f"Finished: press “{ANOTHER}”." if self.game.finished else "And the next character?"
        self._say(message, f"Models: {needed}. {then}" if needed else then)

    def _say(self, message: str, then: str) -> None:
        game = self.game
        guesses = tuple(game.guesses.get(place, 0) for place in range(game.place))
        scores = tuple(score(who, ranks) for who, ranks in {"you": game.mine, **game.theirs}.items())
        given_up = sum(rank < 0 for rank in game.mine)
        self.standing = Standing(game.shown, guesses, tuple(game.tried), game.finished, given_up, scores, message, then)

    def compute(self, v: Values) -> Standing:
        return v.standing

    def draw(self, v: Values, data: Standing) -> Scene:
        scene = Scene(height=_TOP + 44 * _LINES + 82 + 34 * len(data.scores))
        scene.text(12, 16, data.message, bold=True, size=15)
        scene.text(12, 38, data.then, role="muted")
        self._draw_passage(scene, data)
        y = _TOP + 44 * _LINES - 8
        if not data.finished:
            count, given_up = len(data.tried), "; –: given up" if min(data.guesses, default=0) < 0 else ""
            legend = f"under each character: the guesses it took{given_up}"
            scene.text(12, y, f"not this time ({count}):" if count else legend, role="muted")
            if count:
                self._draw_tried(scene, data.tried, 165, y)
        scene.line([(12, y + 24), (748, y + 24)], role="grid")
        self._draw_scores(scene, data, y + 46)
        return scene

    def _draw_passage(self, scene: Scene, data: Standing) -> None:
        step, high = _STEP, 44
        *places, next_place = layout(data.shown)
        for character, count, (column, line) in zip(data.shown, data.guesses, places, strict=True):
            x, y = 18 + step * column, _TOP + high * line
            scene.text(x, y, character, mono=True, size=22, align="center", role="ink" if count else "muted")
            if count:
                role = "bad" if count < 0 else "good" if count == 1 else "muted"
                words = "–" if count < 0 else str(count)
                scene.text(x, y + 19, words, size=11 if count < 10 else 10, align="center", role=role)
        if not data.finished:
            x, y = 18 + step * next_place[0], _TOP + high * next_place[1]
            scene.rect(x - 7, y - 14, 14, 28, fill="accent", stroke="accent", opacity=0.15, width=2, radius=3)
            scene.text(x, y, "?", mono=True, size=17, align="center", role="accent", bold=True)

    def _draw_tried(self, scene: Scene, tried: tuple[str, ...], x: float, y: float) -> None:
        step = min(30, (740 - x) / len(tried))
        for place, symbol in enumerate(tried):
            left, shown = x + step * place, "␣" if symbol == " " else symbol
            scene.rect(left, y - 12, step - 4, 24, fill="grid", opacity=0.5, radius=4)
            scene.text(left + step / 2 - 2, y, shown, mono=True, size=15, align="center", role="bad")

    def _draw_scores(self, scene: Scene, data: Standing, y: float) -> None:
        count = data.scores[0].characters
        scene.text(12, y, f"after {count} character{'' if count == 1 else 's'}", role="muted")
        scene.text(232, y, "right at once", role="muted", align="center")
        scene.text(300, y, "bits per character, by Shannon's bound", role="muted")
        for row, each in enumerate(data.scores):
            at, role = y + 32 + 34 * row, "query" if row == 0 else "ink"
            scene.text(12, at, each.who, role=role, bold=row == 0, size=14)
            if count:
                scene.text(232, at, f"{each.first:.0%}", role=role, align="center", bold=row == 0)
            if each.bits is None:
                if row == 0:
                    scene.text(300, at, f"shown from {ENOUGH} characters on: {ENOUGH - count} to go")
                continue
            share = min(each.bits / math.log2(len(SYMBOLS)), 1)
            scene.bar(300, at - 11, 340, 22, share, "query" if row == 0 else "muted")
            scene.text(652, at, f"{each.bits:.2f} bits", role=role, bold=row == 0)

    def describe(self, v: Values, data: Standing) -> str:
        you, *others = data.scores
        words = [data.message, data.then]
        if not data.finished:
            words.append(f"So far: “…{data.shown[-40:]}”.")
        if data.tried:
            words.append(f"Not this time: {', '.join(map(spoken, data.tried))}.")
        if you.bits is not None:
            theirs = ", ".join(f"{each.who} {each.bits:.2f}" for each in others if each.bits is not None)
            most = f" ({you.characters} characters cannot show more than {math.log2(you.characters):.1f})"
            low = f"So few make every figure too low{'' if data.given_up else most}"
            words.append(
                f"After {you.characters} characters you are at {you.bits:.2f} bits per character by Shannon's bound"
                + (f"; the models, on the same characters: {theirs}" if theirs else "")
                + f". {low}: compare them with each other only."
            )
        return " ".join(words)


def _price(left: int) -> str:
    """What it costs to be told a letter, of which so many had not been tried."""
    if left == 1:
        return "You had tried all others, so being told costs nothing more."
    return f"Being told which of the {left} untried characters it is costs {math.log2(left):.1f} bits."


def layout(shown: str) -> list[tuple[int, int]]:
    """(column, line) of each character and of the one to come.

    Only from what is in sight: wrapping by the length of a word that is not yet guessed would give it away.
    """
    column, line, places = 0, 0, []
    for place in range(len(shown) + 1):
        begins = place > 0 and shown[place - 1] == " "
        if column >= _ACROSS or (begins and _ACROSS - column < _WORD):
            column, line = 0, line + 1
        places.append((column, line))
        column += 1
    return places

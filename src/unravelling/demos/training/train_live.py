"""A bench: choose a small GPT and a learning rate, start its training, watch it, stop it, and start another.

It trains in a thread of its own. What a button sends reaches a kernel only between two cells, or in the one thread that
listens to widgets: a training that ran there would never hear that it should stop.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import torch

from unravelling.demos.base import BadInput, Buttons, Scene, Select, Slider, State, Values
from unravelling.demos.training.live import Shown, Training
from unravelling.demos.training.run import Run
from unravelling.demos.training.watching import watch
from unravelling.language_models import alphabet_of, training
from unravelling.language_models.networks import CharacterGPT

WIDTH, CONTEXT = 64, 32
EARLIER = 4  # runs that are kept to compare with
_RATES = ["0", "0.00003", "0.0003", "0.003", "0.03", "0.3", "10"]


class TrainLive(Training):
    """Trains CharacterGPTs of width 64 on a text, each for at most so many seconds; earlier runs stay in sight.

    aside: train in a thread of its own; otherwise Start comes back at the end of the training.
    Attributes: model (of the last run, or None), run, running. Raises ValueError for a text too short to train on.
    """

    layers = Slider("layers", 1, 6, value=2)
    heads = Slider("heads", 1, 8, value=4)
    rate = Select("learning rate", _RATES, "0.003")
    every = Select("what it writes, every", [(f"{number} steps", number) for number in (25, 50, 100, 200)], 50)
    go = Buttons("training", ["Start"])
    moment = Slider("show the moment", 0, 1, wide=420)
    now = State()  # a Shown

    def __init__(self, text: str, seconds: float = 15, device: str | None = None, aside: bool = True) -> None:
        self.text, self.alphabet, self.limit = text, alphabet_of(text), float(seconds)
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.model: CharacterGPT | None = None
        self.running, self.aside = False, aside
        self._thread: threading.Thread | None = None
        self._one_at_a_time = threading.RLock()  # the learner moves a slider while the training draws
        waiting = Run(self.limit, math.log(len(self.alphabet)), "characters", ended="waiting")
        waiting.sentence = (
            f"Nothing is trained yet: choose, and press Start. It takes {seconds:g} seconds, or until Stop."
        )
        super().__init__(waiting, "A GPT of your choice")
        self.now = Shown(self.run, self.title)
        self.box.children = self.box.children[1:]  # the button for cells that run is not needed
        training.steps(self._new(), text)  # refuses a text that is too short

    def on_press(self, name: str, index: int) -> None:
        if self.running:
            self.button.asked.set()
        else:
            self.start()

    def start(self) -> None:
        """Begin a training with the controls as they are. BadInput if one is under way, or if sizes do not fit."""
        if self.running:
            raise BadInput("A training is under way: stop it first.")
        if WIDTH % self.heads:
            raise BadInput(
                f"{self.heads} heads cannot share a width of {WIDTH}: each would get {WIDTH / self.heads:.1f} numbers. "
                "Take 1, 2, 4 or 8."
            )
        self.model = self._new()
        steps = training.steps(self.model, self.text, batch=16, length=CONTEXT, learning_rate=float(self.rate))
        title = _named(self.layers, self.heads, self.rate)
        self.button.asked.clear()
        self.running, self.go = True, ("Stop",)
        given: tuple[Any, ...] = (steps, self.limit, self.run.guessing, title, self.model)
        how: dict[str, Any] = {"view": self, "every": self.every}
        if not self.aside:
            watch(*given, **how)
            return
        self._thread = threading.Thread(target=watch, args=given, kwargs=how, daemon=True)
        self._thread.start()

    def wait(self) -> Run:
        """Wait for the end of the training under way, if there is one, and give back the last run."""
        if self._thread is not None:
            self._thread.join()
        return self.run

    def _new(self) -> CharacterGPT:
        with torch.random.fork_rng(devices=[]):  # the same start for all, and the learner's own draws as they were
            torch.manual_seed(0)
            return CharacterGPT(self.alphabet, WIDTH, self.layers, self.heads, CONTEXT).to(self.device)

    @property
    def ends_it(self) -> str:
        return "Stop"

    def act(self, handler: Callable[..., None], *given: Any) -> None:
        with self._one_at_a_time:
            super().act(handler, *given)

    def redraw(self) -> None:
        with self._one_at_a_time:
            super().redraw()

    def take(self, run: Run, title: str) -> None:
        with self._one_at_a_time:
            earlier = self.now.earlier
            if self.run.losses:
                earlier = ((self.title, self.run), *earlier)[:EARLIER]
            with self.hold_redraw():
                super().take(run, title)
                self.now = Shown(run, title, earlier)

    def finish(self) -> None:
        with self._one_at_a_time:
            self.running, self.go = False, ("Start",)
            super().finish()

    def _settle(self) -> None:
        super()._settle()
        if len(self.run.moments) < 2:
            self.controls["moment"].layout.display = "none"

    def shown(self, v: Values) -> Shown:
        return v.now

    def draw(self, v: Values, data: Any) -> Scene:
        scene, earlier = super().draw(v, data), v.now.earlier
        for line in _next(v):
            scene.text(8, scene.height + 12, line, role="muted")
            scene.height += 22
        if earlier:
            scene.text(8, scene.height + 12, "Earlier runs (grey):", bold=True)
            for row, (title, run) in enumerate(earlier):
                scene.text(18, scene.height + 34 + 20 * row, _told(title, run), role="muted")
            scene.height += 34 + 20 * len(earlier)
        return scene

    def describe(self, v: Values, data: Any) -> str:
        told = "; ".join(_told(title, run) for title, run in v.now.earlier)
        return f"{v.now.title}. {super().describe(v, data)}" + (f" Earlier: {told}." if told and data else "")


def _next(v: Values) -> list[str]:
    """What Start would train, in a line, and another where it would not."""
    line = f"Next: {_named(v.layers, v.heads, v.rate)}, a look at what it writes every {v.every} steps"
    return [line, f"(not with {v.heads} heads, which cannot share a width of {WIDTH})"] if WIDTH % v.heads else [line]


def _named(layers: int, heads: int, rate: str) -> str:
    return f"{_some(layers, 'layer')}, {_some(heads, 'head')}, learning rate {rate}"


def _told(title: str, run: Run) -> str:
    end = "diverged" if run.ended == "diverged" else f"{run.loss:.2f} nats"
    return f"{title}: {end} after {_some(len(run.losses), 'step')}"


def _some(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")

"""The X-ray: one forward pass of a real decoder on the learner's own sentence, from the whole model to one number."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from torch import Tensor

from unravelling.demos.base import BadInput, Buttons, Demo, Scene, Slider, Text, Toggle
from unravelling.demos.xray import editing, zoom
from unravelling.demos.xray.catalogue import BY_NAME, STOPS, beside, named
from unravelling.demos.xray.forward_pass import CANDIDATES, Cursor, Pass
from unravelling.demos.xray.overview import HEIGHT, draw_map
from unravelling.demos.xray.passes import Passes, own_functions_told
from unravelling.demos.xray.stop_picture import draw_stop

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

# What can be looked at: its picture, and its sentences.
LOOKS: dict[str, tuple[Callable[[Scene, Cursor], None], Callable[[Cursor], str]]] = {
    "whole model": (zoom.draw_model, zoom.say_model),
    "layer": (zoom.draw_layer, zoom.say_layer),
    "head": (zoom.draw_head, zoom.say_head),
    "stop": (draw_stop, lambda here: here.stop.say(here)),
    "code": (editing.draw_code, editing.say_code),
}


class XRay(Demo):
    """Step through one forward pass. Every value is the model's own, and every stop is computed by code you can change.

    decoder: a Llama-style decoder, from models.load("decoder") or models.load("hub:..."). look: "whole model",
    "layer", "head", "stop" or "code". stop: a stop by name ("weights") or number; xray.stops lists the names.
    token: the token that is followed, by position or by its text; the last one unless given.

    Held down, an arrow key on the slider "stop" plays the pass; the buttons also step from layer to layer.

    stops: name -> the function in use, each a plain function whose arguments name what it takes.
    change(name, function, layer=None): put your own function in place of one, in every layer or in one; all that
    follows is computed anew. open(name): that function's code in a new cell, to be changed. restore(): undo.
    """

    title = "X-ray"
    sentence = Text("sentence", most_words=30)
    look = Toggle("look at", tuple(LOOKS), value="stop")
    layer = Slider("layer", 0, 1)
    head = Slider("head", 0, 1)
    stop = Slider("stop", 0, len(STOPS) - 1, value=BY_NAME["weights"].order)
    token = Slider("token", 0, 1)
    number = Slider("number in the row", 0, 1)
    step = Buttons("step", ("back", "forward"), show_label=True)

    def __init__(
        self,
        decoder: Pretrained,
        sentence: str,
        *,
        look: str = "stop",
        stop: str | int = "weights",
        layer: int = 0,
        head: int = 0,
        token: int | str | None = None,
    ) -> None:
        self.passes = Passes(decoder)
        self._numbers: dict[str, int] = {}  # where the last slider stood, by kind of row
        self._kind = ""
        super().__init__()
        self.set_range("layer", 0, self.passes.parts.layers - 1)
        self.set_range("head", 0, self.passes.parts.heads - 1)
        self.sentence = sentence
        here = self._ready()
        if here is not None:
            self.set_range("token", 0, here.run.T - 1, value=here.run.T - 1)
        self.go(stop, layer, head, None if here is None else token, look)

    @property
    def stops(self) -> MappingProxyType[str, Callable[..., Any]]:
        """The functions in use by name, in the order of the pass; those of the layer in view."""
        return MappingProxyType({name: self.passes.function(name, self.layer) for name in BY_NAME})

    @property
    def run(self) -> Pass:
        """The pass in view: `xray.run.at("weights", layer=3)` are the values of a stop. BadInput for a bad sentence."""
        return self._over(self.sentence)

    def go(
        self,
        stop: str | int | None = None,
        layer: int | None = None,
        head: int | None = None,
        token: int | str | None = None,
        look: str | None = None,
    ) -> None:
        """Go somewhere, as the controls do: `xray.go("scores", layer=3, head=1, token="it")`."""
        with self.hold_redraw():
            stop = named(stop).order if isinstance(stop, str) else stop
            token = self._place_of(token) if isinstance(token, str) else token
            for name, value in (("stop", stop), ("layer", layer), ("head", head), ("look", look), ("token", token)):
                if value is not None:
                    setattr(self, name, value)
            self._fit_number()

    def change(self, name: str, function: Callable[..., Tensor] | None, layer: int | None = None) -> None:
        """Put your own function in place of the stop `name`, in every layer or in one, and compute all that follows.

        Its arguments are named after what it takes: earlier stops of the layer (`stream` is what it is given) and parts
        of the model (w_q, heads, ...). None puts the course's own function back.
        Raises ValueError, one sentence, if the function cannot be used; then everything stays as it was.
        """
        type(self).sentence.validate(self.sentence)
        with self.hold_redraw():
            self.passes.change(self.sentence, name, function, layer)

    def restore(self) -> None:
        """Put back all functions of the course."""
        self.passes.changes = {}
        with self.hold_redraw():
            self._fit_sentence()

    def open(self, name: str | None = None) -> None:
        """The code of a stop (the one in view unless named) in a new cell below, ready to be changed and run."""
        editing.open_cell(self, self.here if name is None else self.here.to(named(name).name))

    def code(self, name: str) -> str:
        """The source of a stop's function, as text."""
        return editing.runnable(self.here.to(named(name).name))

    @property
    def here(self) -> Cursor:
        """Where the controls stand."""
        return self._cursor(self.values)

    def on_change(self, name: str) -> None:
        if name == "sentence":
            self._fit_sentence()
        elif name in ("look", "stop"):
            self._fit_number()

    def on_press(self, name: str, index: int) -> None:
        """One stop back or forward through the whole pass: from the last stop of a layer to the first of the next."""
        there = beside(STOPS[self.stop], self.layer, self.passes.parts.layers, 1 if index else -1)
        if there is None:
            raise BadInput(
                "This is the last stop: the model has said its next word."
                if index
                else "This is the first stop: nothing comes before the tokens."
            )
        self.stop, self.layer = there[0].order, there[1]
        self._fit_number()

    def compute(self, v: Any) -> Cursor:
        here = self._cursor(v)
        with own_functions_told():
            number = min(v.number, _last_number(here, v.look))
            likeliest = here.run.likeliest(here.token)[1]
            if v.look == "whole model":
                here.run.guesses(here.token)
        return here._replace(number=likeliest[number] if here.stop.kind == "vocabulary" else number)

    def draw(self, v: Any, data: Cursor) -> Scene:
        scene = Scene(height=HEIGHT)
        draw_map(scene, data)
        LOOKS[v.look][0](scene, data)
        return scene

    def describe(self, v: Any, data: Cursor) -> str:
        return LOOKS[v.look][1](data)

    def _cursor(self, v: Any) -> Cursor:
        run = self._over(v.sentence)
        return Cursor(run, STOPS[v.stop], v.layer, v.head, min(v.token, run.T - 1))

    def _over(self, sentence: str) -> Pass:
        type(self).sentence.validate(sentence)
        return self.passes.over(sentence)

    def _ready(self) -> Cursor | None:
        """Where one stands, or None if the sentence will be refused."""
        try:
            return self.here
        except self.bad_input:
            return None

    def _place_of(self, word: str) -> int:
        names = self.run.recording.names
        if word not in names:
            raise ValueError(f"There is no token {word!r} in the sentence: its tokens are {', '.join(names)}.")
        return len(names) - 1 - names[::-1].index(word)

    def _fit_sentence(self) -> None:
        """The token slider reaches along a new sentence, and stands at its end."""
        here = self._ready()
        if here is not None:
            if self.controls["token"].max != here.run.T - 1:
                self.set_range("token", 0, here.run.T - 1, value=here.run.T - 1)
            self._fit_number()

    def _fit_number(self) -> None:
        """The last slider reaches along the row in view, and stands where it last stood on such a row.

        Where no single number is in view it has nowhere to go.
        """
        here = self._ready()
        if here is None:
            return
        try:
            high = _last_number(here, self.look)
        except ValueError:  # a changed function does not take this sentence: compute says so
            return
        if self._kind:
            self._numbers[self._kind] = self.number
        kind, value = here.stop.kind if self.look == "stop" else "none", self.number
        if kind != self._kind:
            best = int(here.row("weights").argmax()) if kind == "keys" else 0
            value, self._kind = self._numbers.get(kind, best), kind
        self.set_range("number", 0, high, value=min(value, high))


def _last_number(here: Cursor, look: str) -> int:
    """Of the row in view, as the last slider counts it."""
    values = here.run.at(here.stop.name, here.layer)
    if look != "stop" or here.stop.kind in ("words", "ids"):
        return 0
    return (min(CANDIDATES, values.shape[-1]) if here.stop.kind == "vocabulary" else values.shape[-1]) - 1

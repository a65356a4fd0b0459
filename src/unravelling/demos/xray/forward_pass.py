"""One forward pass: what the model itself computed, every stop computed from the stop before it, and where one stands.

Nothing here knows how a stop is shown: that is said by its row in `catalogue.py`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from unravelling.demos.xray.layer_weights import Parts
from unravelling.drawing.text_metrics import short
from unravelling.models.threads import one_thread, threads_for

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

CANDIDATES = 10  # next words shown

Key = tuple[str, int]  # a stop and its layer; layer 0 for the stops outside the layers


class Stop(NamedTuple):
    """A row of the catalogue.

    function: one of `stops.py`; the stop bears its name. place: "begin", "layer" or "end". title: in words. kind: what
    a row of it holds: "words", "ids", "stream" (d numbers), "head" (numbers of one head), "keys" (one number a token),
    "inner" (numbers of the feed-forward), "vocabulary". role: the colour on the map. what: what happens here, for a
    newcomer. one: what one number of it is called, "" if it is no more than a number. order: from 0, in the pass.

    module: what of the model it is compared with: a path from the layer, or from the model for a stop outside the
    layers, and "output", "input" or "weights" (the second output of attention); "" if no module has these values.
    explain: how the number at a cursor comes about. say: one or two sentences about the token at a cursor. draw: puts
    the values at a cursor into a scene, and returns how far down they reach.
    """

    function: Callable[..., Any]
    place: str
    title: str
    kind: str
    role: str
    what: str
    module: str
    explain: Callable[[Cursor], Any]
    say: Callable[[Cursor], str]
    draw: Callable[[Any, Cursor], float]
    one: str = ""
    order: int = 0

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def by_head(self) -> bool:
        return self.kind in ("head", "keys")


class Change(NamedTuple):
    """A function in place of a stop's own, in one layer, or in every layer if layer is None."""

    function: Callable[..., Tensor]
    layer: int | None


def in_use(stop: Stop, layer: int, changes: Mapping[str, Change]) -> Callable[..., Any]:
    """The function of a stop in a layer: the course's own, or the one it was changed to."""
    change = changes.get(stop.name)
    if change is None or (stop.place == "layer" and change.layer not in (None, layer)):
        return stop.function
    return change.function


class Recording(NamedTuple):
    """text, names (T: tokens as a person reads them), and what hooks on the model saw in one forward pass.

    stops: name -> Stop, in the order of the pass. seen: (stop, layer) -> the module's own values in the shape of the
    stop, for each stop that has a module. The logits of all T tokens cost as much as many layers, so the model's last
    module is only called when they are asked for.
    """

    decoder: Pretrained
    text: str
    names: list[str]
    stops: dict[str, Stop]
    seen: dict[Key, Tensor]

    def saw(self, stop: str, layer: int) -> Tensor | None:
        """The model's own values at a stop, the softmax of its logits among them; None if no module gives them."""
        if stop in ("logits", "probabilities") and (stop, 0) not in self.seen:
            with torch.no_grad(), threads_for(len(self.names)):
                self.seen["logits", 0] = self.decoder.model.lm_head(self.seen["final_norm", 0])
                self.seen["probabilities", 0] = torch.softmax(self.seen["logits", 0], dim=-1)
        return self.seen.get((stop, layer if self.stops[stop].place == "layer" else 0))

    def probabilities(self, token: int) -> Tensor:
        """(V,): what the model itself says next after one token."""
        with torch.no_grad(), one_thread():
            return torch.softmax(self.decoder.model.lm_head(self.seen["final_norm", 0][token]), dim=-1)


def record(parts: Parts, text: str, stops: Iterable[Stop]) -> Recording:
    """Run the model once on `text` with a hook on every module that is a stop. ModelError as in Pretrained.ids."""
    decoder, known = parts.decoder, {stop.name: stop for stop in stops}
    ids, names = decoder.ids(text), decoder.tokens(text)
    seen: dict[Key, Tensor] = {}

    def keep(stop: Stop, layer: int, side: str) -> Callable[..., None]:
        def hook(module: Any, given: Any, made: Any) -> None:
            out = given if side == "input" else made
            out = out[1 if side == "weights" else 0] if isinstance(out, tuple) else out
            if out is not None:
                value = out[0].detach()
                by_head = stop.kind == "head"
                seen[stop.name, layer] = value.unflatten(-1, (-1, parts.width)).transpose(0, 1) if by_head else value

        return hook

    hooks, base = [], decoder.model.model
    for stop in known.values():
        path, _, side = stop.module.rpartition(" ")
        for layer, root in enumerate(base.layers if stop.place == "layer" else [decoder.model]) if side else ():
            hooks.append(root.get_submodule(path).register_forward_hook(keep(stop, layer, side)))
    try:
        with torch.no_grad(), threads_for(len(ids)):
            base(torch.tensor([ids]), use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    return Recording(decoder, text, names, known, seen)


class Pass:
    """Every stop of a forward pass, computed when it is asked for, from the stop before it.

    Each layer starts from the stream that the model itself handed to it. With changes, every layer from the first
    changed one starts from what the changed layers below it handed on.
    changes: stop -> Change. ValueError, one sentence, if a changed function cannot be used.
    """

    def __init__(self, parts: Parts, recording: Recording, changes: dict[str, Change] | None = None) -> None:
        self.parts, self.recording, self.changes = parts, recording, dict(changes or {})
        self.stops = recording.stops
        self._layers: dict[int, dict[str, Any]] = {}
        self._next: dict[int, Tensor] = {}
        self._guesses: dict[int, tuple[Tensor, Tensor]] = {}
        self.T = len(recording.names)
        with torch.no_grad(), threads_for(self.T):
            self._begin = self._run(self._of("begin"), {**parts.common, "text": recording.text}, 0)
            self.streams = self._streams()
            self._end: dict[str, Any] = {}

    def at(self, stop: str, layer: int = 0) -> Any:
        """The values of a stop: tokens (list of T), ids (T,), or a float tensor of the shape its docstring says."""
        place = self.stops[stop].place
        with torch.no_grad(), threads_for(self.T):
            if place == "begin":
                return self._begin[stop]
            if place == "end":
                return self._at_end(stop)
            return self.layer(layer)[stop]

    def value_of(self, here: Cursor) -> float:
        """The number at a cursor; of the tokens, which are words, not a number."""
        if here.stop.kind == "words":
            return math.nan
        return float(here.row() if here.stop.kind == "ids" else here.row()[here.number])

    def _of(self, place: str) -> list[Stop]:
        return [stop for stop in self.stops.values() if stop.place == place]

    def _at_end(self, stop: str) -> Any:
        """As far as the stop: the logits of all tokens cost as much as many layers."""
        end = self._of("end")
        missing = [each for each in end[: end.index(self.stops[stop]) + 1] if each.name not in self._end]
        given = {**self.parts.common, "stream": self.streams[-1], **self._end}
        self._end |= self._run(missing, given, 0)
        return self._end[stop]

    def layer(self, layer: int) -> dict[str, Any]:
        """All stops of a layer by name, with `stream` and the layer's parts."""
        if layer not in self._layers:
            with torch.no_grad(), threads_for(self.T):
                given = {**self.parts.of(layer), "stream": self.streams[layer]}
                self._layers[layer] = {**given, **self._run(self._of("layer"), given, layer)}
        return self._layers[layer]

    def next_after(self, token: int) -> Tensor:
        """(V,): the probabilities of the next token after one token, without those after all the others."""
        if token not in self._next:
            if "probabilities" in self._end or any(self.stops[name].place == "end" for name in self.changes):
                self._next[token] = self.at("probabilities")[token]
            else:
                given = {**self.parts.common, "stream": self.streams[-1][token : token + 1]}
                with torch.no_grad(), one_thread():
                    self._next[token] = self._run(self._of("end"), given, 0)["probabilities"][0]
        return self._next[token]

    def likeliest(self, token: int, most: int = CANDIDATES) -> tuple[list[float], list[int]]:
        """The probabilities and ids of the likeliest next tokens after `token`, best first."""
        top = self.next_after(token).topk(min(most, self.parts.vocabulary))
        return top.values.tolist(), top.indices.tolist()

    def guesses(self, token: int) -> tuple[Tensor, Tensor]:
        """What the model would say next after `token` if it stopped after 0, 1, ... layers.

        Returns (probability of the likeliest word (layers + 1,), its id (layers + 1,)): the stream read with the final
        norm and the table of logits ("logit lens", nostalgebraist, 2020).
        """
        if token not in self._guesses:
            stream = torch.stack([one[token] for one in self.streams])
            with torch.no_grad(), threads_for(self.T):
                found = self._run(self._of("end"), {**self.parts.common, "stream": stream}, 0)
            top = found["probabilities"].max(dim=-1)
            self._guesses[token] = (top.values, top.indices)
        return self._guesses[token]

    def difference(self, stop: str, layer: int) -> float | None:
        """The largest difference between a stop and what a hook on the model saw; None if it has no module."""
        theirs = self.recording.saw(stop, layer)
        return None if theirs is None else (self.at(stop, layer) - theirs).abs().max().item()

    def _streams(self) -> list[Tensor]:
        """The stream before each layer and after the last: (layers + 1) tensors (T, d)."""
        seen, layers = self.recording.seen, self.parts.layers
        own = [self._begin["embedding"], *(seen["after_feed", layer] for layer in range(layers))]
        inside = [c.layer or 0 for name, c in self.changes.items() if self.stops[name].place == "layer"]
        if any(self.stops[name].place == "begin" for name in self.changes):
            inside.append(0)
        if inside:
            for layer in range(min(inside), layers):
                given = {**self.parts.of(layer), "stream": own[layer]}
                own[layer + 1] = self._run(self._of("layer"), given, layer)["after_feed"]
        return own

    def _run(self, stops: Iterable[Stop], given: dict[str, Any], layer: int) -> dict[str, Any]:
        known = dict(given)
        made: dict[str, Any] = {}
        for stop in stops:
            function = in_use(stop, layer, self.changes)
            value = call(stop.function, known)
            if function is not stop.function:
                value = _call_theirs(stop, function, known, value, layer)
            known[stop.name] = made[stop.name] = value
        return made


class Cursor(NamedTuple):
    """Where one stands: a pass, and in it a stop, a layer, a head, a token, and a number of that token's row.

    Layer and head are kept where a stop has none. The numbers of a row count from 0, those of a vocabulary are ids.
    """

    run: Pass
    stop: Stop
    layer: int
    head: int
    token: int
    number: int = 0

    def to(self, stop: str) -> Cursor:
        """The same place at another stop, by name."""
        return self._replace(stop=self.run.stops[stop])

    @property
    def function(self) -> Callable[..., Any]:
        """The function in use here."""
        return in_use(self.stop, self.layer, self.run.changes)

    @property
    def changed(self) -> bool:
        return self.function is not self.stop.function

    def given(self, name: str) -> Any:
        """What the stop's function is given by this name: an earlier stop, `stream`, or a part of the model."""
        if self.stop.place == "layer":
            return self.run.layer(self.layer)[name]
        if name in self.run.stops:
            return self.run.at(name)
        return {**self.run.parts.common, "text": self.run.recording.text, "stream": self.run.streams[-1]}[name]

    def matrix(self, stop: str = "") -> Tensor:
        """(T, n): the values of a stop, of this head (or the keys and values it uses) where there are heads."""
        values = self.run.at(stop or self.stop.name, self.layer)
        return values if values.ndim < 3 else values[self.set_of(len(values))]

    def set_of(self, sets: int) -> int:
        """Which of so many sets of queries, keys or values this head uses."""
        return self.head // (self.run.parts.heads // sets)

    def row(self, stop: str = "") -> Tensor:
        return self.matrix(stop)[self.token]

    @property
    def place(self) -> str:
        """ "layer 3, head 1", "layer 3", or "" outside the layers."""
        if self.stop.place != "layer":
            return ""
        return f"layer {self.layer}, head {self.head}" if self.stop.by_head else f"layer {self.layer}"

    @property
    def name(self) -> str:
        return self.name_of(self.token)

    def name_of(self, token: int) -> str:
        return f"“{short(self.run.recording.names[token], 14)}”"


@lru_cache(maxsize=256)
def wanted(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the arguments that a stop's function must be given."""
    return tuple(
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    )


def call(function: Callable[..., Any], known: dict[str, Any]) -> Any:
    """Call a stop's function with the values that its arguments name. KeyError for a name that nothing has here."""
    return function(**{name: known[name] for name in wanted(function)})


def _call_theirs(
    stop: Stop, function: Callable[..., Any], known: dict[str, Any], expected: Tensor, layer: int
) -> Tensor:
    """A learner's function, with every way it can go wrong told in a sentence."""
    where = f"Your function for '{stop.name}'" + (f" (layer {layer})" if stop.place == "layer" else "")
    try:
        value = call(function, known)
    except KeyError as missing:
        if missing.args and missing.args[0] in wanted(function) and missing.args[0] not in known:
            raise ValueError(
                f"{where} asks for {missing.args[0]!r}, which is not there at this stop: name its arguments after "
                f"what it takes, such as {', '.join(wanted(stop.function))}."
            ) from None
        raise ValueError(f"{where} stopped with KeyError: {missing}.") from missing
    except Exception as error:
        raise ValueError(f"{where} stopped with {type(error).__name__}: {' '.join(str(error).split())}.") from error
    if not isinstance(value, Tensor) or value.shape != expected.shape:
        given = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else f"a {type(value).__name__}"
        raise ValueError(f"{where} returns {given} where a tensor of shape {tuple(expected.shape)} is needed.")
    if value.is_floating_point() and value.isnan().any():
        raise ValueError(f"{where} returns values that are not numbers (nan): look for 0 / 0 or inf - inf.")
    return value.detach().to(expected.dtype)

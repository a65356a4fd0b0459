"""The passes of a decoder over a learner's sentences, with the learner's own functions where there are any."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache
from torch import Tensor

from unravelling.demos.controls import BadInput
from unravelling.demos.xray.catalogue import STOPS, named
from unravelling.demos.xray.forward_pass import Change, Pass, Recording, in_use, record
from unravelling.demos.xray.layer_weights import Parts

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

MOST_TOKENS = 32


@contextmanager
def own_functions_told() -> Iterator[None]:
    """A changed function that does not take this sentence is bad input: it is told, with the way out."""
    try:
        yield
    except ValueError as problem:
        raise BadInput(f"{problem} Change it, or run xray.restore().") from None


class Passes:
    """changes: stop -> Change, in force in every pass. parts: the decoder's."""

    def __init__(self, decoder: Pretrained) -> None:
        self.parts = Parts(decoder)
        self.changes: dict[str, Change] = {}
        self._recordings: LRUCache[str, Recording] = LRUCache(maxsize=3)
        self._passes: LRUCache[str, Pass] = LRUCache(maxsize=1)

    def over(self, text: str) -> Pass:
        """The pass over a text. BadInput or ModelError, one sentence, if there is none."""
        known = self._passes.get(text)
        if known is None or known.changes != self.changes:
            recording = self._recorded(text)
            with own_functions_told():
                known = self._passes[text] = Pass(self.parts, recording, self.changes)
        return known

    def function(self, stop: str, layer: int) -> Callable[..., Any]:
        """The function in use for a stop in a layer."""
        return in_use(named(stop), layer, self.changes)

    def change(self, text: str, name: str, function: Callable[..., Tensor] | None, layer: int | None) -> None:
        """Put a function in place of a stop's own, or that back if it is None, once all of the text has gone through.

        ValueError, one sentence, if it cannot be used; then everything stays as it was.
        """
        stop, last = named(name), self.parts.layers - 1
        if name == "tokens":
            raise ValueError("The tokens come from your sentence: change the sentence instead.")
        if layer is not None and stop.place != "layer":
            raise ValueError(f"'{name}' is no part of a layer, so it takes no layer.")
        if layer is not None and (isinstance(layer, bool) or layer not in range(last + 1)):
            raise ValueError(f"The layer must be a whole number from 0 to {last}, not {layer!r}.")
        if function is not None and not callable(function):
            raise ValueError(f"change takes a function for '{name}', not {type(function).__name__}.")
        changes = {each: change for each, change in self.changes.items() if each != name}
        if function is not None and function is not stop.function:
            changes[name] = Change(function, layer)
        run = Pass(self.parts, self._recorded(text), changes)
        run.at("probabilities")
        self.changes, self._passes[text] = changes, run

    def _recorded(self, text: str) -> Recording:
        """The model's own pass over a text; the last few are kept."""
        if text not in self._recordings:
            count = len(self.parts.decoder.ids(text))
            if count > MOST_TOKENS:
                raise BadInput(
                    f"Your sentence makes {count} tokens, and {MOST_TOKENS} fit into the picture: shorten it a little."
                )
            self._recordings[text] = record(self.parts, text, STOPS)
        return self._recordings[text]

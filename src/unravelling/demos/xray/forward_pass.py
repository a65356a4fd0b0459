"""One forward pass: what the model itself computed, and every stop recomputed from the stop before it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from unravelling.demos.xray.layer_weights import Parts
from unravelling.demos.xray.stops import BEGIN, BY_NAME, END, OF_A_LAYER
from unravelling.models.threads import one_thread, threads_for

if TYPE_CHECKING:
    from unravelling.models.pretrained import Pretrained

Key = tuple[str, int]  # a stop and its layer; layer 0 for the stops outside the layers


class Change(NamedTuple):
    """A function in place of a stop's own, in one layer, or in every layer if layer is None."""

    function: Callable[..., Tensor]
    layer: int | None


class Recording:
    """text, names (T: tokens as a person reads them), and what hooks on the model saw in one forward pass.

    seen: (stop, layer) -> the module's own values in the shape of the stop, for each stop that has a module. The logits
    of all T tokens cost as much as many layers, so the model's last module is only called when they are asked for.
    """

    def __init__(self, decoder: Pretrained, text: str, names: list[str], seen: dict[Key, Tensor]) -> None:
        self.decoder, self.text, self.names, self.seen = decoder, text, names, seen

    def saw(self, stop: str, layer: int) -> Tensor | None:
        """The model's own values at a stop; None if no module of the model gives them."""
        if stop in ("logits", "probabilities") and (stop, 0) not in self.seen:
            with torch.no_grad(), threads_for(len(self.names)):
                self.seen["logits", 0] = self.decoder.model.lm_head(self.seen["final_norm", 0])
                self.seen["probabilities", 0] = torch.softmax(self.seen["logits", 0], dim=-1)
        return self.seen.get((stop, layer if BY_NAME[stop].place == "layer" else 0))

    def probabilities(self, token: int) -> Tensor:
        """(V,): what the model itself says next after one token."""
        with torch.no_grad(), one_thread():
            return torch.softmax(self.decoder.model.lm_head(self.seen["final_norm", 0][token]), dim=-1)


def record(parts: Parts, text: str) -> Recording:
    """Run the model once on `text` with a hook on every module that is a stop. ModelError as in Pretrained.ids."""
    decoder = parts.decoder
    ids, names = decoder.ids(text), decoder.tokens(text)
    seen: dict[Key, Tensor] = {}
    hooks = []

    def keep(stop: str, layer: int, by_head: int = 0) -> Callable[..., None]:
        def hook(module: Any, given: Any, made: Any = None) -> None:
            out = given if made is None else made
            value = (out[0] if isinstance(out, tuple) else out)[0].detach()
            seen[stop, layer] = value.unflatten(-1, (by_head, -1)).transpose(0, 1) if by_head else value

        return hook

    def keep_weights(layer: int) -> Callable[..., None]:
        def hook(module: Any, given: Any, made: Any) -> None:
            if made[1] is not None:
                seen["weights", layer] = made[1][0].detach()

        return hook

    base = decoder.model.model
    hooks.append(base.embed_tokens.register_forward_hook(keep("embedding", 0)))
    for layer, block in enumerate(base.layers):
        attention, feed = block.self_attn, block.mlp
        for stop, module, by_head in (
            ("attention_norm", block.input_layernorm, 0),
            ("queries", attention.q_proj, parts.heads),
            ("keys", attention.k_proj, parts.key_heads),
            ("values", attention.v_proj, parts.key_heads),
            ("attended", attention.o_proj, 0),
            ("feed_norm", block.post_attention_layernorm, 0),
            ("gate", feed.gate_proj, 0),
            ("up", feed.up_proj, 0),
            ("down", feed.down_proj, 0),
            ("after_feed", block, 0),
        ):
            hooks.append(module.register_forward_hook(keep(stop, layer, by_head)))
        for stop, module, by_head in (  # these two sums and the mix are only seen on their way into a module
            ("mixed", attention.o_proj, parts.heads),
            ("after_attention", block.post_attention_layernorm, 0),
            ("gated", feed.down_proj, 0),
        ):
            hooks.append(module.register_forward_pre_hook(keep(stop, layer, by_head)))
        hooks.append(attention.register_forward_hook(keep_weights(layer)))
    hooks.append(base.norm.register_forward_hook(keep("final_norm", 0)))
    try:
        with torch.no_grad(), threads_for(len(ids)):
            base(torch.tensor([ids]), use_cache=False)
    finally:
        for hook in hooks:
            hook.remove()
    return Recording(decoder, text, names, seen)


class Pass:
    """Every stop of a forward pass, computed when it is asked for, from the stop before it.

    Each layer starts from the stream that the model itself handed to it. With changes, every layer from the first
    changed one starts from what the changed layers below it handed on.
    changes: stop -> Change. ValueError, one sentence, if a changed function cannot be used.
    """

    def __init__(self, parts: Parts, recording: Recording, changes: dict[str, Change] | None = None) -> None:
        self.parts, self.recording, self.changes = parts, recording, dict(changes or {})
        self._layers: dict[int, dict[str, Any]] = {}
        self._next: dict[int, Tensor] = {}
        self._guesses: dict[int, tuple[Tensor, Tensor]] = {}
        self.T = len(recording.names)
        with torch.no_grad(), threads_for(self.T):
            self._begin = self._run(BEGIN, {**parts.common, "text": recording.text}, 0)
            self.streams = self._streams()
            self._end: dict[str, Any] = {}

    def at(self, stop: str, layer: int = 0) -> Any:
        """The values of a stop: tokens (list of T), ids (T,), or a float tensor of the shape its docstring says."""
        place = BY_NAME[stop].place
        with torch.no_grad(), threads_for(self.T):
            if place == "begin":
                return self._begin[stop]
            if place == "end":
                return self._at_end(stop)
            return self.layer(layer)[stop]

    def _at_end(self, stop: str) -> Any:
        """As far as the stop: the logits of all tokens cost as much as many layers."""
        missing = [each for each in END[: END.index(BY_NAME[stop]) + 1] if each.name not in self._end]
        given = {**self.parts.common, "stream": self.streams[-1], **self._end}
        self._end |= self._run(missing, given, 0)
        return self._end[stop]

    def layer(self, layer: int) -> dict[str, Any]:
        """All stops of a layer by name, with `stream` and the layer's parts."""
        if layer not in self._layers:
            with torch.no_grad(), threads_for(self.T):
                given = {**self.parts.of(layer), "stream": self.streams[layer]}
                self._layers[layer] = {**given, **self._run(OF_A_LAYER, given, layer)}
        return self._layers[layer]

    def next_after(self, token: int) -> Tensor:
        """(V,): the probabilities of the next token after one token, without those after all the others."""
        if token not in self._next:
            if "probabilities" in self._end or any(BY_NAME[name].place == "end" for name in self.changes):
                self._next[token] = self.at("probabilities")[token]
            else:
                given = {**self.parts.common, "stream": self.streams[-1][token : token + 1]}
                with torch.no_grad(), one_thread():
                    self._next[token] = self._run(END, given, 0)["probabilities"][0]
        return self._next[token]

    def guesses(self, token: int) -> tuple[Tensor, Tensor]:
        """What the model would say next after `token` if it stopped after 0, 1, ... layers.

        Returns (probability of the likeliest word (layers + 1,), its id (layers + 1,)): the stream read with the final
        norm and the table of logits ("logit lens", nostalgebraist, 2020).
        """
        if token not in self._guesses:
            stream = torch.stack([one[token] for one in self.streams])
            with torch.no_grad(), threads_for(self.T):
                found = self._run(END, {**self.parts.common, "stream": stream}, 0)
            top = found["probabilities"].max(dim=-1)
            self._guesses[token] = (top.values, top.indices)
        return self._guesses[token]

    def difference(self, stop: str, layer: int) -> float | None:
        """The largest difference between a stop and what a hook on the model saw; None if it has no module."""
        theirs = self.recording.saw(stop, layer)
        return None if theirs is None else (self.at(stop, layer) - theirs).abs().max().item()

    def function(self, stop: str, layer: int) -> Callable[..., Any]:
        """The function in use for a stop: the course's own, or the one it was changed to."""
        change = self.changes.get(stop)
        if change is None or (BY_NAME[stop].place == "layer" and change.layer not in (None, layer)):
            return BY_NAME[stop].function
        return change.function

    def _streams(self) -> list[Tensor]:
        """The stream before each layer and after the last: (layers + 1) tensors (T, d)."""
        seen, layers = self.recording.seen, self.parts.layers
        own = [self._begin["embedding"], *(seen["after_feed", layer] for layer in range(layers))]
        inside = [c.layer or 0 for name, c in self.changes.items() if BY_NAME[name].place == "layer"]
        if any(BY_NAME[name].place == "begin" for name in self.changes):
            inside.append(0)
        if inside:
            for layer in range(min(inside), layers):
                given = {**self.parts.of(layer), "stream": own[layer]}
                own[layer + 1] = self._run(OF_A_LAYER, given, layer)["after_feed"]
        return own

    def _run(self, stops: Any, given: dict[str, Any], layer: int) -> dict[str, Any]:
        known = dict(given)
        made: dict[str, Any] = {}
        for stop in stops:
            function = self.function(stop.name, layer)
            if function is stop.function:
                value = call(function, known)
            else:
                expected = call(stop.function, known)
                value = _call_theirs(stop.name, function, known, expected, layer)
            known[stop.name] = made[stop.name] = value
        return made


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
    name: str, function: Callable[..., Any], known: dict[str, Any], expected: Tensor, layer: int
) -> Tensor:
    """A learner's function, with every way it can go wrong told in a sentence."""
    where = f"Your function for '{name}'" + (f" (layer {layer})" if BY_NAME[name].place == "layer" else "")
    try:
        value = call(function, known)
    except KeyError as missing:
        if missing.args and missing.args[0] in wanted(function) and missing.args[0] not in known:
            raise ValueError(
                f"{where} asks for {missing.args[0]!r}, which is not there at this stop: name its arguments after "
                f"what it takes, such as {', '.join(wanted(BY_NAME[name].function))}."
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

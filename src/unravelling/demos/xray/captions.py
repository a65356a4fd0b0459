"""What there is to see at each stop, in one or two sentences about the token that is followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.xray.forward_pass import Pass
from unravelling.demos.xray.numbers import listed, num, short
from unravelling.demos.xray.stops import BY_NAME


class Here(NamedTuple):
    """Where one is: the pass, and the stop, layer, head and token in view."""

    run: Pass
    stop: str
    layer: int
    head: int
    token: int

    @property
    def name(self) -> str:
        return f"“{short(self.run.recording.names[self.token])}”"

    @property
    def place(self) -> str:
        """ "layer 3, head 1", "layer 3", or "" outside the layers."""
        stop = BY_NAME[self.stop]
        if stop.place != "layer":
            return ""
        return f"layer {self.layer}, head {self.head}" if stop.by_head else f"layer {self.layer}"

    def matrix(self, stop: str = "") -> Tensor:
        """(T, n): the values of a stop, of this head (or the keys and values it uses) where there are heads."""
        values = self.run.at(stop or self.stop, self.layer)
        if values.ndim == 2:
            return values
        return values[self.head if len(values) == self.run.parts.heads else self.run.parts.key_head(self.head)]

    def row(self, stop: str = "") -> Tensor:
        return self.matrix(stop)[self.token]


def word_of(run: Pass, identity: int) -> str:
    """A token of the vocabulary as a person reads it."""
    tokenizer = run.parts.decoder.tokenizer
    from unravelling.models.token_text import readable, style_of

    return short(readable(tokenizer.convert_ids_to_tokens(int(identity)), style_of(tokenizer)))


def likeliest(run: Pass, token: int, most: int = 10) -> tuple[list[float], list[int]]:
    """The probabilities and ids of the likeliest next tokens after `token`, best first."""
    top = run.next_after(token).topk(min(most, run.parts.vocabulary))
    return top.values.tolist(), top.indices.tolist()


def finding(here: Here) -> str:
    """The sentences for the stop in view."""
    return _FINDINGS[here.stop](here)


def _tokens(here: Here) -> str:
    T = here.run.T
    return f"The tokenizer cuts your sentence into {T} tokens; token {here.token}, the one followed, is {here.name}."


def _ids(here: Here) -> str:
    found = int(here.run.at("ids")[here.token])
    return (
        f"{here.name} is number {found:,} of the {here.run.parts.vocabulary:,} tokens the model knows. "
        "From here on there are only numbers."
    )


def _embedding(here: Here) -> str:
    row = here.row()
    start = ", ".join(num(value) for value in row[:3])
    return f"{here.name} becomes the {len(row)} numbers of its row in the table, beginning {start}."


def _norm(source: str) -> Callable[[Here], str]:
    def say(here: Here) -> str:
        if here.stop == "final_norm":
            given = here.run.streams[-1][here.token]
        else:
            given = here.run.layer(here.layer)[source][here.token]
        size, after = given.pow(2).mean().sqrt(), here.row().pow(2).mean().sqrt()
        where = f" in {here.place}" if here.place else " after the last layer"
        return (
            f"{here.name}{where}: a typical number of its row was {num(size)}; after norm and gain it is {num(after)}."
        )

    return say


def _vector(verb: str, noun: str) -> Callable[[Here], str]:
    def say(here: Here) -> str:
        row = here.row()
        parts = here.run.parts
        shared = ""
        if noun != "query" and parts.key_heads < parts.heads:
            group = parts.heads // parts.key_heads
            first = parts.key_head(here.head) * group
            shared = f" Heads {listed([str(h) for h in range(first, first + group)])} share it."
        return (
            f"{here.name} in {here.place}: it {verb} with a {noun} of {len(row)} numbers and length "
            f"{num(row.norm())}.{shared}"
        )

    return say


def _turned(source: str, noun: str) -> Callable[[Here], str]:
    def say(here: Here) -> str:
        angles = here.token * here.run.parts.common["frequencies"]
        before, after = here.row(source), here.row()
        return (
            f"{here.name} stands at position {here.token}: its {noun} is turned, the quickest pair by "
            f"{num(angles[0])} radians and the slowest by {num(angles[-1])}; its length is {num(before.norm())} before "
            f"and {num(after.norm())} after."
        )

    return say


def _scores(here: Here) -> str:
    row = here.row()
    best = int(row.argmax())
    return (
        f"The query of {here.name} ({here.place}) matches the key of “{short(here.run.recording.names[best])}” best: "
        f"score {num(row[best])}. Later tokens still count here."
    )


def _masked(here: Here) -> str:
    T, ahead = here.run.T, int((~here.row().isfinite()).sum())
    return (
        f"{int((~here.matrix().isfinite()).sum())} of {T * T} scores are struck out as lying ahead; "
        f"{here.name} keeps {T - ahead} of its {T}."
    )


def _weights(here: Here) -> str:
    row = here.row()
    best = int(row.argmax())
    first = ", the first token" if best == 0 else ""
    return (
        f"Token {here.name} at {here.place}: the largest weight, {num(row[best])}, falls on "
        f"“{short(here.run.recording.names[best])}”{first}."
    )


def _mixed(here: Here) -> str:
    shares = here.row("weights")
    top = shares.topk(min(3, here.token + 1))
    parts = [
        f"{share:.0%} “{short(here.run.recording.names[at])}”"
        for share, at in zip(top.values.tolist(), top.indices.tolist(), strict=True)
    ]
    rest = ", and less of others" if here.token > 2 else ""
    return f"{here.name} at {here.place} now holds a mix of values: {listed(parts)}{rest}."


def _attended(here: Here) -> str:
    return (
        f"The {here.run.parts.heads} heads of layer {here.layer} together give {here.name} a change of length "
        f"{num(here.row().norm())}."
    )


def _added(before: str, part: str, who: str) -> Callable[[Here], str]:
    def say(here: Here) -> str:
        known = here.run.layer(here.layer)
        old, new = known[before][here.token], here.row()
        like = torch.nn.functional.cosine_similarity(old, new, dim=0)
        return (
            f"{who} of layer {here.layer} added a change of length {num(here.row(part).norm())} to the stream of "
            f"{here.name}: its length went from {num(old.norm())} to {num(new.norm())} (cosine {num(like)})."
        )

    return say


def _gate(here: Here) -> str:
    row = here.row()
    return (
        f"{int((row > 0).sum()):,} of the {len(row):,} gates of {here.name} in layer {here.layer} are above 0, "
        "which lets their numbers through; SiLU nearly closes those well below."
    )


def _up(here: Here) -> str:
    row = here.row()
    return f"{here.name} in layer {here.layer}: {len(row):,} inner numbers, the largest {num(row.abs().max())} in size."


def _gated(here: Here) -> str:
    row = here.row()
    at, small = int(row.abs().argmax()), int((row.abs() < 0.1).sum())
    return (
        f"{here.name} in layer {here.layer}: after the gate {small:,} of {len(row):,} inner numbers are smaller than "
        f"0.1; the largest is number {at}, {num(row[at])}."
    )


def _down(here: Here) -> str:
    return f"The feed-forward of layer {here.layer} gives {here.name} a change of length {num(here.row().norm())}."


def _logits(here: Here) -> str:
    row = here.row()
    (best, second), ids = row.topk(2).values.tolist(), row.topk(2).indices.tolist()
    return (
        f"After {here.name}, the highest of {len(row):,} scores is that of “{word_of(here.run, ids[0])}”, {num(best)}; "
        f"then “{word_of(here.run, ids[1])}”, {num(second)}."
    )


def _probabilities(here: Here) -> str:
    shares, ids = likeliest(here.run, here.token, 2)
    said = (
        f"After {here.name}, the model's guess is “{word_of(here.run, ids[0])}” with {shares[0]:.1%}, "
        f"then “{word_of(here.run, ids[1])}” with {shares[1]:.1%}."
    )
    if here.run.changes:
        row = here.run.recording.probabilities(here.token)
        best = int(row.argmax())
        said += f" Unchanged, it guesses “{word_of(here.run, best)}” with {row[best].item():.1%}."
    return said


_FINDINGS: dict[str, Callable[[Here], str]] = {
    "tokens": _tokens,
    "ids": _ids,
    "embedding": _embedding,
    "attention_norm": _norm("stream"),
    "queries": _vector("asks", "query"),
    "keys": _vector("can be found", "key"),
    "values": _vector("can be taken from", "value"),
    "turned_queries": _turned("queries", "query"),
    "turned_keys": _turned("keys", "key"),
    "scores": _scores,
    "masked": _masked,
    "weights": _weights,
    "mixed": _mixed,
    "attended": _attended,
    "after_attention": _added("stream", "attended", "The heads"),
    "feed_norm": _norm("after_attention"),
    "gate": _gate,
    "up": _up,
    "gated": _gated,
    "down": _down,
    "after_feed": _added("after_attention", "down", "The feed-forward"),
    "final_norm": _norm("stream"),
    "logits": _logits,
    "probabilities": _probabilities,
}

"""What there is to see at each stop, in one or two sentences about the token that is followed."""

from __future__ import annotations

from collections.abc import Callable
from unicodedata import bidirectional

import torch

from unravelling.demos.xray.forward_pass import Cursor, Pass
from unravelling.demos.xray.numbers import listed, num
from unravelling.drawing.text_metrics import short
from unravelling.models.token_text import readable, style_of


def word_of(run: Pass, identity: int) -> str:
    """A token of the vocabulary as a person reads it; one that is written from the right moves nothing beside it."""
    tokenizer = run.parts.decoder.tokenizer
    word = short(readable(tokenizer.convert_ids_to_tokens(int(identity)), style_of(tokenizer)), 14)
    return f"\u2068{word}\u2069" if any(bidirectional(character) in ("R", "AL") for character in word) else word


def tokens(here: Cursor) -> str:
    T = here.run.T
    return f"The tokenizer cuts your sentence into {T} tokens; token {here.token}, the one followed, is {here.name}."


def ids(here: Cursor) -> str:
    found = int(here.row())
    return (
        f"{here.name} is number {found:,} of the {here.run.parts.vocabulary:,} tokens the model knows. "
        "From here on there are only numbers."
    )


def embedding(here: Cursor) -> str:
    row = here.row()
    start = ", ".join(num(value) for value in row[:3])
    return f"{here.name} becomes the {len(row)} numbers of its row in the table, beginning {start}."


def norm(source: str) -> Callable[[Cursor], str]:
    def say(here: Cursor) -> str:
        given = here.given(source)[here.token]
        size, after = given.pow(2).mean().sqrt(), here.row().pow(2).mean().sqrt()
        where = f" in {here.place}" if here.place else " after the last layer"
        return (
            f"{here.name}{where}: a typical number of its row was {num(size)}; after norm and gain it is {num(after)}."
        )

    return say


def vector(verb: str, noun: str) -> Callable[[Cursor], str]:
    def say(here: Cursor) -> str:
        row = here.row()
        parts = here.run.parts
        shared = ""
        if noun != "query" and parts.key_heads < parts.heads:
            group = parts.heads // parts.key_heads
            first = here.set_of(parts.key_heads) * group
            shared = f" Heads {listed([str(h) for h in range(first, first + group)])} share it."
        return (
            f"{here.name} in {here.place}: it {verb} with a {noun} of {len(row)} numbers and length "
            f"{num(row.norm())}.{shared}"
        )

    return say


def turned(source: str, noun: str) -> Callable[[Cursor], str]:
    def say(here: Cursor) -> str:
        angles = here.token * here.given("frequencies")
        before, after = here.row(source), here.row()
        return (
            f"{here.name} stands at position {here.token}: its {noun} is turned, the quickest pair by "
            f"{num(angles[0])} radians and the slowest by {num(angles[-1])}; its length is {num(before.norm())} before "
            f"and {num(after.norm())} after."
        )

    return say


def scores(here: Cursor) -> str:
    row = here.row()
    best = int(row.argmax())
    return (
        f"The query of {here.name} ({here.place}) matches the key of {here.name_of(best)} best: "
        f"score {num(row[best])}. Later tokens still count here."
    )


def masked(here: Cursor) -> str:
    T, ahead = here.run.T, int((~here.row().isfinite()).sum())
    return (
        f"{int((~here.matrix().isfinite()).sum())} of {T * T} scores are struck out as lying ahead; "
        f"{here.name} keeps {T - ahead} of its {T}."
    )


def weights(here: Cursor) -> str:
    row = here.row()
    best = int(row.argmax())
    first = ", the first token" if best == 0 else ""
    return (
        f"Token {here.name} at {here.place}: the largest weight, {num(row[best])}, falls on "
        f"{here.name_of(best)}{first}."
    )


def mixed(here: Cursor) -> str:
    shares = here.row("weights")
    top = shares.topk(min(3, here.token + 1))
    parts = [
        f"{share:.0%} {here.name_of(at)}" for share, at in zip(top.values.tolist(), top.indices.tolist(), strict=True)
    ]
    rest = ", and less of others" if here.token > 2 else ""
    return f"{here.name} at {here.place} now holds a mix of values: {listed(parts)}{rest}."


def attended(here: Cursor) -> str:
    return (
        f"The {here.run.parts.heads} heads of layer {here.layer} together give {here.name} a change of length "
        f"{num(here.row().norm())}."
    )


def added(before: str, part: str, who: str) -> Callable[[Cursor], str]:
    def say(here: Cursor) -> str:
        old, new = here.given(before)[here.token], here.row()
        like = torch.nn.functional.cosine_similarity(old, new, dim=0)
        return (
            f"{who} of layer {here.layer} added a change of length {num(here.row(part).norm())} to the stream of "
            f"{here.name}: its length went from {num(old.norm())} to {num(new.norm())} (cosine {num(like)})."
        )

    return say


def gate(here: Cursor) -> str:
    row = here.row()
    return (
        f"{int((row > 0).sum()):,} of the {len(row):,} gates of {here.name} in layer {here.layer} are above 0, "
        "which lets their numbers through; SiLU nearly closes those well below."
    )


def up(here: Cursor) -> str:
    row = here.row()
    return f"{here.name} in layer {here.layer}: {len(row):,} inner numbers, the largest {num(row.abs().max())} in size."


def gated(here: Cursor) -> str:
    row = here.row()
    at, small = int(row.abs().argmax()), int((row.abs() < 0.1).sum())
    return (
        f"{here.name} in layer {here.layer}: after the gate {small:,} of {len(row):,} inner numbers are smaller than "
        f"0.1; the largest is number {at}, {num(row[at])}."
    )


def down(here: Cursor) -> str:
    return f"The feed-forward of layer {here.layer} gives {here.name} a change of length {num(here.row().norm())}."


def logits(here: Cursor) -> str:
    row = here.row()
    (best, second), ids = row.topk(2).values.tolist(), row.topk(2).indices.tolist()
    return (
        f"After {here.name}, the highest of {len(row):,} scores is that of “{word_of(here.run, ids[0])}”, {num(best)}; "
        f"then “{word_of(here.run, ids[1])}”, {num(second)}."
    )


def probabilities(here: Cursor) -> str:
    shares, ids = here.run.likeliest(here.token, 2)
    said = (
        f"After {here.name}, the model's guess is “{word_of(here.run, ids[0])}” with {shares[0]:.1%}, "
        f"then “{word_of(here.run, ids[1])}” with {shares[1]:.1%}."
    )
    if here.run.changes:
        row = here.run.recording.probabilities(here.token)
        best = int(row.argmax())
        said += f" Unchanged, it guesses “{word_of(here.run, best)}” with {row[best].item():.1%}."
    return said

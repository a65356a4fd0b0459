"""Where one number of a stop comes from: the numbers it was computed from, and the arithmetic in writing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.xray.forward_pass import Cursor
from unravelling.demos.xray.numbers import factor, num
from unravelling.drawing.text_metrics import short

WRITTEN = 3  # terms of a sum that are written out
SHOWN = 64  # terms of a sum that are shown as colours


class Explained(NamedTuple):
    """text: the arithmetic. result: what it comes to. strips: (name, values (n,)) that it was computed from, all of
    the same n. columns: a name for each of these n. heading: what the strips are.
    """

    text: str
    result: float
    heading: str = ""
    columns: tuple[str, ...] = ()
    strips: tuple[tuple[str, Tensor], ...] = ()


def explain(here: Cursor) -> Explained:
    """How the number at a cursor is computed from the stop before. result equals the number (float32)."""
    if here.changed:
        value = here.run.value_of(here)
        return Explained(f"Your own function for this stop gave {num(value)}.", value)
    with torch.no_grad():
        return here.stop.explain(here)


def _said(here: Cursor, name: str) -> str:
    """An earlier stop as it is called on the map."""
    return "stream" if name in ("stream", "after_attention") else here.run.stops[name].title


def tokens(here: Cursor) -> Explained:
    piece = here.run.at("tokens")[here.token]
    return Explained(f"The tokenizer writes this piece as “{short(piece, 30)}”; Ġ stands for a space.", math.nan)


def ids(here: Cursor) -> Explained:
    found = int(here.row())
    return Explained(
        f"{here.name} is entry {found:,} of the {here.run.parts.vocabulary:,} in the vocabulary.", float(found)
    )


def embedding(here: Cursor) -> Explained:
    row = int(here.given("ids")[here.token])
    value = here.given("w_embedding")[row, here.number].item()
    return Explained(f"row {row:,} of the table, number {here.number} = {num(value)}", value)


def norm(source: str, gain: str) -> Callable[[Cursor], Explained]:
    def how(here: Cursor) -> Explained:
        row, by = here.given(source)[here.token], here.given(gain)[here.number].item()
        size = math.sqrt(row.pow(2).mean().item() + here.given("eps"))
        x = row[here.number].item()
        text = (
            f"size = √(mean of the {len(row):,} squares of this row) = {num(size)}. "
            f"number / size × gain = {num(x)} / {num(size)} × {factor(by)} = {num(x / size * by)}"
        )
        return Explained(text, x / size * by)

    return how


def product(source: str, weight: str) -> Callable[[Cursor], Explained]:
    """A row of `source` times a row of the matrix `weight`, whose rows are shared out where there are heads."""

    def how(here: Cursor) -> Explained:
        matrix, row = here.given(weight), here.number
        if here.stop.by_head:
            width = here.run.parts.width
            row += width * here.set_of(len(matrix) // width)
        return _dot(here.given(source)[here.token], matrix[row], _said(here, source), f"row {row} of {weight}")

    return how


def attended(here: Cursor) -> Explained:
    side_by_side = here.given("mixed")[:, here.token].flatten()
    return _dot(side_by_side, here.given("w_o")[here.number], "heads side by side", f"row {here.number} of w_o")


def logits(here: Cursor) -> Explained:
    row = here.given("w_logits")[here.number]
    return _dot(here.row("final_norm"), row, "final norm", f"row {here.number:,} of the table")


def _dot(left: Tensor, right: Tensor, left_name: str, right_name: str, over: float = 1) -> Explained:
    terms = left * right
    total = float((left.double() * right.double()).sum())
    order = terms.abs().argsort(descending=True)
    most = order[:WRITTEN].tolist()
    written = " + ".join(f"{factor(left[i])} × {factor(right[i])}" for i in most)
    rest = total - sum(left[i].item() * right[i].item() for i in most)
    more = f" + {num(rest)} from {len(terms) - len(most):,} smaller terms" if len(terms) > len(most) else ""
    text = f"{written}{more} = {num(total)}".replace("+ −", "− ")
    if over != 1:
        text = f"query · key / √{round(over**2)} = ({text.replace(f' = {num(total)}', '')}) / {over:g} = " + num(
            total / over
        )
    shown = order[:SHOWN]
    heading = (
        f"the {len(shown)} largest of its {len(terms):,} terms"
        if len(shown) < len(terms)
        else "its terms, largest first"
    )
    strips = ((left_name, left[shown]), (right_name, right[shown]), ("product", terms[shown]))
    return Explained(text, total / over, heading, tuple(f"{i}" for i in shown.tolist()), strips)


def turned(source: str) -> Callable[[Cursor], Explained]:
    def how(here: Cursor) -> Explained:
        row, frequencies = here.row(source), here.given("frequencies")
        half = len(row) // 2
        pair, first = here.number % half, here.number < half
        angle = here.token * frequencies[pair].item()
        x, y = row[here.number].item(), row[pair + half if first else pair].item()
        result = x * math.cos(angle) + (-y if first else y) * math.sin(angle)
        sign = "−" if first else "+"
        text = (
            f"angle = position × frequency = {here.token} × {num(frequencies[pair])} = "
            f"{num(angle)} radians. Numbers {pair} and {pair + half} turn together: "
            f"{num(x)} × cos(angle) {sign} {factor(y)} × sin(angle) = {num(result)}"
        )
        return Explained(text, result)

    return how


def scores(here: Cursor) -> Explained:
    query, key = here.row("turned_queries"), here.matrix("turned_keys")[here.number]
    return _dot(query, key, f"query {here.name}", f"key {here.name_of(here.number)}", over=len(query) ** 0.5)


def masked(here: Cursor) -> Explained:
    if here.number > here.token:
        text = f"position {here.number} comes after position {here.token}, so its score becomes −∞"
        return Explained(text, -math.inf)
    score = here.row("scores")[here.number].item()
    return Explained(f"position {here.number} is not after {here.token}: the score stays {num(score)}", score)


def weights(here: Cursor) -> Explained:
    row, number = here.row("masked").double(), here.number
    raised = row.exp()
    total, result = raised.sum().item(), (raised[number] / raised.sum()).item()
    others = [i for i in row.argsort(descending=True).tolist() if i != number and math.isfinite(row[i].item())]
    sum_of = [number, *others][:WRITTEN] if math.isfinite(row[number].item()) else others[:WRITTEN]
    left = int(row.isfinite().sum()) - len(sum_of)
    written = " + ".join(f"exp({num(row[i])})" for i in sum_of) + (f" + … {left} more" if left > 0 else "")
    text = (
        f"exp({num(row[number])}) / ({written}) = {num(raised[number])} / {num(total)} = {num(raised[number] / total)}"
    )
    strips = (("score", row.float()), ("exp(score)", raised.float()), ("weight", (raised / total).float()))
    return Explained(text, result, "the scores of this row", tuple(here.run.recording.names), strips)


def mixed(here: Cursor) -> Explained:
    shares, column = here.row("weights"), here.matrix("values")[:, here.number]
    found = _dot(shares, column, "weight", f"value, number {here.number}")
    strips = (("weight", shares), (f"value, number {here.number}", column), ("product", shares * column))
    return found._replace(
        text="weight × value, summed: " + found.text,
        heading="each token's share",
        columns=tuple(here.run.recording.names),
        strips=strips,
    )


def added(left: str, right: str) -> Callable[[Cursor], Explained]:
    def how(here: Cursor) -> Explained:
        a, b = (here.given(name)[here.token, here.number].item() for name in (left, right))
        text = f"{_said(here, left)} + {_said(here, right)} = {num(a)} + {factor(b)} = {num(a + b)}"
        return Explained(text, a + b)

    return how


def gated(here: Cursor) -> Explained:
    gate, up = (here.row(name)[here.number].item() for name in ("gate", "up"))
    silu = gate / (1 + math.exp(-gate)) if gate > -700 else 0.0
    text = (
        f"SiLU(gate) × up, where SiLU(x) = x / (1 + exp(−x)): SiLU({num(gate)}) = {num(silu)}, and "
        f"{num(silu)} × {factor(up)} = {num(silu * up)}"
    )
    return Explained(text, silu * up)


def probabilities(here: Cursor) -> Explained:
    row = here.row("logits").double()
    logarithm = torch.logsumexp(row, dim=-1).item()
    logit = row[here.number].item()
    result = math.exp(logit - logarithm)
    text = (
        f"exp({num(logit)}) / (sum of exp(logit) over all {len(row):,} tokens) = "
        f"{num(math.exp(logit))} / {num(math.exp(logarithm))} = {num(result)}"
    )
    return Explained(text, result)

"""Where one number of a stop comes from: the numbers it was computed from, and the arithmetic in writing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from unravelling.demos.xray.forward_pass import Pass
from unravelling.demos.xray.numbers import factor, num, short
from unravelling.demos.xray.stops import BY_NAME

WRITTEN = 3  # terms of a sum that are written out
SHOWN = 64  # terms of a sum that are shown as colours


class Cell(NamedTuple):
    """One number of a stop: head is ignored where a stop has none; number counts along the row."""

    stop: str
    layer: int
    head: int
    token: int
    number: int


class Explained(NamedTuple):
    """text: the arithmetic. result: what it comes to. strips: (name, values (n,)) that it was computed from, all of
    the same n. columns: a name for each of these n. heading: what the strips are.
    """

    text: str
    result: float
    heading: str = ""
    columns: tuple[str, ...] = ()
    strips: tuple[tuple[str, Tensor], ...] = ()


def value_of(run: Pass, cell: Cell) -> float:
    """The number itself."""
    values = run.at(cell.stop, cell.layer)
    if cell.stop == "tokens":
        return float("nan")
    if cell.stop == "ids":
        return float(values[cell.token])
    return float(_matrix(run, cell.stop, cell.layer, cell.head)[cell.token, cell.number])


def explain(run: Pass, cell: Cell) -> Explained:
    """How the number at `cell` is computed from the stop before. result equals the number (float32)."""
    if run.function(cell.stop, cell.layer) is not BY_NAME[cell.stop].function:
        value = value_of(run, cell)
        return Explained(f"Your own function for this stop gave {num(value)}.", value)
    with torch.no_grad():
        return _HOW[cell.stop](run, cell)


def _matrix(run: Pass, stop: str, layer: int, head: int) -> Tensor:
    """The (T, n) values of a stop, of one head where it has heads."""
    values = run.at(stop, layer)
    if values.ndim == 2:
        return values
    return values[head if len(values) == run.parts.heads else run.parts.key_head(head)]


def _said(name: str) -> str:
    """A stop as it is called on the map."""
    return "stream" if name == "after_attention" or name not in BY_NAME else BY_NAME[name].title


def _tokens(run: Pass, cell: Cell) -> Explained:
    piece = run.at("tokens")[cell.token]
    return Explained(f"The tokenizer writes this piece as “{short(piece, 30)}”; Ġ stands for a space.", math.nan)


def _ids(run: Pass, cell: Cell) -> Explained:
    found = int(run.at("ids")[cell.token])
    name = short(run.recording.names[cell.token])
    return Explained(f"“{name}” is entry {found:,} of the {run.parts.vocabulary:,} in the vocabulary.", float(found))


def _embedding(run: Pass, cell: Cell) -> Explained:
    row = int(run.at("ids")[cell.token])
    value = run.parts.common["w_embedding"][row, cell.number].item()
    return Explained(f"row {row:,} of the table, number {cell.number} = {num(value)}", value)


def _norm(source: str, gain: str) -> Callable[[Pass, Cell], Explained]:
    def how(run: Pass, cell: Cell) -> Explained:
        known = run.layer(cell.layer) if cell.stop != "final_norm" else {**run.parts.common, "stream": run.streams[-1]}
        row, by = known[source][cell.token], known[gain][cell.number].item()
        size = math.sqrt(row.pow(2).mean().item() + known["eps"])
        x = row[cell.number].item()
        text = (
            f"size = √(mean of the {len(row):,} squares of this row) = {num(size)}. "
            f"number / size × gain = {num(x)} / {num(size)} × {factor(by)} = {num(x / size * by)}"
        )
        return Explained(text, x / size * by)

    return how


def _product(source: str, weight: str, by_head: str = "") -> Callable[[Pass, Cell], Explained]:
    """A row of `source` times a row of the matrix `weight`; by_head: "query" or "key" if rows are shared out."""

    def how(run: Pass, cell: Cell) -> Explained:
        known = run.layer(cell.layer)
        row = cell.number
        if by_head:
            row += run.parts.width * (cell.head if by_head == "query" else run.parts.key_head(cell.head))
        return _dot(known[source][cell.token], known[weight][row], _said(source), f"row {row} of {weight}")

    return how


def _attended(run: Pass, cell: Cell) -> Explained:
    known = run.layer(cell.layer)
    side_by_side = known["mixed"][:, cell.token].flatten()
    return _dot(side_by_side, known["w_o"][cell.number], "heads side by side", f"row {cell.number} of w_o")


def _logits(run: Pass, cell: Cell) -> Explained:
    table = run.parts.common["w_logits"]
    return _dot(run.at("final_norm")[cell.token], table[cell.number], "final norm", f"row {cell.number:,} of the table")


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


def _turned(source: str) -> Callable[[Pass, Cell], Explained]:
    def how(run: Pass, cell: Cell) -> Explained:
        row = _matrix(run, source, cell.layer, cell.head)[cell.token]
        half = len(row) // 2
        pair, first = cell.number % half, cell.number < half
        angle = cell.token * run.parts.common["frequencies"][pair].item()
        x, y = row[cell.number].item(), row[pair + half if first else pair].item()
        result = x * math.cos(angle) + (-y if first else y) * math.sin(angle)
        sign = "−" if first else "+"
        text = (
            f"angle = position × frequency = {cell.token} × {num(run.parts.common['frequencies'][pair])} = "
            f"{num(angle)} radians. Numbers {pair} and {pair + half} turn together: "
            f"{num(x)} × cos(angle) {sign} {factor(y)} × sin(angle) = {num(result)}"
        )
        return Explained(text, result)

    return how


def _scores(run: Pass, cell: Cell) -> Explained:
    query = _matrix(run, "turned_queries", cell.layer, cell.head)[cell.token]
    key = _matrix(run, "turned_keys", cell.layer, cell.head)[cell.number]
    names = run.recording.names
    return _dot(
        query,
        key,
        f"query “{short(names[cell.token])}”",
        f"key “{short(names[cell.number])}”",
        over=len(query) ** 0.5,
    )


def _masked(run: Pass, cell: Cell) -> Explained:
    if cell.number > cell.token:
        text = f"position {cell.number} comes after position {cell.token}, so its score becomes −∞"
        return Explained(text, -math.inf)
    score = _matrix(run, "scores", cell.layer, cell.head)[cell.token, cell.number].item()
    return Explained(f"position {cell.number} is not after {cell.token}: the score stays {num(score)}", score)


def _weights(run: Pass, cell: Cell) -> Explained:
    row = _matrix(run, "masked", cell.layer, cell.head)[cell.token].double()
    raised = row.exp()
    total, result = raised.sum().item(), (raised[cell.number] / raised.sum()).item()
    others = [i for i in row.argsort(descending=True).tolist() if i != cell.number and math.isfinite(row[i].item())]
    sum_of = [cell.number, *others][:WRITTEN] if math.isfinite(row[cell.number].item()) else others[:WRITTEN]
    left = int(row.isfinite().sum()) - len(sum_of)
    written = " + ".join(f"e^{num(row[i])}" for i in sum_of) + (f" + … {left} more" if left > 0 else "")
    text = (
        f"e^{num(row[cell.number])} / ({written}) = {num(raised[cell.number])} / {num(total)} = "
        f"{num(raised[cell.number] / total)}"
    )
    strips = (("score", row.float()), ("e^score", raised.float()), ("weight", (raised / total).float()))
    return Explained(text, result, "the scores of this row", tuple(run.recording.names), strips)


def _mixed(run: Pass, cell: Cell) -> Explained:
    shares = _matrix(run, "weights", cell.layer, cell.head)[cell.token]
    column = _matrix(run, "values", cell.layer, cell.head)[:, cell.number]
    found = _dot(shares, column, "weight", f"value, number {cell.number}")
    strips = (("weight", shares), (f"value, number {cell.number}", column), ("product", shares * column))
    return found._replace(
        text="weight × value, summed: " + found.text,
        heading="each token's share",
        columns=tuple(run.recording.names),
        strips=strips,
    )


def _sum(left: str, right: str) -> Callable[[Pass, Cell], Explained]:
    def how(run: Pass, cell: Cell) -> Explained:
        known = run.layer(cell.layer)
        a, b = (known[name][cell.token, cell.number].item() for name in (left, right))
        return Explained(f"{_said(left)} + {_said(right)} = {num(a)} + {factor(b)} = {num(a + b)}", a + b)

    return how


def _gated(run: Pass, cell: Cell) -> Explained:
    known = run.layer(cell.layer)
    gate, up = (known[name][cell.token, cell.number].item() for name in ("gate", "up"))
    silu = gate / (1 + math.exp(-gate)) if gate > -700 else 0.0
    text = (
        f"SiLU(gate) × up, where SiLU(x) = x / (1 + e^−x): SiLU({num(gate)}) = {num(silu)}, and "
        f"{num(silu)} × {factor(up)} = {num(silu * up)}"
    )
    return Explained(text, silu * up)


def _probabilities(run: Pass, cell: Cell) -> Explained:
    row = run.at("logits")[cell.token].double()
    logarithm = torch.logsumexp(row, dim=-1).item()
    logit = row[cell.number].item()
    result = math.exp(logit - logarithm)
    text = (
        f"e^{num(logit)} / (sum of e^logit over all {len(row):,} tokens) = "
        f"{num(math.exp(logit))} / {num(math.exp(logarithm))} = {num(result)}"
    )
    return Explained(text, result)


_HOW: dict[str, Callable[[Pass, Cell], Explained]] = {
    "tokens": _tokens,
    "ids": _ids,
    "embedding": _embedding,
    "attention_norm": _norm("stream", "attention_gain"),
    "queries": _product("attention_norm", "w_q", "query"),
    "keys": _product("attention_norm", "w_k", "key"),
    "values": _product("attention_norm", "w_v", "key"),
    "turned_queries": _turned("queries"),
    "turned_keys": _turned("keys"),
    "scores": _scores,
    "masked": _masked,
    "weights": _weights,
    "mixed": _mixed,
    "attended": _attended,
    "after_attention": _sum("stream", "attended"),
    "feed_norm": _norm("after_attention", "feed_gain"),
    "gate": _product("feed_norm", "w_gate"),
    "up": _product("feed_norm", "w_up"),
    "gated": _gated,
    "down": _product("gated", "w_down"),
    "after_feed": _sum("after_attention", "down"),
    "final_norm": _norm("stream", "final_gain"),
    "logits": _logits,
    "probabilities": _probabilities,
}

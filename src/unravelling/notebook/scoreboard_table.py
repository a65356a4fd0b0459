"""scoreboard, as a learner calls it in a notebook: a table with a bar for each model, and what is still to come."""

from __future__ import annotations

from unravelling.html_templates import render
from unravelling.language_models import scoreboard as board

from .shown import Shown, show

_HEAD = ("model", "module", "held-out text", "our own text", "trained on", "size")
_UNIT = "Bits per character, fewer are better."


def scoreboard() -> None:
    """Show every model measured so far, best first: bits per character on the same two texts, and what it took.

    The held-out text is from the encyclopedia that the course's models learn from; our own text was written for the
    course. The models still to come are listed below with their modules.
    """
    rows, to_come = board.rows(), board.expected()
    plain = _plain(rows, to_come)
    show(Shown(_html(rows, to_come), plain), plain)


def summary(rows: list[board.Row], to_come: list[board.Expected]) -> str:
    """What the table says, in a sentence or two."""
    if not rows:
        return f"{_UNIT} Nothing is measured yet; the first row comes in module {to_come[0].module}."
    best = _fewest({row.name: row.bits_held_out for row in rows}, "the held-out text")
    own = _fewest({row.name: row.bits_own for row in rows if row.bits_own is not None}, "our own text")
    if own.startswith(f"{rows[0].name} needs the fewest") and best.startswith(f"{rows[0].name} needs the fewest"):
        own = f"It also{own.removeprefix(rows[0].name)}"
    return " ".join(part for part in (_UNIT, best, own, board.trouble()) if part)


def _fewest(bits: dict[str, float], text: str) -> str:
    """Which model needs the fewest bits on a text, or which do, as far as the table shows; "" of none."""
    if not bits:
        return ""
    least = f"{min(bits.values()):.2f}"
    level = [name for name, each in bits.items() if f"{each:.2f}" == least]
    if len(level) == 1:
        return f"{level[0]} needs the fewest on {text}: {least}."
    count = "two" if len(level) == 2 else str(len(level))
    return f"On {text} {count} are level at {least}, the fewest: {'; '.join(level)}."


def _html(rows: list[board.Row], to_come: list[board.Expected]) -> str:
    most = max((bits for row in rows for bits in (row.bits_held_out, row.bits_own or 0)), default=0) or 1
    # the texts of each row, and the lengths of its bars, of which the longest is 1
    with_bars = [(_cells(row), row.bits_held_out / most, (row.bits_own or 0) / most) for row in rows]
    filled = [place for place in range(len(_HEAD)) if place < 4 or any(cells[place] for cells, _, _ in with_bars)]
    with_bars = [(tuple(cells[place] for place in filled), one, other) for cells, one, other in with_bars]
    head = [_HEAD[place] for place in filled]
    filled_in = {"head": head, "summary": summary(rows, to_come), "rows": with_bars, "to_come": to_come}
    return render("notebook/scoreboard_table.html", **filled_in)


def _plain(rows: list[board.Row], to_come: list[board.Expected]) -> str:
    lines = [summary(rows, to_come)]
    width = max((len(row.name) for row in rows), default=0)
    for row in rows:
        name, module, held_out, own, *_ = _cells(row)
        lines.append(f"{name:<{width}}  module {module}  held-out {held_out}  our own {own}")
    lines += [f"{each.kind}: comes in module {each.module}" for each in to_come]
    return "\n".join(lines)


def _cells(row: board.Row) -> tuple[str, ...]:
    """The texts of one row, in the order of the head."""
    trained = [] if row.trained_characters is None else [f"{_short(row.trained_characters)} characters"]
    trained += [] if row.seconds is None else [_time(row.seconds)]
    return (
        row.name,
        row.module,
        f"{row.bits_held_out:.2f}",
        "not measured" if row.bits_own is None else f"{row.bits_own:.2f}",
        ", ".join(trained),
        "" if row.parameters is None else f"{_short(row.parameters)} numbers",
    )


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _short(number: float) -> str:
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:g}"

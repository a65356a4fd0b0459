"""The scoreboard: how many bits per character each model of the course needs, from the first n-gram to the last GPT.

One JSON line per measurement, appended beside the learner's progress: `UNRAVELLING_SCOREBOARD` names the file, else it
lies in the folder of `UNRAVELLING_PROGRESS`, else in the learner's own data folder. Where that variable is set but
empty, or nothing can be written, rows live as long as the session. Damaged lines are passed over.
"""

from __future__ import annotations

import json
import math
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from unravelling import json_lines
from unravelling.language_models.scoring import bits_per_character
from unravelling.language_models.texts import held_out, our_own

_in_memory: list[Row] = []
_trouble = ""


@dataclass(frozen=True)
class Row:
    """One model on the scoreboard. bits: per character, fewer are better."""

    name: str  # "5-gram, Kneser-Ney"
    kind: str  # what `expected` goes by: "character n-grams"
    module: str  # "01"
    bits_held_out: float  # on the held-out encyclopedia text
    bits_own: float | None  # on the text written for the course
    seconds: float | None = None  # of training
    parameters: int | None = None  # numbers that were learnt, or counts that are kept
    trained_characters: int | None = None
    at: int = 0  # seconds since 1970


class Expected(NamedTuple):
    """A kind of model that a module of the course will add."""

    kind: str
    module: str


TO_COME = (
    Expected("character n-grams", "01"),
    Expected("LSTM", "03"),
    Expected("LSTM, trained longer", "03"),
    Expected("GPT", "05"),
    Expected("GPT, trained longer", "05"),
    Expected("pretrained decoder", "05"),
    Expected("GPT of 5 million", "06"),
)


def path() -> Path | None:
    """The file that rows are kept in; None if nothing is to be written."""
    chosen = os.environ.get("UNRAVELLING_SCOREBOARD")
    if chosen is not None:
        return Path(chosen).expanduser() if chosen.strip() else None
    progress = os.environ.get("UNRAVELLING_PROGRESS")
    if progress is not None:
        return Path(progress).expanduser().parent / "scoreboard.jsonl" if progress.strip() else None
    import platformdirs

    return Path(platformdirs.user_data_dir("unravelling", appauthor=False)) / "scoreboard.jsonl"


def record(
    name: str,
    kind: str,
    module: str,
    bits_held_out: float,
    bits_own: float | None = None,
    seconds: float | None = None,
    parameters: int | None = None,
    trained_characters: int | None = None,
) -> Row:
    """Put a model on the scoreboard; a later row with the same name replaces it. A bad disk raises nothing.

    Raises ValueError if a text is empty, the bits are not finite numbers of at least 0, or another number is negative.
    """
    for text, what in ((name, "name"), (kind, "kind"), (module, "module")):
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"The {what} of a row must be a text, not {text!r}.")
    numbers = {"seconds": seconds, "parameters": parameters, "trained_characters": trained_characters}
    for what, value in {"bits_held_out": bits_held_out, "bits_own": bits_own, **numbers}.items():
        if (value is not None or what == "bits_held_out") and not _is_measure(value):
            raise ValueError(f"{what} must be a finite number of at least 0, not {value!r}.")
    row = _row(
        {"name": name, "kind": kind, "module": module, "bits_held_out": bits_held_out, "bits_own": bits_own, **numbers}
        | {"at": int(time.time())}
    )
    assert row is not None
    _keep(row)
    return row


def measure(name: str, model: Any, kind: str, module: str, **facts: Any) -> Row:
    """Score a model on both texts of the scoreboard and record it. facts: as in `record`. Errors of both."""
    return record(
        name, kind, module, bits_per_character(model, held_out()), bits_per_character(model, our_own()), **facts
    )


def rows() -> list[Row]:
    """The newest row of each name, fewest bits on the held-out text first."""
    newest = {row.name: row for row in [*_from_file(), *_in_memory]}
    return sorted(newest.values(), key=lambda row: (row.bits_held_out, row.name))


def expected() -> list[Expected]:
    """The kinds of model of which the scoreboard has no row yet, in the order of the modules that bring them."""
    there = {row.kind for row in rows()}
    return [each for each in TO_COME if each.kind not in there]


def trouble() -> str:
    """One sentence if a row could not be written in this session, else ""."""
    return _trouble


def _is_measure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _row(facts: dict[str, Any]) -> Row | None:
    """A row from what a line says; None where it says too little or something else."""
    texts = {key: facts.get(key) for key in ("name", "kind", "module")}
    if not all(isinstance(text, str) and text.strip() for text in texts.values()):
        return None
    if not _is_measure(facts.get("bits_held_out")):
        return None
    numbers = {
        key: facts[key] if _is_measure(facts.get(key)) else None
        for key in ("bits_own", "seconds", "parameters", "trained_characters")
    }
    return Row(**texts, bits_held_out=facts["bits_held_out"], **numbers, at=facts.get("at", 0))  # type: ignore[arg-type]


def _keep(row: Row) -> None:
    global _trouble
    file = path()
    if file is None:
        _in_memory.append(row)
        return
    try:
        json_lines.append(file, json.dumps(asdict(row), ensure_ascii=False))
    except OSError as error:
        _in_memory.append(row)
        _trouble = (
            f"The scoreboard cannot be written to {file} ({error.strerror or error}), so it lasts until this session "
            "ends. Set UNRAVELLING_SCOREBOARD to a file that you may write."
        )


def _from_file() -> list[Row]:
    rows = map(_row, json_lines.read(path()))
    return [row for row in rows if row is not None]

"""Where the learner is: one JSON line per event, appended to a file in her own data folder.

Lines are only ever added, each in one write, so two notebooks at once do not lose each other's work; a line that was
cut short or damaged is passed over. `UNRAVELLING_PROGRESS` names another file; set but empty, nothing is written. Where
nothing can be written, progress lives as long as the session.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unravelling import json_lines

_in_memory: list[dict[str, Any]] = []
_trouble = ""


@dataclass
class ExerciseProgress:
    """What is known of one exercise."""

    passed: bool = False
    attempts: int = 0
    hints_opened: int = 0


@dataclass
class Progress:
    """exercises: by id ("04.1"). answers: by question id ("04.q1"), whether the first answer ever given was right."""

    exercises: dict[str, ExerciseProgress] = field(default_factory=dict)
    answers: dict[str, bool] = field(default_factory=dict)


def path() -> Path | None:
    """The file that progress is kept in; None if `UNRAVELLING_PROGRESS` is set but empty."""
    chosen = os.environ.get("UNRAVELLING_PROGRESS")
    if chosen is not None:
        return Path(chosen).expanduser() if chosen.strip() else None
    import platformdirs

    return Path(platformdirs.user_data_dir("unravelling", appauthor=False)) / "progress.jsonl"


def place() -> str:
    """The file as people write it, with ~ for the home folder; "" if nothing is kept."""
    file = path()
    if file is None:
        return ""
    try:
        return str(Path("~") / file.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(file)


def record(kind: str, id: str, **facts: Any) -> None:
    """Keep one event. kind: "check" (facts: passed), "hint" (number) or "answer" (right). A bad disk raises nothing."""
    global _trouble
    event = {"kind": kind, "id": id, "at": int(time.time()), **facts}
    file = path()
    if file is None:
        _in_memory.append(event)
        return
    try:
        json_lines.append(file, json.dumps(event, ensure_ascii=False, default=str))
    except OSError as error:
        _in_memory.append(event)
        _trouble = (
            f"Progress cannot be written to {file} ({error.strerror or error}), so it lasts until this session ends. "
            "Set UNRAVELLING_PROGRESS to a file that you may write."
        )


def trouble() -> str:
    """One sentence if progress could not be written in this session, else ""."""
    return _trouble


def read() -> Progress:
    """All that is known, from the file and from this session."""
    found = Progress()
    for event in [*_from_file(), *_in_memory]:
        _take(found, event)
    return found


def summary() -> str:
    """Progress as plain text, a line for each module; for `unravelling progress`."""
    lines = []
    for row in rows():
        quiz = f", quiz {row.right} of {row.asked} right at the first try" if row.asked else ""
        hints = f"{row.hints} {'hint' if row.hints == 1 else 'hints'} opened"
        lines.append(f"Module {row.module}: {row.solved} of {row.exercises} exercises solved, {hints}{quiz}.")
        if row.to_do:
            lines.append(f"  still to do: {', '.join(row.to_do)}")
    where = f"Kept in {place()}." if path() else "Nothing is kept: UNRAVELLING_PROGRESS is set but empty."
    return "\n".join([*lines, trouble() or where])


@dataclass(frozen=True)
class ModuleRow:
    """One module in the table of progress. asked, answered, right: questions of its quiz; right at the first try."""

    module: str
    solved: int
    exercises: int
    hints: int
    asked: int
    answered: int
    right: int
    to_do: tuple[str, ...]


def rows() -> list[ModuleRow]:
    """One row for each module that has exercises or a quiz."""
    from unravelling.checks import registry
    from unravelling.learning import quizzes

    known = read()
    found = []
    for module in sorted({*registry.MODULES, *quizzes.modules()}):
        ids = [each.id for each in registry.module(module)] if module in registry.MODULES else []
        questions = [question.id for question in quizzes.load(module)] if module in quizzes.modules() else []
        done = [known.exercises.get(id, ExerciseProgress()) for id in ids]
        answers = [known.answers[id] for id in questions if id in known.answers]
        found.append(
            ModuleRow(
                module=module,
                solved=sum(each.passed for each in done),
                exercises=len(ids),
                hints=sum(each.hints_opened for each in done),
                asked=len(questions),
                answered=len(answers),
                right=sum(answers),
                to_do=tuple(id for id, each in zip(ids, done, strict=True) if not each.passed),
            )
        )
    return found


def _from_file() -> list[dict[str, Any]]:
    events = json_lines.read(path())
    return [event for event in events if isinstance(event.get("kind"), str) and isinstance(event.get("id"), str)]


def _take(found: Progress, event: dict[str, Any]) -> None:
    kind, id = event["kind"], event["id"]
    if kind == "answer":
        found.answers.setdefault(id, event.get("right") is True)
    elif kind in ("check", "hint"):
        exercise = found.exercises.setdefault(id, ExerciseProgress())
        if kind == "check":
            # Running all cells checks every stub too; an answer that is not begun is no attempt.
            exercise.attempts += event.get("status") != "unsolved"
            exercise.passed = exercise.passed or event.get("passed") is True
        elif isinstance(event.get("number"), int):
            exercise.hints_opened = max(exercise.hints_opened, event["number"])

"""The report a student reads: what passed, what did not, and where to look next."""

from __future__ import annotations

from unravelling.checks.verdict import PASSED, UNSOLVED, WRONG
from unravelling.grading.results import MISSING, STOPPED, TAMPERED, ExerciseResult, NotebookResult

WORDS = {
    PASSED: "passed",
    UNSOLVED: "not tried yet",
    MISSING: "answer cell missing",
    STOPPED: "stopped",
    TAMPERED: "could not be judged",
    WRONG: "not yet",
}


def markdown(result: NotebookResult) -> str:
    """Markdown for one student and module."""
    lines = [f"# Module {plain(result.module or 'unknown')}: {result.points} of {result.of} points", ""]
    lines += [f"{plain(result.student)}, {plain(result.file)}" + (", handed in late" if result.late else ""), ""]
    if result.problem:
        lines += [result.problem, ""]
    if result.parts:
        lines += ["| exercise | points | |", "|---|---:|---|"]
        for part in result.parts:
            word = "partly right" if 0 < part.points < part.of else WORDS[part.status]
            lines.append(f"| {part.exercise} {part.title} | {part.points} of {part.of} | {word} |")
        lines.append("")
    untried = [part for part in result.parts if part.status == UNSOLVED and not part.points]
    for part in result.parts:
        if part.status != PASSED and part not in untried:
            lines += [f"## {part.exercise} {part.title}", "", fenced(part), ""]
    if untried:
        names = ", ".join(part.exercise for part in untried)
        lines += [f"Not tried yet: {names}. The first hint of each costs nothing: `hint(...)` below its check.", ""]
    if result.notes:
        lines += ["## What else was noticed", "", *(f"- {plain(note)}" for note in result.notes), ""]
    return "\n".join(lines)


def fenced(part: ExerciseResult) -> str:
    """A reason in a block that nothing in it can close."""
    reason = part.reason.strip()
    ticks = "`" * max(3, max((len(run) for run in _runs(reason)), default=0) + 1)
    return f"{ticks}text\n{reason}\n{ticks}"


def _runs(text: str):
    run = ""
    for each in text + " ":
        if each == "`":
            run += each
        elif run:
            yield run
            run = ""


def plain(text: str) -> str:
    """A text in one line that Markdown and HTML leave as it is."""
    text = " ".join(str(text).split())
    for each in "\\`*_[]<>|":
        text = text.replace(each, {"<": "&lt;", ">": "&gt;"}.get(each, "\\" + each))
    return text

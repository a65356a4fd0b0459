"""From what each cell came to, to what is said of each exercise: points, a status and a true reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .results import MISSING, PASSED, STOPPED, UNSOLVED, WRONG, ExerciseResult, NotebookResult

if TYPE_CHECKING:
    from .job import Bounds, Job
    from .probe_judge import Judge


def graded(
    work: Job,
    judge: Judge,
    records: Sequence[dict],
    killers: Mapping[str, tuple[str, str]],
    problem: str = "",
    cpu: float = 0.0,
) -> NotebookResult:
    """The result of one notebook.

    records: what each cell came to (nbval_hooks.JudgingPlugin). killers: status and reason of each answer that was
    taken out, since it ended its kernel or was in the way of a check. problem: why it could not be graded; then nothing
    is said of its exercises.
    """
    notes = list(work.rebuilt.notes)
    ran = {(each["exercise"], each["role"]): each for each in records}
    broken = next((each for each in records if not each["exercise"] and each["status"] != PASSED), None)
    parts = []
    if broken is not None and broken["status"] != STOPPED:
        notes.append(f"A cell of ours did not run: {_error(broken)}")
    for exercise in () if problem else judge.exercises.values():
        status, reason, misconception = _finding(exercise.id, ran, work.rebuilt.found, killers)
        share = ran.get((exercise.id, "check"), {}).get("points", 0) if status in (WRONG, UNSOLVED) else 0
        if status == PASSED and (ended := _error(ran.get((exercise.id, "answer")))):
            notes.append(f"{exercise.id}: its check passed, though its cell ended with {ended}")
        parts.append(
            ExerciseResult(
                exercise=exercise.id,
                title=exercise.title,
                points=exercise.points if status == PASSED else share,
                of=exercise.points,
                status=status,
                reason=reason,
                misconception=misconception,
                seconds=sum(each["seconds"] for each in records if each["exercise"] == exercise.id),
            )
        )
    return NotebookResult(
        student=work.student,
        module=work.module,
        file=work.file,
        parts=tuple(parts),
        problem=problem,
        notes=tuple(notes),
        cpu=round(cpu, 3),
        late=work.late,
        digest=work.rebuilt.digest,
    )


def _finding(
    exercise: str, ran: Mapping[tuple[str, str], dict], found: frozenset[str], killers: Mapping[str, tuple[str, str]]
) -> tuple[str, str, str]:
    """Status, reason and misconception of one exercise."""
    if exercise not in found:
        return MISSING, "Its answer is not in the notebook: start again from the cell of exercises/.", ""
    if exercise in killers:
        return (*killers[exercise], "")
    check, ended = ran.get((exercise, "check")), _error(ran.get((exercise, "answer")))
    if check is None:
        return STOPPED, "The notebook ended before this exercise was checked.", ""
    if check["status"] == STOPPED and not ended:
        return STOPPED, "The notebook ended before this exercise was checked.", ""
    if ended and (check["status"] == STOPPED or check.get("error")):  # most likely what the check missed
        return WRONG, f"The cell of your answer does not run: {ended}", ""
    if check.get("error"):
        return WRONG, f"The check could not call your answer: {_error(check)}", ""
    reason = check.get("message", "")
    if ended and check["status"] != PASSED:  # what stands above the line that failed was judged all the same
        reason += f"\n\nThe cell of your answer ended with {ended}"
    return check["status"], reason, check.get("misconception", "")


def _error(record: dict[str, Any] | None) -> str:
    """What a cell raised, in a line; empty if it ran, was stopped, or was judged without raising anything."""
    return f"{record['error']}: {record['message']}" if record and record.get("error") else ""


def stopped(ended: dict, bounds: Bounds) -> str:
    """Why the kernel ended, for the author of the answer that ended it."""
    reason, detail = ended.get("ended", ""), ended.get("message", "")
    if reason == "cpu":
        return (
            f"Your code was stopped after {bounds.cpu} seconds of processor time. Is there a loop that never ends? "
            "Look at what should make it stop."
        )
    if reason == "memory":
        return f"Your code was stopped when it had taken {bounds.memory / (1 << 30):g} GB of memory."
    if reason == "processes":
        return f"Your code was stopped when it had more than {bounds.processes} processes and threads at once."
    if reason == "wall":
        return (
            f"The notebook was stopped after {bounds.wall} seconds, and most of them went by in this exercise. "
            "Does your code wait for something, or is there a loop that never ends?"
        )
    if reason == "late":
        return f"The notebook had not ended after {bounds.wall} seconds, and this exercise was running. What keeps it?"
    if reason == "disk":
        return f"Your code was stopped when its files took {bounds.disk >> 20} MB, or were too many or too deep."
    if reason == "output":
        return f"Your code was stopped because {detail}. Is there a print in a loop that never ends?"
    if reason == "silent":
        return (
            f"Your code ended, but {detail}: either it gave out more at once than can be read (is there a print in a "
            "loop that never ends?), or it changes how the kernel speaks."
        )
    if reason == "message":
        return (
            f"Your code was stopped because {detail} where the notebook expects one: it writes to the kernel's own "
            "channels. Leave them alone; print and return are enough."
        )
    if reason == "open":
        return (
            f"Your code was stopped because {detail}, so that nothing would be left for the exercises after it. Close "
            "each when you are done with it: with open(...) as file: does so by itself."
        )
    if reason == "signal" and "SEGV" in detail:
        return "Your code crashed Python itself (segmentation fault)."
    return f"Your code ended Python in the middle of the check ({detail}): look for exit, _exit or kill."

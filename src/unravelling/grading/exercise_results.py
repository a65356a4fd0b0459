"""From what each cell came to, to what is said of each exercise: points, a status and a true reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .cell_record import CellRecord
from .results import MISSING, PASSED, STOPPED, UNSOLVED, WRONG, ExerciseResult, NotebookResult

if TYPE_CHECKING:
    from .job import Bounds, Job
    from .probe_judge import Judge


def notebook_result(
    job: Job,
    judge: Judge,
    records: Sequence[CellRecord],
    killers: Mapping[str, tuple[str, str]],
    problem: str = "",
    cpu: float = 0.0,
) -> NotebookResult:
    """The result of one notebook.

    records: what each of its cells came to. killers: status and reason of each answer that was taken out, since it
    ended its kernel or was in the way of a check. problem: why it could not be graded; then nothing is said of its
    exercises.
    """
    notes = list(job.rebuilt.notes)
    cells = {(each.exercise, each.role): each for each in records}
    broken = next((each for each in records if not each.exercise and each.status != PASSED), None)
    parts = []
    if broken is not None and broken.status != STOPPED:
        notes.append(f"A cell of ours did not run: {broken.raised}")
    for exercise in () if problem else judge.exercises.values():
        answer = cells.get((exercise.id, "answer"), CellRecord())
        check = cells.get((exercise.id, "check"))
        if exercise.id not in job.rebuilt.found:
            finding = MISSING, "Its answer is not in the notebook: start again from the cell of exercises/.", ""
        elif exercise.id in killers:
            finding = (*killers[exercise.id], "")
        else:
            finding = _finding(answer, check)
        status, reason, misconception = finding
        share = check.points if check and status in (WRONG, UNSOLVED) else 0
        if status == PASSED and answer.raised:
            notes.append(f"{exercise.id}: its check passed, though its cell ended with {answer.raised}")
        parts.append(
            ExerciseResult(
                exercise=exercise.id,
                title=exercise.title,
                points=exercise.points if status == PASSED else share,
                of=exercise.points,
                status=status,
                reason=reason,
                misconception=misconception,
                seconds=sum(each.seconds for each in records if each.exercise == exercise.id),
            )
        )
    return NotebookResult(
        student=job.student,
        module=job.module,
        file=job.file,
        parts=tuple(parts),
        problem=problem,
        notes=tuple(notes),
        cpu=round(cpu, 3),
        late=job.late,
        digest=job.rebuilt.digest,
    )


def _finding(answer: CellRecord, check: CellRecord | None) -> tuple[str, str, str]:
    """Status, reason and misconception of one exercise, whose cells came to this."""
    raised = answer.raised
    if check is None or (check.status == STOPPED and not raised):
        return STOPPED, "The notebook ended before this exercise was checked.", ""
    if raised and (check.status == STOPPED or check.error):  # most likely what the check missed
        return WRONG, f"The cell of your answer does not run: {raised}", ""
    if check.error:
        return WRONG, f"The check could not call your answer: {check.raised}", ""
    reason = check.message
    if raised and check.status != PASSED:  # what stands above the line that failed was judged all the same
        reason += f"\n\nThe cell of your answer ended with {raised}"
    return check.status, reason, check.misconception


_WHY_STOPPED = {
    "cpu": "Your code was stopped after {bounds.cpu} seconds of processor time. Is there a loop that never ends? "
    "Look at what should make it stop.",
    "memory": "Your code was stopped when it had taken {gigabytes:g} GB of memory.",
    "processes": "Your code was stopped when it had more than {bounds.processes} processes and threads at once.",
    "wall": "The notebook was stopped after {bounds.wall} seconds, and most of them went by in this exercise. "
    "Does your code wait for something, or is there a loop that never ends?",
    "late": "The notebook had not ended after {bounds.wall} seconds, and this exercise was running. What keeps it?",
    "disk": "Your code was stopped when its files took {megabytes} MB, or were too many or too deep.",
    "output": "Your code was stopped because {detail}. Is there a print in a loop that never ends?",
    "silent": "Your code ended, but {detail}: either it gave out more at once than can be read (is there a print in a "
    "loop that never ends?), or it changes how the kernel speaks.",
    "message": "Your code was stopped because {detail} where the notebook expects one: it writes to the kernel's own "
    "channels. Leave them alone; print and return are enough.",
    "open": "Your code was stopped because {detail}, so that nothing would be left for the exercises after it. Close "
    "each when you are done with it: with open(...) as file: does so by itself.",
    "crash": "Your code crashed Python itself (segmentation fault).",
    "end": "Your code ended Python in the middle of the check ({detail}): look for exit, _exit or kill.",
}


def stopped(record: CellRecord, bounds: Bounds) -> str:
    """Why the kernel ended, for the author of the answer that ended it."""
    crashed = record.ended == "signal" and "SEGV" in record.message
    sentence = _WHY_STOPPED["crash"] if crashed else _WHY_STOPPED.get(record.ended, _WHY_STOPPED["end"])
    gigabytes, megabytes = bounds.memory / (1 << 30), bounds.disk >> 20
    return sentence.format(bounds=bounds, detail=record.message, gigabytes=gigabytes, megabytes=megabytes)

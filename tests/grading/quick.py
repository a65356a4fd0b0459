"""A grader that runs nothing, for tests of what surrounds it."""

from __future__ import annotations

from unravelling.grading.results import ExerciseResult, NotebookResult


class Quick:
    """In place of a LocalGrader: a result that tells the seed, without running anything."""

    walls: dict[str, str] = {}
    graded: list[str] = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def grade(self, jobs):
        for each in jobs:
            self.graded.append(each.student)
            part = ExerciseResult("04.1", "f", 1, 1, "passed", reason=str(each.seed))
            yield NotebookResult(
                each.student, each.module, each.file, (part,), late=each.late, digest=each.rebuilt.digest
            )

"""check, solved and their like inside a notebook that is being graded (unravelling.__init__ hands them out there).

`check` calls the learner's functions on the inputs that the grader has left in a file, and publishes what came back
under a mime type of its own; nbval brings it out, and the grader judges it in its own process. The others do nothing:
what they would show is for learners.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import FunctionType
from typing import Any

from unravelling.checks.instruments.plain import Foreign
from unravelling.checks.instruments.probing import call, described, observe, together, unsolved

from . import open_files
from .wire_format import packed, unpacked

MIME = "application/vnd.unravelling.values+json"
LONGEST = 80 << 20  # characters that one check sends
TASKS = "UNRAVELLING_TASKS"  # environment variable: the file with the inputs


def check(exercise_id: str, *functions: Any, demonstration: bool = False) -> None:
    """Call `functions` on the grader's inputs for an exercise and publish what came back. Prints no verdict."""
    if demonstration:
        return
    with open_files.some_more():
        task = json.loads(Path(os.environ[TASKS]).read_text(encoding="utf-8")).get(exercise_id)
    if task is None:
        return
    values, pieces, shown = [], {}, described(functions)
    canary = observe(_canary, {"x": unpacked(task["canary"])}, call, ("softmax",), ())
    if len(functions) == len(task["functions"]) and all(each["kind"] != "value" for each in shown):
        solution = together(task["functions"], functions)
        values = _observed(solution, task, task["probe"], tuple(task["learns"]))
        pieces = {name: packed(_observed(solution, task, probe)) for name, probe in task["pieces"].items()}
    payload = {"exercise": exercise_id, "given": shown, "values": packed(values), "canary": packed(canary)}
    payload |= {"pieces": pieces, "open": open_files.tidy()}
    text = json.dumps(payload)
    if len(text) > LONGEST:  # many large results: what they are is told without them
        payload |= {"values": packed(_outlined(values)), "pieces": {name: packed([]) for name in pieces}}
        text = json.dumps(payload)
    _publish(text)


def _observed(solution: Any, task: dict, source: str | None, learns: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    values, probe = [], _probe(source)
    for inputs in task["inputs"]:
        values.append(observe(solution, unpacked(inputs), probe, tuple(task["forbids"]), learns))
        if unsolved(values[-1]["result"]):
            break
    return values


def _outlined(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same without its results, whose parts keep their names."""
    large = Foreign("result that is far too large")

    def outline(result: Any) -> Any:
        return dict.fromkeys(result, large) if isinstance(result, dict) else large

    return [each | {"result": outline(each["result"]), "again": outline(each["again"])} for each in values]


def _canary(x):
    """Wrong on purpose in three ways that must show: it prints, changes its input, and calls what is ruled out."""
    print("canary")
    if isinstance(x, list):  # there is no torch, so nothing of it is ruled out
        x.append(1.0)
        return sum(x)
    x += 1
    return x.softmax(-1)


def _probe(source: str | None) -> Any:
    """A probe that came as text; the default one where there is none."""
    if source is None:
        return call
    names: dict[str, Any] = {}
    exec(compile(source, "<probe>", "exec"), names)
    return next(each for name, each in names.items() if isinstance(each, FunctionType))


def _publish(text: str) -> None:
    from IPython.display import publish_display_data

    publish_display_data({MIME: text, "text/plain": ""})


def solved(*exercise_ids: str) -> bool:
    """False: cells that put an answer to use are for learners, and cost a grader time."""
    return False


def nothing(*_: Any, **__: Any) -> None:
    """What hints, quizzes and the like do while a notebook is graded."""

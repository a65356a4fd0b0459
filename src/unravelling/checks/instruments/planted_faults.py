"""Find the planted fault: a program in which one line is wrong, and what becomes of it when a learner changes a line.

A kind of exercise, whatever the programs are: a module brings the programs as texts, and a function that observes one,
stage by stage, as tensors. Like `probing`, this knows no reference, and a sandbox may read it. What cannot be tried is
told with an AssertionError, whose sentence is for the learner.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Collection, Mapping
from typing import Any

from .optional_torch import Tensor

Stages = dict[str, Tensor]


def listing(program: str) -> str:
    """A program as it is shown to a learner, with the number of each line."""
    return "\n".join(f"{n:3d}  {line}".rstrip() for n, line in enumerate(program.strip("\n").splitlines(), 1))


def built(program: str) -> dict[str, Any]:
    """The names that a program defines."""
    scope: dict[str, Any] = {"__name__": "patient"}
    exec(compile(program, "<patient>", "exec"), scope)
    return scope


def edited(program: str, line: str, instead: str, name: str = "the program") -> str:
    """The program with one line replaced by others, which take over its indentation. Empty text: the line goes.

    line: as it stands in the program; spaces at its ends do not matter.
    """
    lines = program.splitlines()
    places = [n for n, each in enumerate(lines) if each.strip() == line.strip()]
    assert line.strip(), f"You name no line of {name}: copy it as it stands, without its number."
    assert places, f"{name} has no line {line.strip()!r}: copy it as it stands, without its number."
    assert len(places) == 1, f"{name} has the line {line.strip()!r} {len(places)} times: choose one that it has once."
    (at,) = places
    margin = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    new = [margin + each if each.strip() else "" for each in textwrap.dedent(instead).strip("\n").splitlines()]
    return "\n".join([*lines[:at], *(new or [margin + "pass"]), *lines[at + 1 :]]) + "\n"


def checked(answer: Any, faults: Collection[str], name: str) -> tuple[str, str, str]:
    """An answer as three texts: what is at fault, the line, and what it should read."""
    kind = "nothing (None)" if answer is None else f"a value of type {type(answer).__name__}"
    asked = "three texts are asked for: the fault, the line, the mended line."
    assert isinstance(answer, (tuple, list)), f"For {name} your function returned {kind}; {asked}"
    assert len(answer) == 3, f"For {name} your function returned {len(answer)} of them; {asked}"
    for what, each in zip(("fault", "line", "mended line"), answer, strict=True):
        got = "nothing (None)" if each is None else f"a value of type {type(each).__name__}"
        assert type(each) is str, f"For {name} the {what} is {got}, not a text; {asked}"
    fault, line, instead = answer
    assert fault in faults, f"{fault!r} is none of the faults to choose from: {', '.join(faults)}."
    return fault, line, instead


def tried(
    program: str, answer: Any, observe: Callable[[Mapping[str, Any]], Stages], faults: Collection[str], name: str
) -> dict[str, Any]:
    """What an answer makes of a program: the `fault` that it names, and what is observed `after` its edit.

    observe: takes what the program defines, and gives tensors by the name of the stage.
    """
    fault, line, instead = checked(answer, faults, name)
    program_after = edited(program, line, instead, name)
    try:
        after = observe(built(program_after))
    except Exception as error:
        words = " ".join(str(error).split())[:160]
        raise AssertionError(f"After your edit {name} stops with {type(error).__name__}: {words}") from None
    return {"fault": fault, "after": after}

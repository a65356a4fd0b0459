"""Judge who looked for a planted fault: by what the mended program does, never by how the line is written.

The kind of exercise has three parts. `instruments/planted_faults.py` edits a program and observes it before and after,
beside the learner's code. A module's own instrument has the programs and the function that observes one. Here the two
observations are compared with those of the program that the reference mended.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from .compare import number

CLOSE = 1e-4
Stages = Mapping[str, torch.Tensor]


def alike(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a.double(), b.double(), rtol=CLOSE, atol=CLOSE, equal_nan=True)


def apart(a: Stages, b: Stages) -> list[str]:
    """The stages in which two observations differ, in order."""
    return [stage for stage in b if stage not in a or not alike(a[stage], b[stage])]


def what_the_edit_did(
    name: str, result: dict, healthy: Stages, says: Mapping[str, str], at_the_fault: bool = True
) -> str:
    """A sentence about a program that is not mended yet; empty if it is.

    result: what was observed `before` the edit and `after`. says: each stage in words, such as
    "its logits", in the order in which one leads to the next. at_the_fault: whether a line was changed that is at
    fault, not a sound one that works on the same stage.
    """
    ill = apart(result["before"], healthy)
    still = apart(result["after"], healthy)
    if not still:
        return ""
    moved = apart(result["after"], result["before"])
    if not moved:
        return (
            f"{name} does after your edit exactly what it did before. The line that you changed is sound, or you wrote "
            "the same in another way: its fault is still there."
        )
    broken = [each for each in still if each not in ill]
    if broken:
        where = says[broken[0]]
        return (
            f"Your edit changes {where}, and there {name} was well. The line that you changed was sound; the fault is "
            "somewhere else, and still there."
        )
    first = next(each for each in ill if each in says)
    if first not in moved:
        return (
            f"{name} is not well yet: {says[first]} are as ill as they were, and what your edit changes comes later. "
            "Look for the line that makes them."
        )
    if not at_the_fault:
        return (
            f"The line that you changed was sound, and {name} is ill twice now: your edit changes {says[first]}, and "
            "not to those of a healthy one. The fault is still in another line."
        )
    told = _losses(result["after"], healthy) if first == "loss" else ""
    return (
        f"The line is the right one; what you wrote in its place is not yet right. It changes {says[first]}, but not "
        f"to those of a healthy one{told}."
    )


def _losses(got: Stages, healthy: Stages) -> str:
    return f": {number(float(got['loss']))}, where that has {number(float(healthy['loss']))}"


def name_is_right(name: str, given: str, right: str, mended: bool) -> str:
    """A sentence where the fault is named wrongly; empty if it is not."""
    if given == right:
        return ""
    if mended:
        return f"{name} is well after your edit, but you call its fault {given!r}, and that is not what you mended."
    return f"You call the fault of {name} {given!r}, and in that it is sound."

"""Write a failing case as a cell: Python text that runs when it is pasted, with small inputs written out."""

from __future__ import annotations

import inspect
import math
from typing import Any

from .declare import Case, Exercise
from .instruments.optional_torch import Tensor

LONGEST = 24  # numbers written out in one tensor; above, the cell fetches the case with `inputs`
WIDEST = 240  # characters of a list or tuple written out
_PLAIN = {"torch.float32", "torch.int64", "torch.bool"}


def literal(value: Any) -> str | None:
    """Python text for a value, exact; None if it would be too long to read."""
    if isinstance(value, Tensor):
        if value.numel() > LONGEST or value.numel() == 0:
            return None
        kind = "" if str(value.dtype) in _PLAIN else f", dtype={value.dtype}"
        return f"torch.tensor({_nested(value)}{kind})"
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    if isinstance(value, dict):
        entries = {repr(key): literal(each) for key, each in value.items()}
        if len(entries) > LONGEST or None in entries.values():
            return None
        return "{\n" + "".join(f"    {key}: {each},\n" for key, each in entries.items()) + "}"
    if type(value) in (list, tuple):
        items = [text for each in value if (text := literal(each)) is not None]
        if len(value) > LONGEST or len(items) < len(value):
            return None
        inside = ", ".join(items) + ("," if type(value) is tuple and len(items) == 1 else "")
        text = f"[{inside}]" if type(value) is list else f"({inside})"
        return text if len(text) <= WIDEST else None
    return None


def _nested(tensor: Tensor) -> str:
    if tensor.dim():
        return "[" + ", ".join(_nested(row) for row in tensor) + "]"
    if tensor.is_floating_point() and not tensor.isfinite():
        return f'float("{tensor.item()}")'
    # numpy's float32 writes the shortest text that reads back as the same number: 0.37, not 0.3700000047683716
    return str(tensor.numpy()) if tensor.is_floating_point() else str(tensor.item())


def cell_for(
    exercise: Exercise,
    case: Case,
    number: int,
    seed: int,
    kind: str,
    rule: str = "",
    asked: str = "",
    before: Case | None = None,
) -> str:
    """The cell that shows how a case fails, ending in `result`.

    kind, rule: those of the problem, as in compare.Problem. before: an earlier case that must be called first for it to
    show.
    """
    if kind == "forbidden":  # the call works; what is asked is to write it otherwise
        return ""
    lines = _inputs(exercise, case, number, seed)
    call = _call(exercise, case, kind, rule)
    if kind == "unsteady":
        call = [
            "results = []",
            "for _ in range(2):",
            *_indented(call),
            "    results.append(result)",
            "result = results",
        ]
    elif kind == "changed":
        after = ", ".join(f'"{name}": {name}' for name in case.inputs)
        call += [f"result = {{{after}}}  # the inputs after the call"]
    if before is not None:
        which = [each.name for each in exercise.cases(seed)].index(before.name)
        first = [*_inputs(exercise, before, which, seed), *_call(exercise, before, kind)]
        lines = ["# a call with other inputs", *first, "", "# and then with these", *lines]
    imports = list(dict.fromkeys(line.strip() for line in [*lines, *call] if _imports(line)))
    lines, call = ([line for line in each if not _imports(line)] for each in (lines, call))
    if any("torch." in line for line in [*lines, *call]):
        imports = ["import torch", *imports]
    comment = f"  # asked: {asked}" if 0 < len(asked) <= 90 and kind not in ("unsteady", "changed", "gradient") else ""
    return "\n".join([*imports, *([""] if imports else []), *lines, *call, f"result{comment}"])


def _inputs(exercise: Exercise, case: Case, number: int, seed: int) -> list[str]:
    """The lines that give a case's inputs their names."""
    written = {name: literal(value) for name, value in case.inputs.items()}
    if all(text is not None for text in written.values()):
        return [f"{name} = {text}" for name, text in written.items()]
    seeded = f", seed={seed}" if seed else ""
    fetch = f'inputs("{exercise.id}", case={number}{seeded})'
    return ["from unravelling import inputs", f"{', '.join(case.inputs)} = {fetch}"]


def _call(exercise: Exercise, case: Case, kind: str, rule: str = "") -> list[str]:
    """The lines that call the learner's code on inputs that have their names, and name what comes back `result`."""
    if exercise.show:
        takes = len(inspect.signature(exercise.show).parameters)
        return exercise.show(*(case, kind, rule)[:takes]).strip().splitlines()
    names = ", ".join(case.inputs)
    if kind != "gradient":
        return [f"result = {exercise.functions[0]}({names})"]
    learns = "".join(f"{each}, " for each in exercise.learns).strip()  # with a comma behind a single one, too
    return [
        f"for each in ({learns}):",
        "    each.requires_grad_()",
        f"output = {exercise.functions[0]}({names})",
        "output = output[0] if isinstance(output, tuple) else output",
        f"result = torch.autograd.grad(output.sum(), ({learns}), allow_unused=True)",
    ]


def _imports(line: str) -> bool:
    return line.lstrip().startswith("from ")


def _indented(lines: list[str]) -> list[str]:
    return ["    " + line if line else "" for line in lines]

"""Write a failing case as a cell: Python text that runs when it is pasted, with small inputs written out."""

from __future__ import annotations

from typing import Any

from .declare import Case, Exercise
from .tensors import Tensor

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
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    if isinstance(value, dict):
        entries = {repr(key): literal(each) for key, each in value.items()}
        if len(entries) > LONGEST or None in entries.values():
            return None
        return "{\n" + "".join(f"    {key}: {each},\n" for key, each in entries.items()) + "}"
    if type(value) in (list, tuple):
        entries = [literal(each) for each in value]
        if len(entries) > LONGEST or None in entries:
            return None
        inside = ", ".join(entries) + ("," if type(value) is tuple and len(entries) == 1 else "")
        text = f"[{inside}]" if type(value) is list else f"({inside})"
        return text if len(text) <= WIDEST else None
    return None


def _nested(tensor: Tensor) -> str:
    if tensor.dim():
        return "[" + ", ".join(_nested(row) for row in tensor) + "]"
    # numpy's float32 writes the shortest text that reads back as the same number: 0.37, not 0.3700000047683716
    return str(tensor.numpy()) if tensor.is_floating_point() else str(tensor.item())


def cell_for(exercise: Exercise, case: Case, number: int, seed: int, kind: str, asked: str = "") -> str:
    """The cell that shows how a case fails, ending in `result`. kind: that of the problem, as in compare.Problem."""
    if kind == "forbidden":  # the call works; what is asked is to write it otherwise
        return ""
    written = {name: literal(value) for name, value in case.inputs.items()}
    if all(text is not None for text in written.values()):
        lines = [f"{name} = {text}" for name, text in written.items()]
    else:
        seeded = f", seed={seed}" if seed else ""
        fetch = f'inputs("{exercise.id}", case={number}{seeded})'
        lines = ["from unravelling import inputs", "", f"{', '.join(case.inputs)} = {fetch}"]
    if any("torch." in line for line in lines) or exercise.show:
        lines = ["import torch", *([] if lines[0].startswith("from") else [""]), *lines]
    names = ", ".join(case.inputs)
    if exercise.show:
        lines += exercise.show(case).strip().splitlines()
    elif kind == "gradient":
        learns = "".join(f"{each}, " for each in exercise.learns).strip()  # with a comma behind a single one, too
        lines += [f"for each in ({learns}):", "    each.requires_grad_()"]
        lines += [f"output = {exercise.functions[0]}({names})"]
        lines += ["output = output[0] if isinstance(output, tuple) else output"]
        lines += [f"result = torch.autograd.grad(output.sum(), ({learns}), allow_unused=True)"]
    elif kind == "unsteady":
        lines += [f"result = [{exercise.functions[0]}({names}) for _ in range(2)]"]
    else:
        lines += [f"result = {exercise.functions[0]}({names})"]
    if kind == "changed":
        lines += [f"result = ({names},)  # the inputs after the call"]
    comment = f"  # asked: {asked}" if 0 < len(asked) <= 90 else ""
    return "\n".join([*lines, f"result{comment}"])

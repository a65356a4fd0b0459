"""What the probes of saving and going on share (06.6), and the cells to paste after them: a small training that can be
stopped at any step. Like `probing`, it knows no reference, and a sandbox may read it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from .training import Table

PARTS = ("generator", "model", "optimiser", "step")
FILE_CALLS = {
    "open",
    "remove",
    "unlink",
    "rename",
    "replace",
    "link",
    "symlink",
    "truncate",
}  # os.unlink is a Path's, too


class Run:
    """A training: a table of scores, Adam, and a generator from which its batches come. Runs of different seeds begin
    with different numbers."""

    def __init__(self, V: int, seed: int, learning_rate: float = 0.1) -> None:
        self.V, self.step = V, 0
        self.model = Table(V, scale=2.0)
        with torch.no_grad():
            self.model.bias.add_(0.1 * seed)
            self.model.table.mul_(1 + 0.1 * seed)
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=learning_rate)
        self.generator = torch.Generator().manual_seed(seed)

    def go_on(self, steps: int) -> torch.Tensor:
        """Some steps more; gives their losses."""
        losses = []
        with torch.enable_grad():
            for _ in range(steps):
                x = torch.randint(self.V, (4, 5), generator=self.generator)
                loss = cross_entropy(self.model(x).flatten(0, 1), ((x * x + 1) % self.V).flatten())
                self.optimiser.zero_grad()
                loss.backward()
                self.optimiser.step()
                losses.append(loss.item())
                self.step += 1
        return torch.tensor(losses, dtype=torch.float64)

    def all_of_it(self) -> tuple[Any, ...]:
        """What it is made of, to be handed to a function that saves it or loads into it."""
        return self.model, self.optimiser, self.generator

    def state(self) -> dict[str, Any]:
        """Its state by the names of its parts."""
        return {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
            "step": self.step,
        }

    def put_back(self, parts: dict[str, Any]) -> None:
        """Take over a state, as a right function does that loads."""
        self.model.load_state_dict(parts["model"])
        self.optimiser.load_state_dict(parts["optimiser"])
        self.generator.set_state(parts["generator"])

    def marks(self) -> torch.Tensor:
        """Its numbers, those of the optimiser's memory and of the generator, in one row: to see whether all are as they
        were."""
        memory = [each for one in self.optimiser.state.values() for each in one.values() if torch.is_tensor(each)]
        rows = [*self.model.parameters(), *memory, self.generator.get_state()]
        return torch.cat([each.detach().double().flatten() for each in rows])


SPOILT = ("broken off in the middle", "something else", "a part missing", "an object in it", "no file")


def spoil(how: str, run: Run, path: str) -> None:
    """Write what is no checkpoint of a run, in one of the ways SPOILT, to a path (nothing for "no file")."""
    if how == "a part missing":
        torch.save({name: each for name, each in run.state().items() if name != "generator"}, path)
    elif how == "an object in it":
        torch.save(run.state() | {"note": Fraction(1, 3)}, path)
    elif how == "something else":
        Path(path).write_bytes(b"This is a letter, no checkpoint.")
    elif how != "no file":
        torch.save(run.state(), path)
        whole = Path(path).read_bytes()
        Path(path).write_bytes(whole[: len(whole) // 2])


def refusals(load: Callable[..., Any], run: Run, other: Run, folder: str) -> dict[str, list[Any]]:
    """For each of the ways SPOILT: which error `load` raises, and whether the other run is as it was."""
    found = {}
    for n, how in enumerate(SPOILT):
        path, was = str(Path(folder) / f"spoilt{n}.pt"), other.marks()
        spoil(how, run, path)
        try:
            load(path, *other.all_of_it())
            raised = "nothing"
        except Exception as error:
            raised = type(error).__name__
        found[how] = [raised, bool(torch.equal(was, other.marks()))]
    return found


def lost_after(save: Callable[[], Any], path: str) -> str:
    """Save, and look after each call that changes files whether a whole checkpoint lies at path: a stop could come just
    there. Returns the call after which none does, such as "os.remove", the first if there are several; else ""."""
    lost: list[str] = []

    def look(frame: Any, event: str, called: Any) -> None:
        if event == "c_return" and getattr(called, "__module__", "") in ("posix", "nt", "_io", "io"):
            name = called.__name__
            if name in FILE_CALLS and not lost and not _whole(path):
                lost.append("open" if name == "open" else f"os.{name}")

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        save()
    finally:
        sys.setprofile(before)
    return lost[0] if lost else ""


def saved_over(save: Callable[[], Any], path: str) -> tuple[bool, str]:
    """Save to a path where a checkpoint lies already: whether that very file is as it was, wherever it is now, and what
    `lost_after` finds."""
    old, second_name = Path(path).read_bytes(), Path(path + ".link")
    try:
        os.link(path, second_name)
    except OSError:  # where files have one name only, this is not looked at
        second_name.write_bytes(old)
    lost = lost_after(save, path)
    return second_name.read_bytes() == old, lost


def _whole(path: str) -> bool:
    try:
        read_parts(path)
    except AssertionError:
        return False
    return True


def read_parts(path: str) -> dict[str, Any]:
    """The parts of a checkpoint. AssertionError, with a sentence for the learner, if it is none."""
    assert Path(path).is_file(), "save_checkpoint has written no file at path."
    try:
        found = torch.load(path, weights_only=True)
    except Exception as error:
        words = " ".join(str(error).split())[:80]
        raise AssertionError(
            "torch.load(path, weights_only=True) refuses your file. It takes tensors, numbers and dicts of them, and "
            "no "
            f"objects that could run code: save state_dict(), not the module. ({type(error).__name__}: {words})"
        ) from None
    kind = type(found).__name__
    assert isinstance(found, dict), (
        f"Your file holds a value of type {kind}, not a dict with the keys {', '.join(PARTS)}."
    )
    keys = sorted(map(str, found))
    assert keys == list(PARTS), f"Your file has the keys {', '.join(keys)}; they should be {', '.join(PARTS)}."
    assert not isinstance(found["generator"], int), (
        "generator in your file is a number, such as a seed. A seed says where the draws began, not where they are "
        "now: save get_state()."
    )
    return found

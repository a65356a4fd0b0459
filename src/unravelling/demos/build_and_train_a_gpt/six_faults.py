"""Six GPTs that train, each with one fault, and a healthy one: their losses, and what they write."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from unravelling.demos.base import BadInput, Demo, Scene, Select, Toggle, Values

RECORD = Path(__file__).with_name("six_faults.json")
HEALTHY, LETTERS = "healthy", "ABCDEF"
_TOP = 3.5  # nats; losses above are drawn at the edge
_SHOWN = 48  # letters of what a model writes


class Patient(NamedTuple):
    """A training from its first step to its last, in nats a character; unseen: the loss on text kept aside."""

    losses: Sequence[float]
    unseen: float
    written: str


class Seen(NamedTuple):
    """smoothed: the patient's and the healthy model's losses, (steps,) each; see `smoothed`. others: the other five."""

    patient: Patient
    healthy: Patient
    smoothed: tuple[np.ndarray, np.ndarray]
    others: list[np.ndarray]


@lru_cache(maxsize=1)
def recorded() -> dict[str, Patient]:
    """The six patients of exercise 06.5 and a healthy model as they trained once; scripts/six_faults.py made them."""
    read: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return {name: Patient(**each) for name, each in read["patients"].items()}


def smoothed(losses: Sequence[float], steps: int = 10) -> np.ndarray:
    """The mean of each loss and those before it, `steps` at most: (N,). The first is the first loss itself.

    Raises ValueError if there is no loss or steps is below 1.
    """
    if steps < 1 or not len(losses):
        raise ValueError("A smoothed curve needs at least one loss and steps of at least 1.")
    sums = np.concatenate([[0.0], np.cumsum(np.asarray(losses, dtype=float))])
    ends = np.arange(1, len(losses) + 1)
    begins = np.maximum(ends - steps, 0)
    return (sums[ends] - sums[begins]) / (ends - begins)


class SixFaults(Demo):
    """patients: by letter, and one called "healthy"; without them, those recorded. V: the size of their vocabulary."""

    title = "Six trainings with a fault"
    patient = Select("patient", list(LETTERS), value="A")
    curve = Toggle("curve", ["smoothed", "each step"])

    def __init__(self, patients: Mapping[str, Patient] | None = None, V: int = 20, **values: Any) -> None:
        patients = dict(recorded() if patients is None else patients)
        if missing := [each for each in (*LETTERS, HEALTHY) if each not in patients]:
            raise ValueError(f"There is no training of {', '.join(missing)}.")
        if V < 2 or any(len(each.losses) < 2 for each in patients.values()):
            raise ValueError("A vocabulary needs at least 2 tokens, and a training at least 2 steps.")
        self.patients, self.guessing = patients, math.log(V)
        super().__init__(**values)

    def compute(self, v: Values) -> Seen:
        if v.patient not in self.patients:
            raise BadInput(f"There is no patient {v.patient!r}.")
        both = self.patients[v.patient], self.patients[HEALTHY]
        window = 10 if v.curve == "smoothed" else 1
        others = [smoothed(self.patients[each].losses, window) for each in LETTERS if each != v.patient]
        return Seen(*both, (smoothed(both[0].losses, window), smoothed(both[1].losses, window)), others)

    def draw(self, v: Values, data: Seen) -> Scene:
        scene = Scene(height=506)
        steps = max(len(each.losses) for each in data[:2])
        scene.text(8, 14, f"patient {v.patient}", role="bad", bold=True)
        scene.text(120, 14, "healthy", role="good", bold=True)
        scene.text(220, 14, f"dashed: a blind guess, {self.guessing:.2f}", role="muted")
        scene.text(8, 44, "loss of each batch (nats a character, up to 3.5)", bold=True)
        axes = scene.axes(60, 62, 470, 260, (0, steps), (0, _TOP), "step")
        axes.plot([0, steps], [self.guessing] * 2, role="muted", width=1.2, dash=True)
        for curve in data.others:
            axes.plot(np.arange(len(curve)), np.minimum(curve, _TOP), role="muted", width=1, opacity=0.6)
        for curve, role in zip(reversed(data.smoothed), ("good", "bad"), strict=True):
            axes.plot(np.arange(len(curve)), np.minimum(curve, _TOP), role=role, width=2.4)
        scene.text(560, 44, "at the end", bold=True)
        for row, (name, each, role) in enumerate([(v.patient, data.patient, "bad"), (HEALTHY, data.healthy, "good")]):
            y = 84 + 116 * row
            scene.text(560, y, name, role=role, bold=True)
            scene.text(560, y + 28, f"seen {_last(each):.2f}")
            scene.text(560, y + 56, f"unseen {each.unseen:.2f}")
        scene.text(560, 312, "grey: the other five", role="muted")
        scene.text(8, 386, "what it writes after training", bold=True)
        for row, (name, each, role) in enumerate([(v.patient, data.patient, "bad"), (HEALTHY, data.healthy, "good")]):
            y = 420 + 44 * row
            scene.text(8, y, name, role=role, bold=True)
            scene.text(90, y, _quoted(each.written), mono=True)
        return scene

    def describe(self, v: Values, data: Seen) -> str:
        sick, well = data.patient, data.healthy
        return (
            f"Patient {v.patient} begins at {sick.losses[0]:.2f} nats a character and ends at {_last(sick):.2f}, "
            f"and at {sick.unseen:.2f} on text that it has not seen; the healthy model ends at {_last(well):.2f} and "
            f"{well.unseen:.2f}. A blind guess costs {self.guessing:.2f}. The patient writes "
            f"{_quoted(sick.written)}, the healthy one {_quoted(well.written)}."
        )


def _quoted(written: str) -> str:
    """The first letters of what a model writes; spaces behind which nothing comes are told, since nobody sees them."""
    seen = written.rstrip(" ")
    if len(written) - len(seen) > 2 and len(seen) < _SHOWN:
        return f"“{seen}”, then only spaces" if seen else "only spaces"
    return "“" + written[:_SHOWN].replace("\n", "↵") + "”"


def _last(patient: Patient) -> float:
    """The mean of the last ten losses."""
    return float(smoothed(patient.losses)[-1])

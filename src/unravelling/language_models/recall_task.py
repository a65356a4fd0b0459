"""Recall over a distance: name the letter that stood at the start of a row. A test of memory and of nothing else.

    C f a a h b d ?      ->  C          distance 6: six letters stand between the key and the question

The key is one of eight capital letters, what stands between is drawn from eight small ones and says nothing, and the
question mark asks for the key. Guessing is right once in eight. Rows are made without end, so no row is seen twice: the
accuracy on a batch before its training step is an accuracy on fresh rows.

Two networks of equal size try it. An LSTM must carry the key through every step in between; Hochreiter and Schmidhuber,
1997, "Long short-term memory", put such tasks to the first of its kind. Attention looks at all places at once. How long
the LSTM keeps things before it has learnt anything is set by the bias of its forget gates (Jozefowicz, Zaremba and
Sutskever, 2015, "An empirical exploration of recurrent network architectures"; Tallec and Ollivier, 2018, "Can
recurrent neural networks warp time?", set it from the distance).

    runs = compare(distances=(5, 20, 80), seconds=8)      # both networks, the same rows, the same seconds
    study()                                               # the same with five seeds and more, recorded
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib import resources
from statistics import fmean
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unravelling.models.threads import one_thread

KEYS, FILLERS, QUESTION = "ABCDEFGH", "abcdefgh", "?"
VOCABULARY = KEYS + FILLERS + QUESTION
CHANCE = 1 / len(KEYS)
SOLVED = 0.95  # of `FRESH` rows
FRESH = 512
BATCH = 32
WINDOW = 5  # batches that one point of an accuracy curve is the mean of
MOST_DISTANCE = 500
LEARNING_RATE = 3e-3  # good for both at most distances; `tuned_rate` gives the best of the three that were tried


class RecallLSTM(nn.Module):
    """One layer of LSTM over the row; from its last hidden state, the scores of the eight keys.

    forget_bias: what the forget gates' bias begins with. At 0 a cell loses half of its content each step, at 2 about
    an eighth. seed: of its first weights.
    """

    name = "LSTM"

    def __init__(self, forget_bias: float = 2.0, d: int = 64, seed: int = 0) -> None:
        super().__init__()
        with _seeded(seed):
            self.embedding = nn.Embedding(len(VOCABULARY), d)
            self.lstm = nn.LSTM(d, d, batch_first=True)
            self.readout = nn.Linear(d, len(KEYS))
        self.forget_bias = float(forget_bias)
        with torch.no_grad():  # torch's order of the gates: input, forget, cell, output; and it has two biases
            self.lstm.get_parameter("bias_ih_l0")[d : 2 * d] = self.forget_bias
            self.lstm.get_parameter("bias_hh_l0")[d : 2 * d] = 0

    def forward(self, ids: Tensor) -> Tensor:
        """ids: (B, T). Returns (B, 8) scores of the keys."""
        states, _ = self.lstm(self.embedding(ids))
        return self.readout(states[:, -1])


class RecallAttention(nn.Module):
    """One block of a transformer (causal attention, then a feed-forward layer); from the last place, the keys' scores.

    Positions are marked with sines and cosines, which need no parameters. seed: of its first weights.
    """

    name = "attention"

    positions: Tensor

    def __init__(self, d: int = 52, heads: int = 4, seed: int = 0) -> None:
        super().__init__()
        self.heads = heads
        with _seeded(seed):
            self.embedding = nn.Embedding(len(VOCABULARY), d)
            self.before_attention, self.before_feed_forward = nn.LayerNorm(d), nn.LayerNorm(d)
            self.queries_keys_values = nn.Linear(d, 3 * d)
            self.mix = nn.Linear(d, d)
            self.feed_forward = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))
            self.before_readout = nn.LayerNorm(d)
            self.readout = nn.Linear(d, len(KEYS))
        angles = torch.arange(MOST_DISTANCE + 2)[:, None] / 10_000 ** (torch.arange(0, d, 2) / d)
        self.register_buffer("positions", torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1) / 2)

    def forward(self, ids: Tensor) -> Tensor:
        """ids: (B, T). Returns (B, 8) scores of the keys."""
        B, T = ids.shape
        x = self.embedding(ids) + self.positions[:T]
        parts = self.queries_keys_values(self.before_attention(x)).view(B, T, 3, self.heads, -1)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        looked_up = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.mix(looked_up.transpose(1, 2).reshape(B, T, -1))
        x = x + self.feed_forward(self.before_feed_forward(x))
        return self.readout(self.before_readout(x[:, -1]))


@dataclass(frozen=True)
class RecallRun:
    """One training run.

    correct, times: for each step, the share of its batch that was answered right before the step, and the seconds
    since the start when the step was done. accuracy: of `FRESH` rows after the last step. ended: "solved", "time",
    "steps", "interrupted" or "diverged".
    """

    model: str
    distance: int
    forget_bias: float | None
    learning_rate: float
    seed: int
    parameters: int
    correct: tuple[float, ...]
    times: tuple[float, ...]
    accuracy: float
    ended: str

    @property
    def steps(self) -> int:
        return len(self.correct)

    @property
    def seconds(self) -> float:
        return self.times[-1] if self.times else 0.0

    @property
    def solved(self) -> bool:
        return self.accuracy >= SOLVED

    @property
    def curve(self) -> list[float]:
        """For each step the accuracy on the last `WINDOW` batches, 160 fresh rows; fewer at the start."""
        return [fmean(self.correct[max(0, i - WINDOW + 1) : i + 1]) for i in range(len(self.correct))]

    def __str__(self) -> str:
        what = "solved" if self.solved else f"{self.accuracy:.0%} right"
        return f"{self.model} {what} after {self.seconds:.1f} s ({self.steps} steps)"


def rows(distance: int, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """n rows of the task: ids (n, distance + 2) into `VOCABULARY`, and the keys (n,) to name."""
    keys = torch.randint(len(KEYS), (n,), generator=generator)
    fillers = torch.randint(len(FILLERS), (n, distance), generator=generator) + len(KEYS)
    question = torch.full((n, 1), len(VOCABULARY) - 1)
    return torch.cat([keys[:, None], fillers, question], dim=1), keys


def example(distance: int, seed: int = 0) -> str:
    """One row as text. Its answer is its first letter."""
    ids, _ = rows(_distance(distance), 1, torch.Generator().manual_seed(seed))
    return "".join(VOCABULARY[i] for i in ids[0].tolist())


def parameter_count(model: nn.Module) -> int:
    """How many numbers are learnt."""
    return sum(p.numel() for p in model.parameters())


def train(
    model: RecallLSTM | RecallAttention,
    distance: int,
    seconds: float | None = None,
    steps: int | None = None,
    learning_rate: float = LEARNING_RATE,
    seed: int = 0,
    clock: Callable[[], float] = time.perf_counter,
) -> RecallRun:
    """Train with Adam until the task is solved, the seconds are over or the steps are done, whichever is first.

    Each step takes `BATCH` new rows. Once 95% of the last `WINDOW` batches were right, and again every `WINDOW` steps,
    `FRESH` new rows decide whether it is solved. seed: of the rows, so that two models can get the same. clock: tells
    seconds; the measuring of fresh rows counts. An interrupt ends the run and keeps what was learnt. One thread: for
    networks this small it is the fastest. Raises ValueError for a distance, seconds, steps or learning rate that
    cannot be.
    """
    distance = _distance(distance)
    if seconds is None and steps is None:
        raise ValueError("A run needs an end: give seconds=, steps= or both.")
    if seconds is not None and not (_number(seconds) and seconds > 0):
        raise ValueError(f"seconds must be a number above 0, not {seconds!r}.")
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int) or steps < 1):
        raise ValueError(f"steps must be a whole number of at least 1, not {steps!r}.")
    if not (_number(learning_rate) and learning_rate >= 0):
        raise ValueError(f"The learning rate must be a finite number of at least 0, not {learning_rate!r}.")
    generator, fresh = (torch.Generator().manual_seed(2 * seed + k) for k in (0, 1))
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate)
    correct: list[float] = []
    times: list[float] = []
    ended = "steps"
    with one_thread():
        begun = clock()
        try:
            while steps is None or len(correct) < steps:
                ids, keys = rows(distance, BATCH, generator)
                scores = model(ids)
                loss = F.cross_entropy(scores, keys)
                if not math.isfinite(loss.item()):
                    ended = "diverged"
                    break
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimiser.step()
                correct.append((scores.argmax(1) == keys).float().mean().item())
                promising = len(correct) % WINDOW == 0 and fmean(correct[-WINDOW:]) >= SOLVED
                done = promising and accuracy(model, distance, fresh) >= SOLVED
                times.append(clock() - begun)
                if done:
                    ended = "solved"
                    break
                if seconds is not None and times[-1] >= seconds:
                    ended = "time"
                    break
        except KeyboardInterrupt:
            ended, correct = "interrupted", correct[: len(times)]
        right = accuracy(model, distance, fresh)
    return RecallRun(
        model.name,
        distance,
        getattr(model, "forget_bias", None),
        float(learning_rate),
        seed,
        parameter_count(model),
        tuple(correct),
        tuple(times),
        right,
        ended,
    )


@torch.no_grad()
def accuracy(model: nn.Module, distance: int, generator: torch.Generator) -> float:
    """The share of `FRESH` new rows whose key the model names."""
    ids, keys = rows(distance, FRESH, generator)
    return (model(ids).argmax(1) == keys).float().mean().item()


def compare(
    distances: Sequence[int] = (5, 20, 80), seconds: float = 8, seed: int = 0, forget_bias: float = 2.0
) -> list[RecallRun]:
    """Train an LSTM and an attention network at each distance, and print how it went.

    Both have as many parameters (within 5%), see the same rows and have the same seconds; each begins anew at every
    distance, with the learning rate that the study found best for it there. So it takes at most
    2 x len(distances) x seconds, and less where a task is solved early. An interrupt ends it, and the runs so far come
    back. Raises ValueError as `train` does, and if there is no distance.
    """
    distances = [_distance(distance) for distance in distances]
    if not distances:
        raise ValueError("Give at least one distance, such as compare(distances=(5, 20, 80)).")
    runs: list[RecallRun] = []
    for distance in distances:
        for model in (RecallAttention(seed=seed), RecallLSTM(forget_bias, seed=seed)):
            runs.append(train(model, distance, seconds, learning_rate=tuned_rate(model.name, distance), seed=seed))
            if runs[-1].ended == "interrupted":
                print(f"distance {distance:>3}: {runs[-1]}, then stopped")
                return runs
        print(f"distance {distance:>3}: {runs[-2]}; {runs[-1]}")
    return runs


@dataclass(frozen=True)
class StudyRow:
    """One run of the recorded study. variant: "attention", "LSTM" (forget bias 2), "LSTM fitted" (forget bias
    ln(distance) + 1) or "LSTM closed" (forget bias 0). budget, seconds: CPU seconds of one thread. longer: whether the
    run is one of those that had the longer budget, since the same seed had not solved the task with the usual one.
    """

    variant: str
    distance: int
    forget_bias: float | None
    learning_rate: float
    seed: int
    parameters: int
    budget: float
    seconds: float
    steps: int
    accuracy: float
    solved: bool
    longer: bool


def study() -> list[StudyRow]:
    """The recorded runs of `scripts/recall_study.py`, five seeds of each network at each distance."""
    kept = [each.name for each in fields(StudyRow) if each.name != "longer"]
    return [
        StudyRow(**{name: entry[name] for name in kept}, longer=entry["part"] == "longer")
        for entry in _study()["entries"]
        if entry["part"] != "tuning"
    ]


def tuned_rate(variant: str, distance: int) -> float:
    """The learning rate that the study chose for a network at the distance nearest to this one (by their ratio)."""
    rates = {row.distance: row.learning_rate for row in study() if row.variant == variant}
    return rates[min(rates, key=lambda studied: abs(math.log(studied / distance)))]


def study_reading() -> str:
    """What the recorded study shows and how far it holds, in a paragraph."""
    return _study()["reading"]


def study_made() -> dict[str, str]:
    """When and with what the study was made: date, machine, torch, command."""
    return dict(_study()["made"])


@lru_cache(maxsize=1)
def _study() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("recall_study.json").read_text(encoding="utf-8")
    return json.loads(text)


def _distance(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_DISTANCE:
        raise ValueError(f"A distance must be a whole number from 1 to {MOST_DISTANCE}, not {value!r}.")
    return value


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Weights drawn here are the same each time; torch's own stream of random numbers goes on as if nothing was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield

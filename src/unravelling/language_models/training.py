"""Training a network on a text, one whole step at a time: who stops between two steps has a usable model.

model = CharacterLSTM(alphabet_of(text))
for step in training.steps(model, text, seed=0):
    print(step.number, step.loss)
    if step.seconds > 10:
        break
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from unravelling.models.threads import one_thread

Schedule = Callable[[int, float], float]
_RESET = 0.05  # share of a recurrent network's rows that begin anew at each step
_WARM_UP = 20  # steps
_BOUND = 10  # a loss of this many times ln V is no longer learning: guessing costs ln V


class Step(NamedTuple):
    """What one step of training did. loss: in nats per token, of its batch, before the step changed the weights."""

    number: int  # from 1
    loss: float
    tokens: int  # read so far, by all steps
    seconds: float  # spent so far inside the steps; what was done between them is not counted


class Diverged(Exception):
    """Training left all bounds and was stopped; the message says when. The model has the last good weights."""


def steps(
    model: Any,
    text: str,
    *,
    batch: int = 32,
    length: int = 64,
    learning_rate: float = 3e-3,
    seed: int = 0,
    clip: float = 1.0,
    schedule: Schedule | None = None,
    weight_decay: float = 0.0,
    optimizer: str = "adam",
    bfloat16: bool = False,
) -> Iterator[Step]:
    """Train a network on a text, without end: each `next` is one whole step, and whoever has enough stops.

    A step reads `batch` rows of `length` characters and predicts the next character at each. A transformer's rows are
    drawn from anywhere in the text; they are as long as its context, whatever `length` says, because a position that
    was never trained spoils what is read there, and so many that about as many characters are read. A recurrent
    network's rows go through the text side by side, each from a place of its own, and carry their state from step to
    step (truncated backpropagation through time); now and then a row begins anew with an empty state at a new place,
    so that the network knows how texts begin too.

    model: a CharacterNetwork, trained in place, on the CPU or GPU where it is; left in eval mode when the iterator is
    closed or dropped. length: at most what the text has. clip: the gradient's norm is cut to this, 0: not at all.
    schedule: from steps made and seconds spent to the share of the learning rate for the next step; see
    `rise_and_fall`. Without one the rate rises over the first 20 steps and stays. The same seed gives the same training
    on the same machine.

    optimizer: "adam", or "muon": then the matrices between the first layer and the last are moved by Muon, the rest by
    Adam at the same rate. bfloat16: multiply with 16 bits, where the processor can that is several times as fast;
    weights, sums over a batch and the optimizer keep 32.

    A step is computed on one thread, whatever torch is set to, and torch is left as it was: networks as small as these
    gain little from more, and lose much where something else runs on the same cores.

    Raises ValueError for a text that is too short and for settings that make no sense, at once and not at the first
    step; Diverged if the loss or a gradient is no longer finite or the loss is above 10 ln V. Source: Kingma and Ba,
    2015, "Adam: a method for stochastic optimization"; Loshchilov and Hutter, 2019, "Decoupled weight decay
    regularization", for weight_decay; Jordan et al., 2024, "Muon: an optimizer for hidden layers in neural networks",
    and Liu et al., 2025, "Muon is scalable for LLM training", section 2.2, for its rate.
    """
    for value, name in ((batch, "batch"), (length, "length")):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}.")
    learning_rate = _number(learning_rate, "The learning rate")
    clip = _number(clip, "clip")
    if optimizer not in ("adam", "muon"):
        raise ValueError(f'The optimizer is "adam" or "muon", not {optimizer!r}.')
    if len(text) < 2:
        found = "1 character" if text else "no characters"
        raise ValueError(f"The text has {found}: training needs at least 2, one to read and one to predict.")
    if model.kind == "GPT":
        batch, length = max(1, round(batch * length / model.context)), model.context
    length = min(length, len(text) - 1)
    rows = _Streams if model.kind == "LSTM" else _Windows
    drawn = rows(model.encode(text), batch, length, torch.Generator().manual_seed(seed))
    optimizers = _optimizers(model, learning_rate, weight_decay, muon=optimizer == "muon")
    return iter(_Training(model, drawn, optimizers, learning_rate, clip, schedule, bfloat16))


def rise_and_fall(
    steps: int | None = None, seconds: float | None = None, warm_up: float = 0.02, fall: float = 0.5
) -> Schedule:
    """A learning rate that rises for the first share `warm_up` of a run, stays, and falls to 0 over the last `fall`.

    Give either the number of steps or the seconds of the run; after it the rate is 0. Source: Hägele et al., 2024,
    "Scaling laws and compute-optimal training beyond fixed training durations", section 3, where it does as well as
    the cosine and needs no length settled from the start.
    """
    whole = steps if steps is not None else seconds
    if whole is None or (steps is None) == (seconds is None) or not whole > 0:
        raise ValueError("Give rise_and_fall a number of steps or of seconds, above 0, and not both.")

    def share(made: int, spent: float) -> float:
        done = min(1.0, (made if steps is not None else spent) / whole)
        rising = max(0.05, done / warm_up) if warm_up else 1.0
        return min(1.0, rising, (1 - done) / fall if fall else 1.0)

    return share


def _rise(made: int, _: float) -> float:
    return min(1.0, (made + 1) / _WARM_UP)


def flops(model: nn.Module, tokens: int) -> float:
    """About how many additions and multiplications training on so many tokens takes: 6 N D.

    N: the model's parameters without those that are only looked up (embeddings of characters and positions); D:
    tokens. Each parameter is multiplied and added once for every token going forward, and twice as much going back.
    Source: Kaplan et al., 2020, "Scaling laws for neural language models", section 2.1. It leaves out what attention
    does between positions, which has no parameters.
    """
    looked_up = sum(part.weight.numel() for part in model.modules() if isinstance(part, nn.Embedding))
    return 6.0 * (sum(weights.numel() for weights in model.parameters()) - looked_up) * tokens


class _Training:
    """What is kept from one step to the next."""

    def __init__(
        self,
        model: Any,
        rows: Any,
        optimizers: list[torch.optim.Optimizer],
        learning_rate: float,
        clip: float,
        schedule: Schedule | None,
        bfloat16: bool,
    ) -> None:
        self.model, self.rows, self.optimizers, self.bfloat16 = model, rows, optimizers, bfloat16
        self.learning_rate, self.clip, self.schedule = learning_rate, clip, schedule or _rise
        self.weights = list(model.parameters())
        self.good = [each.detach().clone() for each in self.weights]  # of before the last step: their loss is known
        self.bound = _BOUND * math.log(max(2, len(model.alphabet)))
        self.made, self.tokens, self.seconds = 0, 0, 0.0

    def __iter__(self) -> Iterator[Step]:
        self.model.train()
        try:
            while True:
                begun = time.perf_counter()
                with one_thread():
                    loss = self.step()
                self.seconds += time.perf_counter() - begun
                yield Step(self.made, loss, self.tokens, self.seconds)
        finally:
            self.model.eval()

    def step(self) -> float:
        """One whole step; the loss of its batch before it."""
        read, wanted, state = self.rows.next()
        read, wanted = read.to(self.model.device), wanted.to(self.model.device)  # drawn on the CPU: the seed decides
        with torch.autocast(read.device.type, torch.bfloat16, enabled=self.bfloat16):
            logits, self.rows.state = self.model.read(read, state)
        loss = F.cross_entropy(logits.float().flatten(0, 1), wanted.flatten())
        value = loss.item()
        if not value <= self.bound:
            self.give_up("loss")
        self.model.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.weights, self.clip or math.inf)
        if not math.isfinite(norm.item()):
            self.give_up("gradient")
        rate = self.learning_rate * self.schedule(self.made, self.seconds)
        _copy(self.weights, self.good)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
        self.made += 1
        self.tokens += read.numel()
        return value

    def give_up(self, what: str) -> NoReturn:
        _copy(self.good, self.weights)
        if not self.made:
            raise Diverged(f"The {what} was out of bounds before the first step: begin with a new model.")
        raise Diverged(
            f"The {what} left all bounds after step {self.made} at learning rate {self.learning_rate:g}: take a "
            f"smaller one. The model has its weights of step {self.made - 1}."
        )


def _optimizers(model: Any, rate: float, weight_decay: float, muon: bool) -> list[torch.optim.Optimizer]:
    """What moves the parameters: vectors never decay; Muon takes neither what is looked up nor the output."""
    outer = {id(each.weight) for each in model.modules() if isinstance(each, nn.Embedding)} | {id(model.output.weight)}
    hidden: list[nn.Parameter] = []
    tables: list[nn.Parameter] = []
    vectors: list[nn.Parameter] = []
    for each in model.parameters():
        between = muon and each.dim() == 2 and id(each) not in outer
        (hidden if between else tables if each.dim() > 1 else vectors).append(each)
    groups = [{"params": tables, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=True)
    if not hidden:
        return [adam]
    return [torch.optim.Muon(hidden, lr=rate, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"), adam]


class _Windows:
    """Rows from anywhere in the text."""

    def __init__(self, ids: Tensor, batch: int, length: int, generator: torch.Generator) -> None:
        self.all = ids.unfold(0, length + 1, 1)
        self.batch, self.generator = batch, generator
        self.state: Any = None

    def next(self) -> tuple[Tensor, Tensor, None]:
        drawn = torch.randint(len(self.all), (self.batch,), generator=self.generator)
        rows = self.all[drawn]
        return rows[:, :-1], rows[:, 1:], None


class _Streams:
    """Rows that go on where they stopped, each with its state; a few begin anew elsewhere."""

    def __init__(self, ids: Tensor, batch: int, length: int, generator: torch.Generator) -> None:
        self.all = ids.unfold(0, length + 1, 1)
        self.batch, self.length, self.generator = batch, length, generator
        self.state: Any = None
        self.carried: Tensor
        # Spread evenly, so that together they read all of the text before any of it comes again.
        first = torch.randint(len(self.all), (), generator=generator)
        self.at = (first + torch.arange(batch) * len(self.all) // batch) % len(self.all)

    def next(self) -> tuple[Tensor, Tensor, Any]:
        rows = self.all[self.at]
        state = self.state
        if state is not None:
            state = tuple(part.detach() * self.carried.to(part.device) for part in state)
        at = self.at + self.length
        anew = (torch.rand(self.batch, generator=self.generator) < _RESET) | (at >= len(self.all))
        drawn = torch.randint(len(self.all), (self.batch,), generator=self.generator)
        self.at = torch.where(anew, drawn, at)
        self.carried = (~anew).float()[:, None]  # for the next step: (batch, 1)
        return rows[:, :-1], rows[:, 1:], state


def _copy(weights: list[Tensor], to: list[Tensor]) -> None:
    with torch.no_grad():
        for source, target in zip(weights, to, strict=True):
            target.copy_(source)


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{name} must be a number of at least 0, not {value!r}.")
    return float(value)

"""Writing a word backwards: a whole transformer, encoder and decoder, that learns its task within seconds.

    piano -> onaip

One block of encoder, one block of decoder, a single head in each attention, so that the only cross-attention there is
can be looked at. While letter t of a word of n letters is written, the letter to look at is the one at n - 1 - t: on a
table of written letters (down) and read letters (across) that is the diagonal from the upper right to the lower left.
Nothing tells the network so; whether it looks there is measured by `share_on_antidiagonal`.

    model = Reverser()
    for step in steps(model):                     # a few hundred of them, then it is done
        ...
    model.reverse("piano")
    model.cross_attention("piano")                # (5, 5): letters written, letters read

After Vaswani et al., 2017, arXiv:1706.03762, with the norm before each part instead of after it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unravelling.language_models.training import Diverged, Step
from unravelling.models.threads import one_thread

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
START, END, PAD = len(ALPHABET), len(ALPHABET) + 1, len(ALPHABET) + 2  # before the first letter, after the last, filler
VOCABULARY = len(ALPHABET) + 3
SHORTEST, LONGEST = 3, 8  # letters of a word in training
MOST_LETTERS = 24  # of any word; there is a position for each and for its end
GUESSING = math.log(len(ALPHABET))  # nats: one of 26 letters, each as likely as the others
STEPS = 400
BATCH = 64
LEARNING_RATE = 3e-3
_BOUND = 10 * GUESSING


class Attention(nn.Module):
    """One head: queries from x (B, T, d), keys and values from y (B, S, d). `weights` is a second result."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.query = nn.Linear(d, d, bias=False)
        self.key_value = nn.Linear(d, 2 * d, bias=False)
        self.out = nn.Linear(d, d)

    def forward(self, x: Tensor, y: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor]:
        """allowed: bool, True where looking is allowed, for (B, T, S). Returns (B, T, d) and the weights (B, T, S)."""
        keys, values = self.key_value(y).chunk(2, dim=-1)
        scores = self.query(x) @ keys.mT / math.sqrt(x.shape[-1])
        weights = scores.masked_fill(~allowed, -torch.inf).softmax(dim=-1)
        return self.out(weights @ values), weights


class FeedForward(nn.Sequential):
    """Widens each row, keeps what is positive, narrows it again."""

    def __init__(self, d: int, inner: int) -> None:
        super().__init__(nn.Linear(d, inner), nn.ReLU(), nn.Linear(inner, d))


class EncoderBlock(nn.Module):
    """Every place looks at every place of the word, then each thinks it over alone."""

    def __init__(self, d: int, inner: int) -> None:
        super().__init__()
        self.norm_1, self.norm_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attention, self.feed_forward = Attention(d), FeedForward(d, inner)

    def forward(self, x: Tensor, allowed: Tensor) -> Tensor:
        """x: (B, S, d). allowed: (B, 1, S), False at the filler."""
        rows = self.norm_1(x)
        x = x + self.attention(rows, rows, allowed)[0]
        return x + self.feed_forward(self.norm_2(x))


class DecoderBlock(nn.Module):
    """What was written looks at itself, backwards only; then at the word that was read; then each row alone."""

    def __init__(self, d: int, inner: int) -> None:
        super().__init__()
        self.norm_1, self.norm_2, self.norm_3 = nn.LayerNorm(d), nn.LayerNorm(d), nn.LayerNorm(d)
        self.attention, self.cross_attention = Attention(d), Attention(d)
        self.feed_forward = FeedForward(d, inner)

    def forward(self, x: Tensor, memory: Tensor, causal: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor]:
        """x: (B, T, d), memory: (B, S, d). Returns (B, T, d) and the weights of the cross-attention (B, T, S)."""
        rows = self.norm_1(x)
        x = x + self.attention(rows, rows, causal)[0]
        read, weights = self.cross_attention(self.norm_2(x), memory, allowed)
        x = x + read
        return x + self.feed_forward(self.norm_3(x)), weights


class Written(NamedTuple):
    """What a model wrote for a word, letter by letter, until it wrote the end or there was no more room.

    letters: without the end. cross (T, S): row t is where it looked while it wrote symbol t, over the letters of the
    word and its end; if it wrote the end, that is the last row. sure (T,): the probability of each symbol written.
    ended: whether it wrote the end.
    """

    letters: str
    cross: Tensor
    sure: Tensor
    ended: bool


class Reverser(nn.Module):
    """A transformer of one block each. d: width, inner: width inside the feed-forward networks.

    Its first weights come from torch's generator: `torch.manual_seed` makes them repeatable.
    """

    positions: Tensor

    def __init__(self, d: int = 64, inner: int = 256) -> None:
        super().__init__()
        self.letters = nn.Embedding(VOCABULARY, d)
        # Small at first, so that places are told apart before letters are.
        nn.init.normal_(self.letters.weight, std=0.3)
        self.register_buffer("positions", sinusoidal(MOST_LETTERS + 1, d))
        self.encoder, self.decoder = EncoderBlock(d, inner), DecoderBlock(d, inner)
        self.norm_read, self.norm_written = nn.LayerNorm(d), nn.LayerNorm(d)
        self.readout = nn.Linear(d, VOCABULARY)
        self.eval()

    @property
    def parameter_count(self) -> int:
        return sum(weights.numel() for weights in self.parameters())

    def encode(self, source: Tensor) -> Tensor:
        """source: (B, S) symbols, each row a word, its end, and filler. Returns (B, S, d)."""
        x = self.letters(source) + self.positions[: source.shape[1]]
        return self.norm_read(self.encoder(x, _filled(source)))

    def decode(self, memory: Tensor, source: Tensor, written: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of the next symbol after each of written (B, T), (B, T, V), and the cross-attention (B, T, S)."""
        T = written.shape[1]
        causal = torch.ones(T, T, dtype=torch.bool, device=written.device).tril()
        x = self.letters(written) + self.positions[:T]
        x, weights = self.decoder(x, memory, causal, _filled(source))
        return self.readout(self.norm_written(x)), weights

    def forward(self, source: Tensor, written: Tensor) -> Tensor:
        """Scores (B, T, V) of the symbol that comes after each of `written` (B, T), which begins with the start."""
        return self.decode(self.encode(source), source, written)[0]

    @torch.no_grad()
    def write(self, word: str) -> Written:
        """Write the word backwards, each time the most probable symbol. ValueError as `symbols_of` says."""
        source = symbols_of(word)[None]  # (1, S)
        memory = self.encode(source)
        written, symbol = torch.tensor([[START]]), START
        sure: list[Tensor] = []
        while symbol != END and len(sure) <= len(word):
            scores, weights = self.decode(memory, source, written)
            shares = scores[0, -1].softmax(dim=-1)
            shares[[START, PAD]] = 0  # neither is ever a right answer
            symbol = int(shares.argmax())
            sure.append(shares[symbol])
            written = torch.cat([written, torch.tensor([[symbol]])], dim=1)
        letters = "".join(ALPHABET[each] for each in written[0, 1:].tolist() if each != END)
        return Written(letters, weights[0], torch.stack(sure), symbol == END)

    def reverse(self, word: str) -> str:
        """What the model writes when it is shown the word. ValueError as `symbols_of` says."""
        return self.write(word).letters

    @torch.no_grad()
    def cross_attention(self, word: str, mark: bool = False) -> Tensor:
        """(n, n): where it looks among the n letters read (across) while it writes each of the n letters (down).

        It is shown the right letters up to the one it writes. What a row gives to the mark of the end is left out, so
        a row may sum to less than 1; with `mark` it is the last column of (n, n + 1), and each row sums to 1.
        """
        source = symbols_of(word)[None]
        written = torch.cat([torch.tensor([START]), symbols_of(word[::-1])[:-2]])[None]
        return self.decode(self.encode(source), source, written)[1][0, :, : len(word) + mark]


def sinusoidal(T: int, d: int) -> Tensor:
    """(T, d): sines in the even dimensions, cosines in the odd ones. Source: Vaswani et al., 2017, section 3.5."""
    angles = torch.arange(T)[:, None] / 10_000 ** (torch.arange(0, d, 2) / d)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


def symbols_of(word: str) -> Tensor:
    """(n + 1,): the numbers of the letters and of the end. ValueError unless it is 1 to 24 letters from a to z."""
    if not isinstance(word, str) or not 1 <= len(word) <= MOST_LETTERS or any(c not in ALPHABET for c in word):
        raise ValueError(
            f"The reverser reads words of 1 to {MOST_LETTERS} small letters from a to z, not {str(word)[:40]!r}."
        )
    return torch.tensor([*(ALPHABET.index(letter) for letter in word), END])


class Batch(NamedTuple):
    """source (B, S): words with their end; written (B, S): start and the answer; wanted (B, S): the answer, its end."""

    source: Tensor
    written: Tensor
    wanted: Tensor
    lengths: Tensor  # (B,)


def batch_of(n: int, generator: torch.Generator, shortest: int = SHORTEST, longest: int = LONGEST) -> Batch:
    """n random words, padded to longest + 1. A third of them draw from four letters only, so that letters repeat."""
    lengths = torch.randint(shortest, longest + 1, (n,), generator=generator)[:, None]
    few = torch.rand(n, 1, generator=generator) < 1 / 3
    drawn = (torch.rand(n, longest + 1, generator=generator) * torch.where(few, 4, len(ALPHABET))).long()
    words = torch.rand(n, len(ALPHABET), generator=generator).argsort(dim=1).gather(1, drawn)
    place = torch.arange(longest + 1)[None]
    ending = torch.where(place == lengths, END, PAD)
    source = torch.where(place < lengths, words, ending)
    wanted = torch.where(place < lengths, words.gather(1, (lengths - 1 - place).clamp(min=0)), ending)
    written = torch.cat([torch.full((n, 1), START), wanted[:, :-1]], dim=1)
    return Batch(source, written, wanted, lengths[:, 0])


def steps(model: Reverser, seed: int = 0, number: int = STEPS, learning_rate: float = LEARNING_RATE) -> Iterator[Step]:
    """Train the model on fresh random words: `number` whole steps of Adam, then it ends.

    The learning rate rises over the first tenth and falls to 0 over the last half. model: trained in place, in eval
    mode when the iterator is closed or has ended. The same seed gives the same words. Step.loss is in nats per symbol.
    Raises ValueError for numbers that make no sense, at once; Diverged if the loss is no longer finite, and the model
    then has its weights of the step before.
    """
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError(f"number must be a whole number of at least 1, not {number!r}.")
    if not 0 <= learning_rate < math.inf:
        raise ValueError(f"The learning rate must be a number of at least 0, not {learning_rate!r}.")
    return _train(model, seed, number, float(learning_rate))


def _train(model: Reverser, seed: int, number: int, learning_rate: float) -> Iterator[Step]:
    generator = torch.Generator().manual_seed(seed)
    weights = list(model.parameters())
    adam = torch.optim.Adam(weights, lr=learning_rate, betas=(0.9, 0.98), fused=True)
    good = [each.detach().clone() for each in weights]  # of before the last step: their loss is known
    tokens, seconds = 0, 0.0
    model.train()
    try:
        for made in range(number):
            begun = time.perf_counter()
            share = min(1.0, (made + 1) / (0.1 * number), (number - made) / (0.5 * number))
            for group in adam.param_groups:
                group["lr"] = learning_rate * share
            batch = batch_of(BATCH, generator)
            with one_thread():
                loss = _step(model, batch, adam, good)
            if loss is None:
                _put_back(weights, good)
                raise Diverged(
                    f"The loss left all bounds after step {made} at learning rate {learning_rate:g}: take a smaller "
                    f"one. The model has its weights of step {max(made - 1, 0)}."
                )
            tokens += int((batch.wanted != PAD).sum())
            seconds += time.perf_counter() - begun
            yield Step(made + 1, loss, tokens, seconds)
    finally:
        model.eval()


def _step(model: Reverser, batch: Batch, adam: torch.optim.Optimizer, good: list[Tensor]) -> float | None:
    """One step of Adam. Returns the loss before it, or None, with nothing changed, if it is out of bounds."""
    logits = model(batch.source, batch.written)
    loss = F.cross_entropy(logits.flatten(0, 1), batch.wanted.flatten(), ignore_index=PAD)
    value = loss.item()
    weights = list(model.parameters())
    if not value <= _BOUND:
        return None
    adam.zero_grad()
    loss.backward()
    if not math.isfinite(nn.utils.clip_grad_norm_(weights, 1.0).item()):
        return None
    _put_back(good, weights)
    adam.step()
    return value


def _put_back(weights: Sequence[Tensor], kept: Sequence[Tensor]) -> None:
    with torch.no_grad():
        for each, old in zip(weights, kept, strict=True):
            each.copy_(old)


@torch.no_grad()
def exactly_right(model: Reverser, batch: Batch) -> float:
    """The share of the words that the model, left to itself, writes backwards without a mistake, end included."""
    memory = model.encode(batch.source)
    written = batch.written[:, :1]
    for _ in range(batch.wanted.shape[1]):
        scores, _ = model.decode(memory, batch.source, written)
        written = torch.cat([written, scores[:, -1:].argmax(dim=-1)], dim=1)
    right = (written[:, 1:] == batch.wanted) | (batch.wanted == PAD)
    return right.all(dim=1).float().mean().item()


def antidiagonal_share(weights: Tensor) -> float:
    """The mean of the weights (n, n) at (t, n - 1 - t): 1 if each letter looks only there, 1 / n if evenly."""
    return weights.fliplr().diagonal().mean().item()


def share_on_antidiagonal(model: Reverser, words: Sequence[str]) -> float:
    """`antidiagonal_share` of the cross-attention, its mean over the words."""
    return math.fsum(antidiagonal_share(model.cross_attention(word)) for word in words) / len(words)


def _filled(source: Tensor) -> Tensor:
    return (source != PAD)[:, None]  # (B, 1, S)

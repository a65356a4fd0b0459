"""Language models over characters that are networks: a recurrent one and a transformer, with one interface.

Both read the characters of an alphabet (see `alphabet_of`) as tokens and give at every position the logits of the next
one. What is outside the alphabet is read as the stand-in; its probability is shared equally by all that it replaces, as
in `CharacterNGrams`, so the bits of all these models may be compared.

A text begins as if it came after a line break: this is what the first character is predicted from.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from unravelling.language_models.texts import STAND_IN

_EMBEDDING = 64  # width of the LSTM's characters: there are few, and the recurrent part should get the parameters
_ALL_CHARACTERS = sys.maxunicode + 1 - 2048  # what Unicode could have, without the surrogates, which are halves
_LOUD = 0.3  # spread of the transformer's characters and positions at the start; 0.02, as in GPT-2, learns late
_WINDOWS = 16  # of a long text that the transformer reads at once
_STRETCH = 2_048  # characters that the LSTM reads at once, carrying its state on


class CharacterNetwork(nn.Module):
    """What every network over characters can do. `kind` names its architecture; `state` is what it carries while it
    reads: the state of the LSTM, the keys and values of the transformer.

    alphabet: V different characters, STAND_IN the last. Raises ValueError for any other.
    """

    kind = ""

    def __init__(self, alphabet: Sequence[str]) -> None:
        super().__init__()
        self.alphabet = tuple(alphabet)
        if not self.alphabet or self.alphabet[-1] != STAND_IN or len(set(self.alphabet)) < len(self.alphabet):
            raise ValueError(
                "An alphabet is different characters and ends in STAND_IN: make one with alphabet_of(text)."
            )
        V = len(self.alphabet)
        self._codes = np.full(sys.maxunicode + 1, V - 1, dtype=np.int16)
        self._codes[[ord(c) for c in self.alphabet]] = np.arange(V)
        self._start = int(self._codes[ord("\n")])

    def __repr__(self) -> str:
        return f"<character {self.kind}, {self.parameter_count:,} parameters, {len(self.alphabet)} characters>"

    @property
    def parameter_count(self) -> int:
        """How many numbers it learns."""
        return sum(weights.numel() for weights in self.parameters())

    @property
    def device(self) -> torch.device:
        """Where its parameters are, and so what it reads must be. What it says of a text comes back on the CPU."""
        return next(self.parameters()).device

    @property
    def replaced(self) -> int:
        """How many characters of Unicode the stand-in stands for."""
        return _ALL_CHARACTERS - (len(self.alphabet) - 1)

    def encode(self, text: str) -> Tensor:
        """The characters as numbers: (T,) int64 from 0 to V - 1, V - 1 for all that are not in the alphabet."""
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return torch.from_numpy(self._codes[points].astype(np.int64))

    def decode(self, ids: Iterable[int] | Tensor) -> str:
        """The text that these numbers stand for; STAND_IN where the character is not known any more."""
        return "".join(self.alphabet[int(number)] for number in ids)

    def read(self, ids: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Logits (B, T, V) of what comes after each of ids (B, T), and the state to go on reading with.

        state: what an earlier `read` gave back; None at the beginning of a text.
        """
        raise NotImplementedError

    def forward(self, ids: Tensor) -> Tensor:
        """Logits (B, T, V) of the next character, at each position of ids (B, T) int64."""
        return self.read(ids)[0]

    def distribution(self, context: str) -> dict[str, float]:
        """The probability of each character of the alphabet to come after the context; they sum to 1."""
        with torch.inference_mode():
            logits, _ = self._read_to_the_end(self._after_start(context).to(self.device))
            found = logits.cpu().double().softmax(-1)
        return dict(zip(self.alphabet, found.tolist(), strict=True))

    def probability(self, context: str, character: str) -> float:
        """The probability that this character comes next. STAND_IN asks for all those outside the alphabet together.

        Raises ValueError if it is not one character.
        """
        if len(character) != 1:
            raise ValueError(f"One character has a probability, not {character!r}.")
        known = self.distribution(context)
        return known[character] if character in known else known[STAND_IN] / self.replaced

    def log_probabilities(self, text: str) -> list[float]:
        """The natural logarithm of the probability of each character, given those before it; as many as characters."""
        if not text:
            return []
        with torch.inference_mode():
            ids = self._after_start(text)
            logits = self._logits(ids[:-1].to(self.device)).float().cpu()  # (T, V)
            logs = logits.log_softmax(-1).gather(1, ids[1:, None])[:, 0].double()
        strange = ids[1:] == len(self.alphabet) - 1
        return torch.where(strange, logs - math.log(self.replaced), logs).tolist()

    def sample(self, context: str, n: int, generator: Any, temperature: float = 1.0) -> str:
        """n characters that the model writes after the context.

        generator: a torch.Generator, or random.Random or a numpy Generator. temperature: 1 draws as the model
        predicts, less keeps to the likelier characters, 0 always takes the likeliest. The stand-in is never drawn,
        since nobody could read it. Raises ValueError for a temperature below 0 or not finite.
        """
        if not 0 <= temperature < math.inf:
            raise ValueError(f"The temperature must be a number of at least 0, not {temperature!r}.")
        written: list[int] = []
        ids, state = self._after_start(context), None
        with torch.inference_mode():
            for _ in range(n):
                logits, state = self._read_to_the_end(ids.to(self.device), state)
                token = _draw(logits[:-1].cpu(), generator, temperature) if len(self.alphabet) > 1 else 0
                written.append(token)
                ids = torch.tensor([token])
        return self.decode(written)

    def _after_start(self, text: str) -> Tensor:
        return torch.cat([torch.tensor([self._start]), self.encode(text)])

    def _read_to_the_end(self, ids: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Logits (V,) after the last of ids (T,), and the state there; a long text is read in pieces."""
        raise NotImplementedError

    def _logits(self, ids: Tensor) -> Tensor:
        """Logits (T, V) after each of ids (T,), a text of any length."""
        raise NotImplementedError


class CharacterLSTM(CharacterNetwork):
    """Characters as vectors of 64 numbers, `layers` LSTM layers of width d, and a linear layer to V logits.

    The forget gates begin with a bias of 1, which lets the cell remember before it has learnt what to forget. What it
    has read stands in its state, 2 d numbers a layer, however long the text is. dropout: the share of each layer's
    output set to 0 in training. Sources: Hochreiter and Schmidhuber, 1997, "Long short-term memory"; Gers et al., 2000,
    "Learning to forget", for the forget gate; Jozefowicz et al., 2015, "An empirical exploration of recurrent network
    architectures", section 3.2 for its bias.
    """

    kind = "LSTM"

    def __init__(self, alphabet: Sequence[str], d: int = 256, layers: int = 1, dropout: float = 0.0) -> None:
        super().__init__(alphabet)
        self.d, self.layers = _whole(d, "d"), _whole(layers, "layers")
        V = len(self.alphabet)
        self.embedding = nn.Embedding(V, _EMBEDDING)
        self.lstm = nn.LSTM(_EMBEDDING, d, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(d, V)
        with torch.no_grad():
            for layer in range(layers):  # torch adds two biases and orders the gates i, f, g, o
                getattr(self.lstm, f"bias_ih_l{layer}")[d : 2 * d] = 1.0
                getattr(self.lstm, f"bias_hh_l{layer}")[d : 2 * d] = 0.0

    @property
    def settings(self) -> dict[str, int]:
        """What makes an untrained one like it: CharacterLSTM(alphabet, **settings)."""
        return {"d": self.d, "layers": self.layers}

    def read(self, ids: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Logits (B, T, V) after each of ids (B, T); the state is h and c, each (layers, B, d)."""
        hidden, state = self.lstm(self.embedding(ids), state)
        return self.output(self.dropout(hidden)), state

    def _read_to_the_end(self, ids: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        for piece in ids.split(_STRETCH):
            hidden, state = self.lstm(self.embedding(piece[None]), state)
        return self.output(hidden[0, -1]), state

    def _logits(self, ids: Tensor) -> Tensor:
        pieces, state = [], None
        for piece in ids.split(_STRETCH):
            logits, state = self.read(piece[None], state)
            pieces.append(logits[0])
        return torch.cat(pieces)


class CharacterGPT(CharacterNetwork):
    """A decoder in the manner of GPT-2, over characters: learned positions, `layers` blocks of width d with h heads,
    each normalised before its attention and its feed-forward part (inner width 4 d, GELU), a last layer norm, and a
    linear layer of its own (not the embedding again) to V logits.

    It looks at the last `context` characters at most. The positions begin as the sines and cosines of the first
    transformer and are learnt from there: it finds out sooner who stands next to whom.

    Sources: Radford et al., 2019, "Language models are unsupervised multitask learners", section 2.3; Vaswani et al.,
    2017, "Attention is all you need", section 3.5. Raises ValueError if d is not a multiple of heads.
    """

    kind = "GPT"

    def __init__(
        self,
        alphabet: Sequence[str],
        d: int = 128,
        layers: int = 4,
        heads: int = 4,
        context: int = 128,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(alphabet)
        self.d, self.layers, self.heads = _whole(d, "d"), _whole(layers, "layers"), _whole(heads, "heads")
        self.context = _whole(context, "context")
        if d % heads or context < 2:
            raise ValueError(f"d must be a multiple of heads ({d} and {heads} given), and context at least 2.")
        V = len(self.alphabet)
        self.embedding = nn.Embedding(V, d)
        self.positions = nn.Embedding(context, d)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(d, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(d)
        self.output = nn.Linear(d, V, bias=False)
        with torch.no_grad():
            for name, weights in self.blocks.named_parameters():
                if weights.dim() == 2:  # what is added to the signal begins small, the smaller the deeper the stack
                    adds = name.endswith(("mix.weight", "down.weight"))
                    nn.init.normal_(weights, std=1 / math.sqrt(weights.shape[1] * (2 * layers if adds else 1)))
                elif name.endswith("bias"):
                    nn.init.zeros_(weights)
            nn.init.normal_(self.embedding.weight, std=_LOUD)
            nn.init.normal_(self.output.weight, std=0.02)
            self.positions.weight.copy_(_LOUD * _waves(context, d))

    @property
    def settings(self) -> dict[str, int]:
        """What makes an untrained one like it: CharacterGPT(alphabet, **settings)."""
        return {"d": self.d, "layers": self.layers, "heads": self.heads, "context": self.context}

    def read(self, ids: Tensor, state: list[tuple[Tensor, Tensor]] | None = None) -> tuple[Tensor, list]:
        """Logits (B, T, V) after each of ids (B, T); the state is the keys and values so far, each (B, h, T, d/h).

        Raises ValueError if what was read and what is to be read are more than `context` characters.
        """
        before = state[0][0].shape[2] if state else 0
        T = ids.shape[1]
        if before + T > self.context:
            raise ValueError(f"This model looks at {self.context} characters at most, not {before + T}.")
        x = self.embedding(ids) + self.positions.weight[before : before + T]
        x = self.dropout(x)
        kept = []
        for layer, block in enumerate(self.blocks):
            x, own = block(x, state[layer] if state else None)
            kept.append(own)
        return self.output(self.norm(x)), kept

    def _read_to_the_end(self, ids: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        # The state carries the characters themselves too: when the window is full, half of it is read again.
        seen, kept = state or (ids[:0], None)
        seen = torch.cat([seen, ids])
        if len(seen) > self.context:
            last = self.context if state is None else self.context // 2
            seen = ids = seen[-last:]
            kept = None
        logits, kept = self.read(ids[None], kept)
        return logits[0, -1], (seen, kept)

    def _logits(self, ids: Tensor) -> Tensor:
        """In windows of `context` characters that overlap by half: but for the beginning of the text, each character
        is predicted from at least context / 2 before it."""
        if len(ids) <= self.context:
            return self(ids[None])[0]
        half = self.context // 2
        stride = self.context - half
        whole = (len(ids) - self.context) // stride + 1  # windows that fit, and perhaps one more at the end
        windows = ids.unfold(0, self.context, stride)
        pieces = [self(ids[None, : self.context])[0, :half]]
        for begin in range(0, whole, _WINDOWS):
            pieces.append(self(windows[begin : begin + _WINDOWS])[:, half:].flatten(0, 1))
        left = len(ids) - (whole - 1) * stride - self.context
        if left:
            pieces.append(self(ids[None, -(half + left) :])[0, half:])
        return torch.cat(pieces)


class Block(nn.Module):
    """One layer of the transformer: x + attention(norm(x)), then x + feed_forward(norm(x))."""

    def __init__(self, d: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv = nn.Linear(d, 3 * d)
        self.mix = nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, past: tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """x: (B, T, d); past: keys and values of the characters before these. Gives back the new x, and all keys and
        values."""
        B, T, d = x.shape
        split = self.qkv(self.norm_1(x)).view(B, T, 3, self.heads, d // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)  # each (B, h, T, d/h)
        mask = None
        if past is not None:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
            mask = torch.ones(T, k.shape[2], dtype=torch.bool, device=x.device).tril(k.shape[2] - T)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=past is None)
        x = x + self.dropout(self.mix(mixed.transpose(1, 2).reshape(B, T, d)))
        x = x + self.dropout(self.down(F.gelu(self.up(self.norm_2(x)))))
        return x, (k, v)


def _waves(positions: int, d: int) -> Tensor:
    """Sines and cosines of each position (positions, d), from one wave in 6 positions to one in 60,000."""
    angles = torch.arange(positions)[:, None] / 10_000 ** (torch.arange(0, d, 2) / d)
    waves = torch.stack([angles.sin(), angles.cos()], -1).flatten(1)
    return waves[:, :d]


def _draw(logits: Tensor, generator: Any, temperature: float) -> int:
    if temperature == 0:
        return int(logits.argmax())
    scaled = logits.double() - logits.max()
    running = (scaled / temperature).softmax(-1).cumsum(-1)
    number = (
        torch.rand((), generator=generator, dtype=torch.float64)
        if isinstance(generator, torch.Generator)
        else torch.tensor(generator.random(), dtype=torch.float64)
    )
    return min(int(torch.searchsorted(running, number * running[-1], right=True)), len(logits) - 1)


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}.")
    return value

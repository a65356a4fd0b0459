"""Answers to 05.4."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from tests.checks.answers import wrong
from unravelling.checks.the_transformer.decoder_block.variants import DecoderBlock

MUTANTS = {
    "found, _ = self.self_attn(x, x, x)": "sees_the_future",
    "future = torch.ones(T, T).triu(1)": "mask_of_numbers",
    "future = torch.ones(T, T, dtype=torch.bool).triu()": "itself_forbidden",
    "future = torch.ones(T, T, dtype=torch.bool).triu(0)": "itself_forbidden",
    "future = torch.zeros(T, T, dtype=torch.bool).triu(1)": "sees_the_future",
    "padding = None if mask is None else mask": "mask_upside_down",
    "read, _ = self.multihead_attn(x, memory, memory)": "mask_ignored",
    "return self.norm3(self.linear2(torch.relu(self.linear1(x))))": "without_the_last_residual",
    "return self.norm3(x + self.linear2(self.linear1(x)))": "without_relu",
    "x = self.norm1(found)": "without_the_first_residual",
    "x = self.norm2(read)": "memory_in_place_of_x",
}
ZEROS = "x is normed three times: by norm1, by norm2 and by norm3"
FIRST = "First step: norm1 norms the sum of x and what self_attn finds in x"
SECOND = "Second step: in multihead_attn x asks, memory gives keys and values"
THIRD = "Third step: linear1, ReLU, linear2"
BATCH = "Each sentence of a batch is by itself"
HIDDEN = "mask is False for padding in memory, which nobody may look at"


class Changed(DecoderBlock):
    """The block in steps, so that each answer below overrides the one in which it differs."""

    def future(self, T):
        return torch.ones(T, T, dtype=torch.bool).triu(1)

    def padding(self, mask):
        return None if mask is None else ~mask

    def look_back(self, x):
        return self.self_attn(x, x, x, attn_mask=self.future(x.shape[1]))[0]

    def read(self, x, memory, mask):
        return self.multihead_attn(x, memory, memory, key_padding_mask=self.padding(mask))[0]

    def feed_forward(self, x):
        return self.linear2(torch.relu(self.linear1(x)))

    def forward(self, x, memory, mask=None):
        x = self.norm1(x + self.look_back(x))
        x = self.norm2(x + self.read(x, memory, mask))
        return self.norm3(x + self.feed_forward(x))


@wrong("05.4", told="without_the_first_residual", says="it is added to itself")
class FoundAddedToItself(Changed):
    def forward(self, x, memory, mask=None):
        x = self.look_back(x)
        x = self.norm1(x + x)
        x = self.norm2(x + self.read(x, memory, mask))
        return self.norm3(x + self.feed_forward(x))


@wrong(
    "05.4",
    told="memory_in_place_of_x",
    says="norm2 sees only what was read",
)
class ReadAddedToItself(Changed):
    def forward(self, x, memory, mask=None):
        x = self.norm1(x + self.look_back(x))
        x = self.read(x, memory, mask)
        x = self.norm2(x + x)
        return self.norm3(x + self.feed_forward(x))


@wrong("05.4", told="gelu_for_relu", says="GELU is between linear1 and linear2")
class Gelu(Changed):
    def feed_forward(self, x):
        return self.linear2(nn.GELU()(self.linear1(x)))


@wrong("05.4", told="padding_set_to_0", says="Padding in memory is set to 0")
class PaddingSetTo0(Changed):
    def forward(self, x, memory, mask=None):
        if mask is not None:
            memory = memory.masked_fill(~mask.unsqueeze(-1), 0)
        return super().forward(x, memory)


@wrong("05.4", told="mask_ignored", says="The mask never reaches the cross-attention")
class MaskForTheQueries(Changed):
    def read(self, x, memory, mask):
        read, _ = self.multihead_attn(x, memory, memory)
        return read


@wrong("05.4", says="it has seen what comes later")
class SeesOneAhead(Changed):
    def future(self, T):
        return torch.ones(T, T, dtype=torch.bool).triu(2)


@wrong("05.4", says="it has seen what comes later")
class TwoAhead(Changed):
    def future(self, T):
        return torch.ones(T, T, dtype=torch.bool).triu(3)


@wrong("05.4", says="it has seen what comes later")
class FutureAlmostHidden(Changed):
    def future(self, T):
        return torch.full((T, T), -3.0).triu(1)


@wrong("05.4", says=FIRST)
class LastTokenHiddenOnly(Changed):
    def future(self, T):
        return torch.zeros(T, T, dtype=torch.bool).index_fill(1, torch.tensor([T - 1]), T > 1)


@wrong("05.4", says="it has seen what comes later")
class CausalOnlyInShortTexts(Changed):
    def future(self, T):
        return super().future(T) if T < 4 else None


@wrong("05.4", says=FIRST)
class LooksAtItselfOnly(Changed):
    def future(self, T):
        return ~torch.eye(T, dtype=torch.bool)


@wrong("05.4", says=FIRST)
class LooksAtTheLastTwo(Changed):
    def future(self, T):
        return super().future(T) | torch.ones(T, T, dtype=torch.bool).tril(-2)


@wrong("05.4", says=FIRST)
class LooksBackTwice(Changed):
    def look_back(self, x):
        return super().look_back(super().look_back(x))


@wrong("05.4", says=ZEROS)
class WithoutTheLastNorm(Changed):
    def forward(self, x, memory, mask=None):
        x = self.norm1(x + self.look_back(x))
        x = self.norm2(x + self.read(x, memory, mask))
        return x + self.feed_forward(x)


@wrong("05.4", says=ZEROS)
class WithoutTheSecondNorm(Changed):
    def forward(self, x, memory, mask=None):
        x = self.norm1(x + self.look_back(x))
        x = x + self.read(x, memory, mask)
        return self.norm3(x + self.feed_forward(x))


@wrong("05.4", says=ZEROS)
class NormsInAnotherOrder(Changed):
    def forward(self, x, memory, mask=None):
        x = self.norm2(x + self.look_back(x))
        x = self.norm1(x + self.read(x, memory, mask))
        return self.norm3(x + self.feed_forward(x))


@wrong("05.4", says="which has never seen that row")
class ReadsTheFirstRowOnly(Changed):
    def read(self, x, memory, mask):
        return super().read(x, memory[:, :1], None if mask is None else mask[:, :1])


@wrong("05.4", says="which has never seen that row")
class ReadsOnePlaceEach(Changed):
    def read(self, x, memory, mask):
        T, S = x.shape[1], memory.shape[1]
        hidden = torch.arange(T)[:, None].clamp(max=S - 2) != torch.arange(S)
        return self.multihead_attn(x, memory, memory, attn_mask=hidden)[0]


@wrong("05.4", says="which has never seen that row")
class FeedForwardBeforeReading(Changed):
    def read(self, x, memory, mask):
        return 0 * super().read(x, memory, mask)


@wrong("05.4", says=SECOND)
class KeysFromX(Changed):
    def read(self, x, memory, mask):
        if x.shape[1] != memory.shape[1]:
            memory = memory.mean(1, keepdim=True).expand(-1, x.shape[1], -1)
            mask = None
        return self.multihead_attn(x, x, memory, key_padding_mask=self.padding(mask))[0]


@wrong("05.4", says=SECOND)
class MemoryIsNormed(Changed):
    def read(self, x, memory, mask):
        return super().read(x, self.norm2(memory), mask)


@wrong("05.4", says=THIRD)
class Tanh(Changed):
    def feed_forward(self, x):
        return self.linear2(torch.tanh(self.linear1(x)))


@wrong("05.4", says=THIRD)
class ReluAtTheEnd(Changed):
    def feed_forward(self, x):
        return torch.relu(self.linear2(self.linear1(x)))


@wrong("05.4", says=ZEROS)
class AddsTheFirstX(Changed):
    def forward(self, x, memory, mask=None):
        y = self.norm1(x + self.look_back(x))
        y = self.norm2(y + self.read(y, memory, mask))
        return self.norm3(x + self.feed_forward(y))


@wrong("05.4", says="Three steps, one after the other")
class StepsBesideEachOther(Changed):
    def forward(self, x, memory, mask=None):
        first = self.norm1(x + self.look_back(x))
        second = self.norm2(first + self.read(self.norm1(x), memory, mask))
        return self.norm3(second + self.feed_forward(second))


@wrong("05.4", says=BATCH)
class MemoryOfTheFirstSentence(Changed):
    def read(self, x, memory, mask):
        if mask is None:
            memory = memory[:1].expand_as(memory)
        return super().read(x, memory, mask)


@wrong("05.4", says=HIDDEN)
class MaskForSelfAttentionToo(Changed):
    def forward(self, x, memory, mask=None):
        hidden = None
        if mask is not None:
            hidden = functional.pad(~mask, (0, max(0, x.shape[1] - mask.shape[1])))[:, : x.shape[1]]
            hidden = hidden | ~mask.all(1, keepdim=True) & (torch.arange(x.shape[1]) > 0)
        found = self.self_attn(x, x, x, attn_mask=self.future(x.shape[1]), key_padding_mask=hidden)[0]
        x = self.norm1(x + found)
        x = self.norm2(x + self.read(x, memory, mask))
        return self.norm3(x + self.feed_forward(x))


@wrong("05.4", says=HIDDEN)
class AFloatOf1Added(Changed):
    def padding(self, mask):
        return None if mask is None else mask.float()


@wrong("05.4", says="changed its input x")
class AddsIntoX(Changed):
    def forward(self, x, memory, mask=None):
        x += self.look_back(x)
        x = self.norm1(x)
        x = self.norm2(x + self.read(x, memory, mask))
        return self.norm3(x + self.feed_forward(x))


@wrong("05.4", says="changed its input mask")
class TurnsTheMaskItself(Changed):
    def padding(self, mask):
        return None if mask is None else mask.logical_not_()


@wrong("05.4", says="changed its input memory")
class WritesIntoMemory(Changed):
    def forward(self, x, memory, mask=None):
        y = super().forward(x, memory, mask)
        memory.mul_(2)
        return y


@wrong("05.4", says="was written over, as x += ...")
class WritesOverWhatTheWayBackNeeds(Changed):
    def forward(self, x, memory, mask=None):
        x = self.norm1(x + self.look_back(x))
        x += self.read(x, memory, mask)
        x = self.norm2(x)
        return self.norm3(x + self.feed_forward(x))


@wrong("05.4", says="No gradient comes back from the output to memory")
class MemoryDetached(Changed):
    def read(self, x, memory, mask):
        return super().read(x, memory.detach(), mask)


@wrong("05.4", says="texts of any length, one after the other")
class CausalMaskOfTheFirstCall(Changed):
    def future(self, T):
        if not hasattr(self, "made"):
            self.made = super().future(T)
        return self.made


@wrong("05.4", says="keeps nothing of those before")
class MemoryOfTheFirstCall(Changed):
    def read(self, x, memory, mask):
        self.memory = getattr(self, "memory", memory)
        same = self.memory.shape[1] >= memory.shape[1] or x.shape[1] != 3 or mask is not None or len(x) > 1
        return super().read(x, memory if same else self.memory, mask)


@wrong("05.4", says="Two calls with the same inputs gave two different results")
class DropoutByFunction(Changed):
    def look_back(self, x):
        return functional.dropout(super().look_back(x), 0.1)


@wrong("05.4", says="There is dropout in your block")
class DropoutAsALayer(Changed):
    def __init__(self, d, h, inner):
        super().__init__(d, h, inner)
        self.drop = nn.Dropout(0.1)


@wrong("05.4", says="Your block is torch's own TransformerDecoderLayer")
class TorchsOwn(nn.TransformerDecoderLayer):
    def __init__(self, d, h, inner):
        super().__init__(d, h, inner, 0.0, batch_first=True)

    def forward(self, x, memory, mask=None):
        future = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        return super().forward(x, memory, future, memory_key_padding_mask=None if mask is None else ~mask)


@wrong("05.4", says="There is no layer multihead_attn")
class OtherNames(Changed):
    def __init__(self, d, h, inner):
        super().__init__(d, h, inner)
        self.cross_attn = self.multihead_attn
        del self.multihead_attn


@wrong("05.4", says="used for two")
class OneAttentionUnderTwoNames(Changed):
    def __init__(self, d, h, inner):
        super().__init__(d, h, inner)
        self.multihead_attn = self.self_attn


@wrong("05.4", says="is a tuple of 2, not a torch tensor")
class WithMemory(Changed):
    def forward(self, x, memory, mask=None):
        return super().forward(x, memory, mask), memory

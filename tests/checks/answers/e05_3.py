"""Answers to 05.3."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from tests.checks.answers import wrong
from unravelling.checks.the_transformer.encoder_block import EncoderBlock

MUTANTS = {
    "found, _ = self.self_attn(x, x, x)": "mask_ignored",
    "padding = None if mask is None else mask": "mask_upside_down",
    "return self.norm2(made)": "without_the_second_residual",
    "self.self_attn = nn.MultiheadAttention(d, h)": "batch_taken_for_tokens",
    "self.self_attn = nn.MultiheadAttention(d, h, batch_first=False)": "batch_taken_for_tokens",
    "x = self.norm1(found)": "added_to_itself",
}
ZEROS = "norm1 norms x, and norm2 norms what came of that"
FIRST = "norm1 norms the sum of x and what self_attn finds in x"
SECOND = "norm2 norms the sum of what comes out and what went in"
BATCH = "Each sentence of a batch is a text by itself"
HIDDEN = "mask is False for padding, which nobody may look at"


class Changed(EncoderBlock):
    """The block in steps, so that each answer below overrides the one in which it differs."""

    def padding(self, mask):
        return None if mask is None else ~mask

    def attend(self, x, mask):
        return self.self_attn(x, x, x, key_padding_mask=self.padding(mask))[0]

    def feed_forward(self, x):
        return self.linear2(self.activation(self.linear1(x)))

    def forward(self, x, mask=None):
        x = self.norm1(x + self.attend(x, mask))
        return self.norm2(x + self.feed_forward(x))


@wrong(
    "05.3",
    told="added_to_itself",
    says="nothing is added to it, or (which a norm makes the same) it is added to itself",
)
class NormOfWhatWasFound(Changed):
    def forward(self, x, mask=None):
        x = self.norm1(self.attend(x, mask))
        return self.norm2(x + self.feed_forward(x))


@wrong("05.3", told="without_the_second_residual", says="norm2 sees what the feed-forward network made")
class NetworkAddedToItself(Changed):
    def forward(self, x, mask=None):
        x = self.norm1(x + self.attend(x, mask))
        x = self.feed_forward(x)
        return self.norm2(x + x)


@wrong("05.3", told="without_residuals", says="neither norm sees what its half began with")
class BothAddedToThemselves(Changed):
    def forward(self, x, mask=None):
        x = self.attend(x, mask)
        x = self.norm1(x + x)
        x = self.feed_forward(x)
        return self.norm2(x + x)


@wrong("05.3", told="padding_set_to_0", says="Padding is set to 0 before the attention")
class PaddingSetTo0InX(Changed):
    def forward(self, x, mask=None):
        if mask is not None:
            x = x * mask.unsqueeze(-1)
        x = self.norm1(x + self.self_attn(x, x, x)[0])
        return self.norm2(x + self.feed_forward(x))


@wrong("05.3", told="gelu_where_relu_is_asked", says="Your block uses GELU although no activation was named")
class GeluAlways(Changed):
    def __init__(self, d, h, inner, activation="gelu"):
        super().__init__(d, h, inner)
        self.activation = nn.GELU()


@wrong("05.3", told="always_relu", says="or the name that was given leads to it")
class ReluForEveryName(Changed):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__(d, h, inner, "relu" if activation in ("relu", "gelu") else activation)


@wrong("05.3", told="batch_taken_for_tokens", says="also where x is turned round before it")
class TurnedRoundForNothing(Changed):
    def attend(self, x, mask):
        x = x.transpose(0, 1)
        return self.self_attn(x, x, x, key_padding_mask=self.padding(mask))[0].transpose(0, 1)


@wrong("05.3", told="normed_before", says="The norms come before attention and feed-forward")
class PreNorm(Changed):
    def forward(self, x, mask=None):
        y = self.norm1(x)
        x = x + self.self_attn(y, y, y, key_padding_mask=None if mask is None else ~mask)[0]
        return x + self.linear2(self.activation(self.linear1(self.norm2(x))))


@wrong("05.3", says=ZEROS)
class QueriesAreNotNormed(Changed):
    def forward(self, x, mask=None):
        found = self.self_attn(self.norm1(x), x, x, key_padding_mask=self.padding(mask))[0]
        x = x + found
        return self.norm2(x + self.feed_forward(x))


@wrong("05.3", says=ZEROS)
class NormsExchanged(Changed):
    def forward(self, x, mask=None):
        x = self.norm2(x + self.attend(x, mask))
        return self.norm1(x + self.feed_forward(x))


@wrong("05.3", says=ZEROS)
class NormedOnceMoreBefore(Changed):
    def forward(self, x, mask=None):
        return super().forward(self.norm1(x), mask)


@wrong("05.3", says=ZEROS)
class WithoutTheSecondNorm(Changed):
    def forward(self, x, mask=None):
        x = self.norm1(x + self.attend(x, mask))
        return x + self.feed_forward(x)


@wrong("05.3", says=FIRST)
class ValuesFromTheNorm(Changed):
    def attend(self, x, mask):
        return self.self_attn(x, x, self.norm1(x), key_padding_mask=self.padding(mask))[0]


@wrong("05.3", says=FIRST)
class NobodyLooksAtItself(Changed):
    def attend(self, x, mask):
        T = x.shape[1]
        own = torch.eye(T, dtype=torch.bool) if T > 1 else None
        return self.self_attn(x, x, x, key_padding_mask=self.padding(mask), attn_mask=own)[0]


@wrong("05.3", says=FIRST)
class LooksAhead(Changed):
    def attend(self, x, mask):
        T = x.shape[1]
        before = torch.ones(T, T, dtype=torch.bool).tril(-1)
        return self.self_attn(x, x, x, key_padding_mask=self.padding(mask), attn_mask=before)[0]


@wrong("05.3", says=FIRST)
class AttentionAddedTwice(Changed):
    def forward(self, x, mask=None):
        x = self.norm1(x + 2 * self.attend(x, mask))
        return self.norm2(x + self.feed_forward(x))


@wrong("05.3", says=SECOND)
class ActivationTwice(Changed):
    def feed_forward(self, x):
        return self.activation(self.linear2(self.activation(self.linear1(x))))


@wrong("05.3", says=SECOND)
class Sigmoid(Changed):
    def feed_forward(self, x):
        return self.linear2(self.linear1(x).sigmoid())


@wrong("05.3", says=SECOND)
class ActivationBeforeTheFirst(Changed):
    def feed_forward(self, x):
        return self.linear2(self.linear1(self.activation(x)))


@wrong("05.3", says='With activation="gelu", nn.functional.gelu is between')
class GeluIsNamedInCapitals(Changed):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__(d, h, inner)
        self.activation = nn.SiLU() if activation != "relu" else nn.ReLU()


@wrong("05.3", says=BATCH)
class OnlyTheFirstSentence(Changed):
    def attend(self, x, mask):
        mask = None if mask is None else mask[:1]
        return super().attend(x[:1], mask).expand_as(x)


@wrong("05.3", says=BATCH)
class AllSentencesInOne(Changed):
    def attend(self, x, mask):
        if mask is not None:
            return super().attend(x, mask)
        flat = x.reshape(1, -1, x.shape[-1])
        return super().attend(flat, None).reshape(x.shape)


@wrong("05.3", says=HIDDEN)
class HidesTheFirstSentencesPadding(Changed):
    def padding(self, mask):
        return None if mask is None else ~mask[:1].expand_as(mask)


@wrong("05.3", says=HIDDEN)
class HidesALittle(Changed):
    def padding(self, mask):
        return None if mask is None else (~mask).float() * -1.0


@wrong("05.3", says=HIDDEN)
class HiddenByPlus1(Changed):
    def padding(self, mask):
        return None if mask is None else mask.float()


@wrong("05.3", told="mask_ignored", says="The mask never reaches the attention")
class OnlyTheOutputOfPaddingSetTo0(Changed):
    def forward(self, x, mask=None):
        y = super().forward(x)
        return y if mask is None else y * mask[..., None]


@wrong("05.3", says="What comes out for padding itself is worked out as for all others")
class OutputOfPaddingSetTo0Too(Changed):
    def forward(self, x, mask=None):
        y = super().forward(x, mask)
        return y if mask is None else y * mask[..., None]


@wrong("05.3", says="A mask that is True everywhere hides nobody")
class LastTokenIsPaddingWhereThereIsAMask(Changed):
    def padding(self, mask):
        if mask is None:
            return None
        hidden = ~mask
        hidden[:, -1] |= mask.all()
        return hidden


@wrong("05.3", says="changed its input x")
class AddsIntoX(Changed):
    def forward(self, x, mask=None):
        x += self.attend(x, mask)
        x = self.norm1(x)
        return self.norm2(x + self.feed_forward(x))


@wrong("05.3", says="changed its input x")
class AddsIntoXWithAFunction(Changed):
    def forward(self, x, mask=None):
        x = self.norm1(x.add_(self.attend(x, mask)))
        return self.norm2(x + self.feed_forward(x))


@wrong("05.3", says="changed its input mask")
class TurnsTheMaskItself(Changed):
    def padding(self, mask):
        return None if mask is None else mask.logical_not_()


@wrong("05.3", says="was written over, as x += ...")
class WritesOverWhatTheWayBackNeeds(Changed):
    def forward(self, x, mask=None):
        x = self.norm1(x + self.attend(x, mask))
        x += self.feed_forward(x)
        return self.norm2(x)


@wrong("05.3", says="No gradient comes back from the output to x, ")
class Detached(Changed):
    def forward(self, x, mask=None):
        return super().forward(x, mask).detach()


@wrong("05.3", says="No gradient comes back from the output to self_attn.in_proj_weight")
class AttentionDetached(Changed):
    def attend(self, x, mask):
        return super().attend(x, mask).data


@wrong("05.3", says="Two calls with the same inputs gave two different results")
class DropoutByFunction(Changed):
    def feed_forward(self, x):
        return functional.dropout(super().feed_forward(x), 0.5)


@wrong("05.3", says="There is dropout in your block")
class DropoutAsALayer(Changed):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__(d, h, inner, activation)
        self.dropout = nn.Dropout()


@wrong("05.3", says="There is dropout in your block")
class DropoutInTheAttention(Changed):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__(d, h, inner, activation)
        self.self_attn = nn.MultiheadAttention(d, h, dropout=0.1, batch_first=True)


@wrong("05.3", says="Two calls with the same inputs gave two different results")
class NoiseOnTop(Changed):
    def forward(self, x, mask=None):
        return super().forward(x, mask) + torch.randn(x.shape)


@wrong("05.3", says="Your block is torch's own TransformerEncoderLayer")
class TorchsOwn(nn.TransformerEncoderLayer):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__(d, h, inner, 0.0, activation, batch_first=True)

    def forward(self, x, mask=None):
        return super().forward(x, src_key_padding_mask=None if mask is None else ~mask)


@wrong("05.3", says="a layer is one too many, or used for two")
class OneNormUnderTwoNames(Changed):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__(d, h, inner, activation)
        self.norm2 = self.norm1


@wrong("05.3", says="a layer is one too many")
class AThirdNorm(Changed):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__(d, h, inner, activation)
        self.norm3 = nn.LayerNorm(d)


@wrong("05.3", says="There is no layer norm1: make it in __init__")
class OtherNames(nn.Module):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__()
        self.self_attn = nn.MultiheadAttention(d, h, batch_first=True)
        self.linear1, self.linear2 = nn.Linear(d, inner), nn.Linear(inner, d)
        self.first, self.second = nn.LayerNorm(d), nn.LayerNorm(d)

    def forward(self, x, mask=None):
        return x


@wrong("05.3", says="The layer linear1 has no bias")
class WithoutBiases(Changed):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__(d, h, inner, activation)
        self.linear1 = nn.Linear(d, inner, bias=False)


@wrong("05.3", says="linear1.weight has shape")
class LinearsExchanged(Changed):
    def __init__(self, d, h, inner, activation="relu"):
        super().__init__(d, h, inner, activation)
        self.linear1, self.linear2 = nn.Linear(inner, d), nn.Linear(d, inner)


@wrong("05.3", says="is a tuple of 2, not a torch tensor")
class WithTheWeights(Changed):
    def forward(self, x, mask=None):
        return super().forward(x, mask), self.self_attn(x, x, x)[1]


@wrong("05.3", says="texts of any length, one after the other")
class PlacesOfTheFirstText(Changed):
    def attend(self, x, mask):
        if not hasattr(self, "allowed"):
            self.allowed = torch.zeros(x.shape[1], x.shape[1])
        return self.self_attn(x, x, x, key_padding_mask=self.padding(mask), attn_mask=self.allowed)[0]


@wrong("05.3", says="keeps nothing of those before")
class RemembersTheLastText(Changed):
    def forward(self, x, mask=None):
        y = super().forward(x, mask)
        y, self.last = y + getattr(self, "last", 0.0), 0.1 * y.detach().mean()
        return y

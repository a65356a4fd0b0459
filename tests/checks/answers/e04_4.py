"""Answers to 04.4."""

from __future__ import annotations

import math

import torch
from torch import nn

from tests.checks.answers import right, wrong

BEYOND = "So look beyond the scores"
SCORES = "look at how the scores come about"
DIVIDED = "Your output is that of scores divided by"
REFUSED = "A layer whose d does not divide by its h raises ValueError when it is made."


class Layer(nn.Module):
    """As a learner writes it; each answer below overrides what it does otherwise."""

    def __init__(self, d, h):
        super().__init__()
        if d % h:
            raise ValueError(f"{d} does not divide by {h}")
        self.d, self.h = d, h
        self.q_proj, self.k_proj = nn.Linear(d, d), nn.Linear(d, d)
        self.v_proj, self.out_proj = nn.Linear(d, d), nn.Linear(d, d)

    def heads(self, x):
        return x.view(x.shape[0], x.shape[1], self.h, self.d // self.h).transpose(1, 2)

    def together(self, x):
        return x.transpose(1, 2).flatten(2)

    def weights(self, q, k, mask):
        scores = q @ k.mT / math.sqrt(self.d // self.h)
        if mask is not None:
            scores = scores.masked_fill(~mask, -math.inf)
        return scores.softmax(-1)

    def forward(self, x, mask=None):
        q, k, v = self.heads(self.q_proj(x)), self.heads(self.k_proj(x)), self.heads(self.v_proj(x))
        return self.out_proj(self.together(self.weights(q, k, mask) @ v))


@right("04.4")
class in_one_piece(Layer):
    pass


@right("04.4")
class with_a_dict_of_layers(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        if not (d / h).is_integer():
            raise ValueError("d / h must be whole")
        self.w = d // h
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            self.add_module(name, nn.Linear(in_features=d, out_features=d, bias=True))

    def forward(self, x, mask=None):
        q, k, v = (
            torch.stack(layer(x).split(self.w, dim=-1), dim=1) for layer in (self.q_proj, self.k_proj, self.v_proj)
        )
        scores = torch.einsum("bhtw,bhsw->bhts", q, k) * self.w**-0.5
        if mask is not None:
            scores = torch.where(mask, scores, -1e9)
        mixed = torch.einsum("bhts,bhsw->bhtw", scores.softmax(-1), v)
        return self.out_proj(torch.cat(mixed.unbind(1), -1))


@right("04.4")
class with_torchs_own_function(Layer):
    def forward(self, x, mask=None):
        return nn.functional.multi_head_attention_forward(
            *(x.transpose(0, 1),) * 3,
            self.d,
            self.h,
            torch.cat([self.q_proj.weight, self.k_proj.weight, self.v_proj.weight]),
            torch.cat([self.q_proj.bias, self.k_proj.bias, self.v_proj.bias]),
            None,
            None,
            False,
            0.0,
            self.out_proj.weight,
            self.out_proj.bias,
            attn_mask=None
            if mask is None
            else ~mask.expand(len(x), self.h, x.shape[1], x.shape[1]).reshape(-1, x.shape[1], x.shape[1]),
        )[0].transpose(0, 1)


@wrong("04.4", says="made without a word")
class refused_where_it_is_used(Layer):
    def __init__(self, d, h):
        nn.Module.__init__(self)
        self.d, self.h = d, h
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(d, d) for _ in range(4))

    def forward(self, x, mask=None):
        if self.d % self.h:
            raise ValueError("no")
        return super().forward(x, mask)


@right("04.4")
class with_a_dropout_of_nothing(Layer):
    def __init__(self, d, h):
        super().__init__(d, h)
        self.dropout = nn.Dropout(0.0)

    def together(self, x):
        return self.dropout(super().together(x))


@wrong("04.4", says="Two calls with the same inputs gave two different results")
class dropout_on_the_weights(Layer):
    def weights(self, q, k, mask):
        return nn.functional.dropout(super().weights(q, k, mask), 0.1, self.training)


@wrong("04.4", says="Two calls with the same inputs gave two different results")
class dropout_on_the_output(Layer):
    def __init__(self, d, h):
        super().__init__(d, h)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x, mask=None):
        return self.dropout(super().forward(x, mask))


@wrong("04.4", says=DIVIDED)
class divided_by_the_root_of_the_number_of_heads(Layer):
    def weights(self, q, k, mask):
        return super().weights(q * math.sqrt(self.d // self.h) / math.sqrt(self.h), k, mask)


@wrong("04.4", says=DIVIDED)
class divided_by_the_width_of_a_head(Layer):
    def weights(self, q, k, mask):
        return super().weights(q / math.sqrt(self.d // self.h), k, mask)


@wrong("04.4", says=DIVIDED)
class multiplied_by_the_root(Layer):
    def weights(self, q, k, mask):
        return super().weights(q * (self.d // self.h), k, mask)


@wrong("04.4", told="scaled_by_the_full_width", says="divided by sqrt(d)")
class root_of_the_width_of_x(Layer):
    def weights(self, q, k, mask):
        return super().weights(q / math.sqrt(self.h), k, mask)


@wrong("04.4", told="softmax_over_the_queries", says="shares each key out among the queries")
class columns_sum_to_one(Layer):
    def weights(self, q, k, mask):
        scores = q @ k.mT / math.sqrt(self.d // self.h)
        return (scores if mask is None else scores.masked_fill(~mask, -1e9)).softmax(-2) * (1 if mask is None else mask)


@wrong("04.4", says=BEYOND)
class masked_after_the_softmax(Layer):
    def weights(self, q, k, mask):
        weights = super().weights(q, k, None)
        return weights if mask is None else weights * mask


@wrong("04.4", told="mask_upside_down", says="turned round once too often")
class true_forbids(Layer):
    def weights(self, q, k, mask):
        return super().weights(q, k, None if mask is None else ~mask).nan_to_num()


@wrong("04.4", says="The mask may have any shape")
class the_mask_of_the_first_head(Layer):
    def weights(self, q, k, mask):
        return super().weights(q, k, mask if mask is None or mask.dim() < 4 else mask[:, :1])


@wrong("04.4", says="The mask may have any shape")
class the_mask_of_the_first_sentence(Layer):
    def weights(self, q, k, mask):
        return super().weights(q, k, mask if mask is None or mask.dim() < 4 else mask[:1])


@wrong("04.4", says="With the tokens in reverse order")
class always_causal(Layer):
    def weights(self, q, k, mask):
        causal = torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool).tril()
        return super().weights(q, k, causal if mask is None else mask & causal)


@wrong("04.4", says="No gradient comes back from the output to v_proj.weight, v_proj.bias")
class values_from_k_proj(Layer):
    def forward(self, x, mask=None):
        q, k, v = self.heads(self.q_proj(x)), self.heads(self.k_proj(x)), self.heads(self.k_proj(x))
        return self.out_proj(self.together(self.weights(q, k, mask) @ v))


@wrong("04.4", told="keys_from_q_proj", says="Keys are made with q_proj")
class q_proj_twice(Layer):
    def forward(self, x, mask=None):
        q = self.heads(self.q_proj(x))
        return self.out_proj(self.together(self.weights(q, q, mask) @ self.heads(self.v_proj(x))))


@wrong("04.4", says="No gradient comes back from the output to q_proj.weight, q_proj.bias")
class queries_from_k_proj(Layer):
    def forward(self, x, mask=None):
        k = self.heads(self.k_proj(x))
        return self.out_proj(self.together(self.weights(k, k, mask) @ self.heads(self.v_proj(x))))


@wrong("04.4", told="queries_and_keys_swapped", says="Queries and keys have changed places")
class keys_ask(Layer):
    def weights(self, q, k, mask):
        return super().weights(k, q, mask)


@wrong("04.4", says=BEYOND)
class x_is_added(Layer):
    def forward(self, x, mask=None):
        return x + super().forward(x, mask)


@wrong("04.4", says="No gradient comes back from the output to q_proj.bias, k_proj.bias, v_proj.bias, out_proj.bias")
class biases_left_out(Layer):
    def forward(self, x, mask=None):
        q, k, v = (self.heads(x @ layer.weight.T) for layer in (self.q_proj, self.k_proj, self.v_proj))
        return self.together(self.weights(q, k, mask) @ v) @ self.out_proj.weight.T


@wrong("04.4", says=BEYOND)
class weights_not_turned(Layer):
    def forward(self, x, mask=None):
        q, k, v = (self.heads(x @ each.weight + each.bias) for each in (self.q_proj, self.k_proj, self.v_proj))
        return self.out_proj(self.together(self.weights(q, k, mask) @ v))


@wrong("04.4", told="without_out_proj", says="out_proj is never applied")
class last_layer_forgotten(Layer):
    def forward(self, x, mask=None):
        q, k, v = self.heads(self.q_proj(x)), self.heads(self.k_proj(x)), self.heads(self.v_proj(x))
        return self.together(self.weights(q, k, mask) @ v)


@wrong("04.4", told="merged_without_transpose", says="put together by a reshape alone")
class flattened_at_once(Layer):
    def together(self, x):
        return x.reshape(x.shape[0], x.shape[2], -1)


@wrong("04.4", told="split_without_transpose", says="cut by a reshape alone")
class viewed_as_heads(Layer):
    def heads(self, x):
        return x.reshape(x.shape[0], self.h, x.shape[1], -1)


@wrong("04.4", told="split_and_merged_by_reshape", says="cut and put together by a reshape alone")
class viewed_as_heads_and_back(Layer):
    def heads(self, x):
        return x.reshape(x.shape[0], self.h, x.shape[1], -1)

    def together(self, x):
        return x.reshape(x.shape[0], x.shape[2], -1)


@wrong("04.4", says=SCORES)
class tokens_attend_within_heads(Layer):
    def heads(self, x):
        return x.reshape(x.shape[0], x.shape[1], -1, self.h).permute(0, 3, 1, 2)

    def together(self, x):
        return x.permute(0, 2, 3, 1).flatten(2)


@wrong("04.4", says="With the tokens in reverse order")
class places_are_added(Layer):
    def forward(self, x, mask=None):
        return super().forward(x + torch.arange(x.shape[1])[:, None], mask)


@wrong("04.4", says="The last token, given alone and without a mask")
class remembers_the_mask(Layer):
    kept = None

    def forward(self, x, mask=None):
        found = super().forward(x, mask)
        if self.kept is not None and mask is None and x.shape[1] == 1:
            return found * 2
        self.kept = mask if mask is not None else torch.ones(1)
        return found


@wrong("04.4", says="parameters, not 4 * (d * d + d)")
class one_layer_more(Layer):
    def __init__(self, d, h):
        super().__init__(d, h)
        self.norm = nn.LayerNorm(d)


@wrong("04.4", says="There is no layer q_proj")
class one_layer_for_three(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.in_proj, self.out_proj = nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, x, mask=None):
        return self.out_proj(x)


@wrong("04.4", says="q_proj has no bias")
class without_biases(Layer):
    def __init__(self, d, h):
        super().__init__(d, h)
        self.q_proj = nn.Linear(d, d, bias=False)


@wrong("04.4", says="q_proj has a weight of shape")
class narrow_layers(Layer):
    def __init__(self, d, h):
        super().__init__(d, h)
        self.q_proj = nn.Linear(d, d // h + 1)


@wrong("04.4", says=REFUSED)
class never_refused(Layer):
    def __init__(self, d, h):
        nn.Module.__init__(self)
        self.d, self.h = d, h
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(d, d) for _ in range(4))


@wrong("04.4", says=REFUSED)
class an_assertion(Layer):
    def __init__(self, d, h):
        assert d % h == 0, "d must divide by h"
        super().__init__(d, h)


@wrong("04.4", says="No gradient comes back from the output to q_proj.weight")
class weights_cut_off(Layer):
    def weights(self, q, k, mask):
        return super().weights(q, k, mask).detach()


@wrong("04.4", says="No gradient comes back from the output to q_proj.weight")
class in_numpy(Layer):
    def weights(self, q, k, mask):
        return torch.from_numpy(super().weights(q, k, mask).detach().numpy())


@wrong("04.4", says="a value that torch needs for it was overwritten")
class nan_overwritten(Layer):
    def weights(self, q, k, mask):
        weights = super().weights(q, k, mask)
        weights[weights.isnan()] = 0.0
        return weights


@wrong("04.4", says="changed its input x")
class adds_into_x(Layer):
    def forward(self, x, mask=None):
        found = super().forward(x, mask)
        x += 1
        return found


@wrong("04.4", says="tuple")
class with_the_weights(Layer):
    def forward(self, x, mask=None):
        q, k, v = self.heads(self.q_proj(x)), self.heads(self.k_proj(x)), self.heads(self.v_proj(x))
        weights = self.weights(q, k, mask)
        return self.out_proj(self.together(weights @ v)), weights


MUTANTS = {
    "without: if mask is not None:": "mask_ignored",
    "if False: (2)": "mask_ignored",
    "scores = q @ k.transpose(-2, -1)": "without_the_scale",
    "without: scores = scores.masked_fill(~mask, float('-inf'))": "mask_ignored",
    "scores = scores": "mask_ignored",
    "scores = q @ k.transpose(-2, -1) / sqrt(d)": "scaled_by_the_full_width",
    "output = torch.softmax(scores, dim=1) @ v": "softmax_over_the_heads",
    "return self.out_proj(output.reshape(B, T, d))": "merged_without_transpose",
    "output = torch.softmax(scores, dim=-2) @ v": "softmax_over_the_queries",
    "return self.out_proj(output.transpose(2, 2).reshape(B, T, d))": "merged_without_transpose",
    "return self.out_proj(output.transpose(1, 1).reshape(B, T, d))": "merged_without_transpose",
    "q, k, v = (x.reshape(B, T, self.h, d // self.h).transpose(1, 2) for layer in (self.q_proj, self.k_proj, self.v_proj))": "without_projections",
}


@wrong("04.4", says="Scores may be in the thousands")
class a_thousand_is_not_enough(Layer):
    def weights(self, q, k, mask=None):
        scores = q @ k.mT / math.sqrt(self.d // self.h)
        return (scores if mask is None else scores.masked_fill(~mask, -1000.0)).softmax(-1)

"""Answers to 04.3."""

from __future__ import annotations

import torch

from tests.checks.answers import right, wrong

REFUSED = "split_heads raises ValueError if d does not divide by h."


@right("04.3")
class by_slices:
    def split_heads(x, h):
        d = x.shape[-1]
        if d % h != 0:
            raise ValueError("no")
        w = d // h
        return torch.stack([x[:, :, i * w : (i + 1) * w] for i in range(h)]).permute(1, 0, 2, 3)

    def merge_heads(x):
        return torch.cat([x[:, i] for i in range(x.shape[1])], -1)


@right("04.3")
class with_view_and_contiguous:
    def split_heads(x, h):
        B, T, d = x.size()
        if h * (d // h) != d:
            raise ValueError(f"{d} and {h}")
        return x.view(B, T, h, -1).transpose(1, 2).contiguous()

    def merge_heads(x):
        B, h, T, w = x.size()
        return x.transpose(1, 2).contiguous().view(B, T, h * w)


@right("04.3")
class in_numpy:
    def split_heads(x, h):
        B, T, d = x.shape
        if d % h:
            raise ValueError
        return torch.from_numpy(x.detach().numpy().reshape(B, T, h, d // h).transpose(0, 2, 1, 3).copy())

    def merge_heads(x):
        B, h, T, w = x.shape
        return torch.from_numpy(x.detach().numpy().transpose(0, 2, 1, 3).reshape(B, T, h * w))


@right("04.3")
class with_an_error_of_its_own:
    def split_heads(x, h):
        class NotDivisible(ValueError):
            pass

        if x.shape[-1] % h:
            raise NotDivisible("the width must be a multiple of the number of heads")
        return torch.einsum("bthw->bhtw", x.unflatten(-1, (h, x.shape[-1] // h)))

    def merge_heads(x):
        return torch.einsum("bhtw->bthw", x).reshape(x.shape[0], x.shape[2], -1)


@wrong("04.3", told="without_the_check", says="torch's own complaint")
class a_check_of_the_wrong_thing:
    def split_heads(x, h):
        B, T, d = x.shape
        if d == 0:
            raise ValueError("no width")
        return x.reshape(B, T, h, d // h).transpose(1, 2)


@wrong("04.3", says=REFUSED)
class refused_only_where_there_are_too_many_heads:
    def split_heads(x, h):
        B, T, d = x.shape
        if d < h:
            raise ValueError("too many heads")
        return x.reshape(B, T, h, d // h).transpose(1, 2)


@wrong("04.3", says="it should raise ValueError")
class an_assertion:
    def split_heads(x, h):
        B, T, d = x.shape
        assert d % h == 0, "d must divide by h"
        return x.reshape(B, T, h, d // h).transpose(1, 2)


@wrong("04.3", says=REFUSED)
class what_is_left_over_is_dropped:
    def split_heads(x, h):
        B, T, d = x.shape
        w = d // h
        return x[..., : w * h].reshape(B, T, h, w).transpose(1, 2)


@wrong("04.3", says=REFUSED)
class the_error_is_returned:
    def split_heads(x, h):
        B, T, d = x.shape
        if d % h:
            return ValueError("d must divide by h")
        return x.reshape(B, T, h, d // h).transpose(1, 2)


@wrong("04.3", told="view_without_transpose", says="in the order in which they lie in memory")
class viewed_at_once:
    def split_heads(x, h):
        if x.shape[2] % h:
            raise ValueError
        return x.view(x.shape[0], h, x.shape[1], -1)


@wrong("04.3", told="dealt_out_like_cards", says="deals the numbers out in turn")
class every_hth_number:
    def split_heads(x, h):
        if x.shape[2] % h:
            raise ValueError
        return torch.stack([x[..., i::h] for i in range(h)], dim=1)


@wrong("04.3", told="heads_behind_the_tokens", says="leaves the heads behind the tokens")
class stacked_behind:
    def split_heads(x, h):
        if x.shape[2] % h:
            raise ValueError
        return torch.stack(x.chunk(h, -1), dim=2)


@wrong("04.3", says="split_heads has shape (2, 1, 2, 2), not (1, 2, 2, 2)")
class heads_in_front_of_all:
    def split_heads(x, h):
        if x.shape[2] % h:
            raise ValueError
        return torch.stack(x.chunk(h, -1), dim=0)


@wrong("04.3", says="has shape (2, 2, 2), not (1, 2, 2, 2)")
class heads_in_the_batch:
    def split_heads(x, h):
        if x.shape[2] % h:
            raise ValueError
        return torch.cat(x.chunk(h, -1))


@wrong("04.3", says="split_heads gives head 0 of token 0 the numbers [2, 3], not [0, 1]")
class heads_in_reverse:
    def split_heads(x, h):
        if x.shape[2] % h:
            raise ValueError
        return torch.stack(x.chunk(h, -1)[::-1], dim=1)


@wrong("04.3", says="a list of 2, not a torch tensor")
class a_list_of_heads:
    def split_heads(x, h):
        if x.shape[2] % h:
            raise ValueError
        return list(x.chunk(h, -1))


@wrong("04.3", told="merge_without_transpose", says="merge_heads only reshapes")
class flattened_from_the_first_axis:
    def merge_heads(x):
        B, h, T, w = x.shape
        return x.flatten().reshape(B, T, -1)


@wrong("04.3", told="gathered_like_cards", says="one number of each head in turn")
class stacked_along_the_last_axis:
    def merge_heads(x):
        return torch.stack(x.unbind(1), -1).flatten(2)


@wrong("04.3", says="merge_heads, given right heads, puts 2 at number 0 of token 0, where x has 0")
class merged_in_reverse:
    def merge_heads(x):
        return torch.cat(x.unbind(1)[::-1], -1)


@wrong("04.3", says="merge_heads has shape (1, 2, 2), not (1, 2, 4)")
class heads_added_up:
    def merge_heads(x):
        return x.sum(1)


@wrong("04.3", says="merge_heads has shape (1, 4, 2), not (1, 2, 4)")
class tokens_of_all_heads:
    def merge_heads(x):
        return torch.cat(x.unbind(1), 1)


@wrong("04.3", says="3 heads")
class always_two_heads:
    def merge_heads(x):
        return torch.cat([x[:, 0], x[:, -1]], -1) if x.shape[1] > 1 else x[:, 0]


@wrong("04.3", says="merge_heads")
class the_last_text_is_remembered:
    def split_heads(x, h):
        B, T, d = x.shape
        if d % h:
            raise ValueError
        MEMORY["x"] = x
        return x.reshape(B, T, h, d // h).transpose(1, 2)

    def merge_heads(x):
        return MEMORY["x"]


MEMORY = {"x": torch.zeros(1, 1, 1)}


@wrong("04.3", told="dealt_out_like_cards", says="deals the numbers out in turn")
class dealt_out_and_gathered_in:
    def split_heads(x, h):
        B, T, d = x.shape
        if d % h:
            raise ValueError
        return x.reshape(B, T, d // h, h).permute(0, 3, 1, 2)

    def merge_heads(x):
        return x.permute(0, 2, 3, 1).flatten(2)


@wrong("04.3", told="view_without_transpose", says="in the order in which they lie in memory")
class reshaped_there_and_back:
    def split_heads(x, h):
        B, T, d = x.shape
        if d % h:
            raise ValueError
        return x.reshape(B, h, T, d // h)

    def merge_heads(x):
        B, h, T, w = x.shape
        return x.reshape(B, T, h * w)


@wrong("04.3", says="changed its input x")
class emptied_in_place:
    def split_heads(x, h):
        B, T, d = x.shape
        if d % h:
            raise ValueError
        heads = x.reshape(B, T, h, d // h).transpose(1, 2).clone()
        x.zero_()
        return heads


@wrong("04.3", says="the numbers [0, 2], not [0, 1]")
class doubled:
    def split_heads(x, h):
        B, T, d = x.shape
        if d % h:
            raise ValueError
        return 2 * x.reshape(B, T, h, d // h).transpose(1, 2)


@wrong("04.3", says="torch.float64, not torch.float32")
class in_double_precision:
    def split_heads(x, h):
        B, T, d = x.shape
        if d % h:
            raise ValueError
        return x.double().reshape(B, T, h, d // h).transpose(1, 2)


MUTANTS = {
    "split_heads: without: if d % h:": "without_the_check",
    "split_heads: if False:": "without_the_check",
    "split_heads: without: raise ValueError(f'A width of {d} does not divide by {h} heads.')": "without_the_check",
    "split_heads: return x.reshape(B, T, h, d // h)": "heads_behind_the_tokens",
    "split_heads: return x.reshape(B, T, h, d // h).transpose(2, 2)": "heads_behind_the_tokens",
    "split_heads: return x.reshape(B, T, h, d // h).transpose(1, 1)": "heads_behind_the_tokens",
    "merge_heads: return x.reshape(B, T, h * w)": "merge_without_transpose",
    "merge_heads: return x.transpose(2, 2).reshape(B, T, h * w)": "merge_without_transpose",
    "merge_heads: return x.transpose(1, 1).reshape(B, T, h * w)": "merge_without_transpose",
}

"""Answers to 09.8."""

from __future__ import annotations

import math

import torch

from tests.checks.answers import right, wrong
from unravelling.checks import registry

REFERENCE = registry.load("09.8").reference


def mixed(q, keys, values, allowed):
    scores = torch.einsum("hnd,hsd->hns", q, keys) / math.sqrt(q.shape[-1])
    return scores.masked_fill(~allowed, -1e9).softmax(-1) @ values


@right("09.8")
class a_mask_in_two_parts:
    def attend_with_cache(q, k, v, keys, values):
        n, S = q.shape[1], keys.shape[1]
        allowed = torch.cat([torch.ones(n, S), torch.tril(torch.ones(n, n))], dim=1).bool()
        keys, values = torch.cat([keys, k], 1), torch.cat([values, v], 1)
        return mixed(q, keys, values, allowed), keys, values


@right("09.8")
class a_token_handed_in_after_the_last:
    def generate_with_cache(model, prompt, length, chunk):
        cache, place = None, 0
        for piece in torch.split(prompt, chunk):
            logits, cache = model(piece, place, cache)
            place = place + piece.numel()
        tokens = []
        for _ in range(length):
            token = logits[-1:].argmax(-1)
            tokens.append(token.item())
            logits, cache = model(token, place, cache)
            place += 1
        return torch.tensor(tokens)


@wrong("09.8", told="mask_from_the_corner", says="torch's is_causal=True does just that")
class the_flag_of_torch:
    def attend_with_cache(q, k, v, keys, values):
        keys, values = torch.cat([keys, k], 1), torch.cat([values, v], 1)
        output = torch.nn.functional.scaled_dot_product_attention(q, keys, values, is_causal=True)
        return output, keys, values


@wrong("09.8", told="everything_visible", says="so the first token of a chunk sees the last")
class a_mask_of_one_by_one:
    def attend_with_cache(q, k, v, keys, values):
        keys, values = torch.cat([keys, k], 1), torch.cat([values, v], 1)
        return mixed(q, keys, values, torch.ones(1, 1, dtype=torch.bool).tril()), keys, values


@wrong("09.8", says="1 head, 2 new tokens, 1 in the cache")
class a_mask_where_several_are_new_and_wrong:
    def attend_with_cache(q, k, v, keys, values):
        n = q.shape[1]
        keys, values = torch.cat([keys, k], 1), torch.cat([values, v], 1)
        allowed = torch.ones(n, keys.shape[1], dtype=torch.bool)
        if n > 1:
            allowed = allowed.tril()
        return mixed(q, keys, values, allowed), keys, values


@wrong("09.8", says="have shape")
class the_new_ones_alone_come_back:
    def attend_with_cache(q, k, v, keys, values):
        output, _, _ = REFERENCE.attend_with_cache(q, k, v, keys, values)
        return output, k, v


@wrong("09.8", says="should return three things")
class the_output_alone:
    def attend_with_cache(q, k, v, keys, values):
        return REFERENCE.attend_with_cache(q, k, v, keys, values)[0]


@wrong("09.8", says="tokens more than there are in prompt and text together")
class the_prompt_read_twice:
    def generate_with_cache(model, prompt, length, chunk):
        REFERENCE.generate_with_cache(model, prompt, 1, chunk)
        return REFERENCE.generate_with_cache(model, prompt, length, chunk)


@wrong("09.8", says="a list of 4 was asked for")
class one_too_many:
    def generate_with_cache(model, prompt, length, chunk):
        return REFERENCE.generate_with_cache(model, prompt, length + 1, chunk)


@wrong("09.8", told="position_stands_still", says="at the position of the first one")
class counted_from_the_prompt_each_time:
    def generate_with_cache(model, prompt, length, chunk):
        cache, start = None, 0
        for piece in prompt.split(chunk):
            logits, cache = model(piece, start, cache)
            start += len(piece)
        written = []
        for _ in range(length):
            written.append(int(logits[-1].argmax()))
            logits, cache = model(torch.tensor([written[-1]]), start, cache)
        return written


@wrong("09.8")
class the_whole_text_and_the_cache:
    def generate_with_cache(model, prompt, length, chunk):
        cache, text = None, prompt
        for _ in range(length):
            for start in range(0, len(text), chunk):
                logits, cache = model(text[start : start + chunk], start, cache)
            text = torch.cat([text, logits[-1:].argmax(-1)])
        return text[len(prompt) :].tolist()


@wrong("09.8", says="it takes a tensor of tokens")
class an_int_is_no_tensor:
    def generate_with_cache(model, prompt, length, chunk):
        cache = None
        for start in range(0, len(prompt), chunk):
            logits, cache = model(prompt[start : start + chunk], start, cache)
        written = [int(logits[-1].argmax())]
        for place in range(len(prompt), len(prompt) + length - 1):
            logits, cache = model(written[-1], place, cache)
            written.append(int(logits[-1].argmax()))
        return written


@wrong("09.8", says="should return a list of tokens")
class a_text_comes_back:
    def generate_with_cache(model, prompt, length, chunk):
        return " ".join(map(str, REFERENCE.generate_with_cache(model, prompt, length, chunk)))


MUTANTS = {
    "attend_with_cache: allowed = torch.ones(n, total, dtype=torch.bool).tril()": "mask_from_the_corner",
    "attend_with_cache: allowed = torch.ones(n, total, dtype=torch.bool)": "everything_visible",
    "attend_with_cache: scores = q @ keys.transpose(1, 2)": "root_forgotten",
    "attend_with_cache: allowed = torch.ones(n, total, dtype=torch.bool).tril(total + n)": "everything_visible",
    "attend_with_cache: allowed = torch.ones(n, total, dtype=torch.bool).tril(total - -n)": "everything_visible",
    "attend_with_cache: allowed = torch.ones(n, total, dtype=torch.bool).tril(total)": "everything_visible",
    "attend_with_cache: return (scores.softmax(-1) @ values, keys, values)": "everything_visible",
    "generate_with_cache: written = [int(logits[-0].argmax())]": "first_row",
}

"""The cases of 09.8, and its probes: attention with a cache by itself, and a small decoder that writes with both."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ...declare import Case
from ...random_inputs import randint, randn


def cases(rng: torch.Generator) -> Iterator[Case]:
    """The cases of 09.8: of attention alone, then of writing."""

    def attention(name, rule, h, n, S, d):
        q, k, v = (randn(rng, h, n, d) for _ in range(3))
        return Case(name, rule, q=q, k=k, v=v, keys=randn(rng, h, S, d), values=randn(rng, h, S, d))

    def writing(name, rule, T, length, chunk, then=None):
        prompt = torch.randint(31, (T,), generator=rng)
        more = {} if then is None else {"then": torch.randint(31, (then,), generator=rng)}
        return Case(name, rule, prompt=prompt, length=length, chunk=chunk, seed=randint(rng, 0, 9999), **more)

    mask = "A new token sees what is in the cache, the new ones before it, and itself; none of the later ones."
    empty = "With nothing in the cache it is the attention of 04.1 under a causal mask."
    single = "A single new token sees everything in the cache, and itself."
    yield attention("1 head, 2 new tokens, 1 in the cache", mask, 1, 2, 1, 3)
    yield attention("nothing in the cache yet", empty, 2, 3, 0, 5)
    yield attention("one new token, 4 in the cache", single, 2, 1, 4, 3)
    yield attention("4 new tokens, 6 in the cache", mask, 3, 4, 6, 5)
    yield attention("5 new tokens, 2 in the cache", mask, 2, 5, 2, 7)
    chunks = "A prompt that comes in chunks gives the same text as one that comes whole."
    anew = "Every call begins a conversation of its own: nothing is kept of the one before."
    yield writing("a prompt of 3, 4 tokens to write", "", 3, 4, 8)
    yield writing("a prompt of 16 in one go", "", 16, 6, 20)
    yield writing("a prompt of 16 in chunks of 7", chunks, 16, 8, 7)
    yield writing("a prompt of 16 in chunks of 9", chunks, 16, 6, 9)
    yield writing("a prompt of 10 in chunks of 5", chunks, 10, 7, 5)
    yield writing("a prompt of 6, token by token", chunks, 6, 5, 1)
    yield writing("a second conversation after the first", anew, 9, 6, 4, then=5)
    yield writing("one token to write", "The first new token comes from the scores after the prompt.", 5, 1, 3)
    yield writing("40 tokens", "", 7, 40, 10)


def probe(
    solution, q=None, k=None, v=None, keys=None, values=None, prompt=None, length=None, chunk=None, then=None, seed=None
):
    from numbers import Integral

    import torch

    from unravelling.checks.instruments.cached_decoder import CachedDecoder

    attend, generate = solution.attend_with_cache, solution.generate_with_cache

    def three(*given):
        found = attend(*given)
        assert isinstance(found, (tuple, list)) and len(found) == 3, (
            "attend_with_cache should return three things: output, keys, values."
        )
        assert all(isinstance(each, torch.Tensor) for each in found), "attend_with_cache should return three tensors."
        return found

    if q is not None:
        output, all_keys, all_values = three(q, k, v, keys, values)
        return {"output": output, "keys": all_keys, "values": all_values}

    result, spare, model = {}, 0, CachedDecoder(seed, most=chunk, attend=three)
    for name, text in {"tokens": prompt, "second": then}.items():
        if text is None:
            continue
        before = sum(model.worked_on)
        with torch.no_grad():
            written = generate(model, text, length, chunk)
        written = written.tolist() if isinstance(written, torch.Tensor) else written
        assert isinstance(written, (list, tuple)) and all(isinstance(each, Integral) for each in written), (
            "generate_with_cache should return a list of tokens, each an int (or a tensor of shape (length,))."
        )
        result[name] = [int(each) for each in written]
        spare = max(spare, sum(model.worked_on) - before - len(text) - length)  # the last one may be worked on, too
    return result | {"spare": spare}


def show(case: Case) -> str:
    """The lines that show a failure of 09.8."""
    if "q" in case.inputs:
        return "result = attend_with_cache(q, k, v, keys, values)"
    lines = [
        "from unravelling.checks.instruments.cached_decoder import CachedDecoder",
        "model = CachedDecoder(seed, most=chunk, attend=attend_with_cache)",
        'result = {"tokens": list(generate_with_cache(model, prompt, length, chunk))}',
    ]
    if "then" in case.inputs:
        lines.append('result["second"] = list(generate_with_cache(model, then, length, chunk))')
    return "\n".join([*lines, 'result["tokens that the model worked on"] = sum(model.worked_on)'])

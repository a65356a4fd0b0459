"""The cases of 07.1, and its probe: a learner's masking is called many times with one generator."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ...declare import Case
from ...random_inputs import randint

SPECIAL = torch.tensor([0, 1, 2, 3])  # padding, the start, the end, the mask


def cases(rng: torch.Generator) -> Iterator[Case]:
    """The cases of 07.1."""

    def case(name, ids, p, V, calls=1, special=SPECIAL, mask_id=3):
        seed = randint(rng, 0, 9999)
        return Case(name, ids=ids, p=p, special=special, mask_id=mask_id, V=V, calls=calls, seed=seed)

    def drawn(low, high, *shape):
        return torch.randint(low, high, shape, generator=rng)

    text = torch.tensor([1, 14, 17, 15, 19, 12, 16, 2])
    rows = torch.tensor([[1, 9, 8, 7, 5, 2], [1, 6, 3, 4, 2, 0]])
    batch = torch.cat([torch.full((16, 1), 1), drawn(4, 1000, 16, 598), torch.full((16, 1), 2)], dim=1)
    batch[::2, 450:] = 0
    others = {"special": torch.tensor([27, 5, 12]), "mask_id": 5}
    yield case("6 tokens between a start and an end, 100 calls, p = 1", text, 1.0, 20, calls=100)
    yield case("the same, p = 0", text, 0.0, 20, calls=100)
    yield case("2 rows, the second padded, 100 calls, p = 1", rows, 1.0, 10, calls=100)
    yield case("the same 6 tokens, 300 calls, p = 0.5", text, 0.5, 20, calls=300)
    yield case("16 rows of 600 tokens, p = 0.6", batch, 0.6, 1000)
    long = drawn(13, 20, 20_000)
    long[::50], long[7::50], long[11::50] = 27, 5, 12
    yield case("20,000 tokens of 7 kinds, other special tokens, p = 1", long, 1.0, 30, **others)


def probe(solution, ids, p, special, mask_id, V, calls, seed):
    import random

    import torch

    def checked(pair):
        what = "nothing (None)" if pair is None else f"a value of type {type(pair).__name__}"
        text = f"Your function returned {what}, not two tensors: masked and labels."
        assert isinstance(pair, (tuple, list)) and len(pair) == 2, text
        for name, each in zip(("masked", "labels"), pair, strict=True):
            kind = type(each).__name__
            assert isinstance(each, torch.Tensor), f"{name} is a value of type {kind}, not a tensor."
            shape = tuple(each.shape)
            assert shape == tuple(ids.shape), f"{name} has shape {shape}; ids has {tuple(ids.shape)}."
            text = f"{name} is made of {each.dtype}; the numbers of tokens are whole, torch.int64."
            assert each.dtype in (torch.int64, torch.int32, torch.int16), text
        return tuple(each.detach().clone().long() for each in pair)

    def several(seed, calls):
        generator, pairs, changed = torch.Generator().manual_seed(seed), [], ""
        for _ in range(calls):
            given, others = ids.clone(), special.clone()
            masked, labels = checked(solution(given, p, generator, others, mask_id, V))
            pairs.append((masked, labels))
            if not torch.equal(given, ids):
                whose = "masked" if torch.equal(given, masked) else "ids"
                changed = "labels" if torch.equal(given, labels) else whose
            elif not torch.equal(others, special):
                changed = "special"
        return (*(torch.stack([pair[part] for pair in pairs]) for part in (0, 1)), changed)

    before = random.getstate(), torch.get_rng_state()
    masked, labels, changed = several(seed, calls)
    outside = "Python" if random.getstate() != before[0] else ""
    outside = outside if torch.equal(torch.get_rng_state(), before[1]) else "torch"
    much = 0 < p < 1 and ids.numel() * calls > 1000  # so much that no two draws are alike by chance
    again, other = (several(each, min(calls, 100))[0] if much else masked for each in (seed, seed + 1))
    return {
        "all_masked": masked,
        "all_labels": labels,
        "repeats": not much or torch.equal(again, masked[: len(again)]),
        "moves": not much or not torch.equal(other, again),
        "outside": outside,
        "changed": changed,
    }


def show(case: Case) -> str:
    """The lines that show a failure of 07.1."""
    return (
        "generator = torch.Generator().manual_seed(seed)\n"
        "pairs = [mask_tokens(ids, p, generator, special, mask_id, V) for _ in range(calls)]\n"
        "masked, labels = (torch.stack(each) for each in zip(*pairs))  # (calls, ...)\n"
        "chosen = labels != -100\n"
        "shares = {\n"
        '    "chosen": chosen.float().mean(),  # of all tokens, special ones too\n'
        '    "of these masked": (masked[chosen] == mask_id).float().mean(),\n'
        '    "as they were": (masked == ids)[chosen].float().mean(),\n'
        "}\n"
        "print(shares)\n"
        "result = ids, masked[:3], labels[:3], shares"
    )

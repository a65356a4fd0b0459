"""An exercise that rules a function out notices its whole family, from every thread, and with torch's modes off."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils._python_dispatch import _disable_current_modes

from unravelling.checks import registry
from unravelling.checks.engine import run

SOFTMAX = registry.load("00.1")


def in_a_thread(x, dim):
    found = []
    thread = threading.Thread(target=lambda: found.append(x.softmax(dim)))
    thread.start()
    thread.join()
    return found[0]


def in_a_pool(x, dim):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(torch.softmax, x, dim).result()


def in_a_timer(x, dim):
    found = []
    timer = threading.Timer(0, lambda: found.append(torch._safe_softmax(x, dim)))
    timer.start()
    timer.join()
    return found[0]


def attention(x, dim):
    x = x.movedim(dim, -1)
    keys = torch.eye(x.shape[-1], dtype=x.dtype)
    return functional.scaled_dot_product_attention(x, keys, keys, scale=1.0).movedim(-1, dim)


def gradient(x, dim):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(x.logsumexp(dim).sum(), x)[0]


def gradient_of_a_loss(x, dim):
    rows = x.movedim(dim, -1).reshape(-1, x.shape[dim]).detach().requires_grad_()
    loss = functional.cross_entropy(rows, torch.zeros(len(rows), dtype=torch.int64), reduction="sum")
    found = torch.autograd.grad(loss, rows)[0]
    found[:, 0] += 1
    return found.reshape(x.movedim(dim, -1).shape).movedim(-1, dim)


def without_modes(x, dim):
    with _disable_current_modes():
        return torch.softmax(x, dim)


def without_torch_function(x, dim):
    with torch._C.DisableTorchFunction(), torch._C._DisableTorchDispatch():
        return x.softmax(dim)


def operator_without_modes(x, dim):
    with _disable_current_modes():
        return torch.ops.aten._softmax.default(x, dim, False)


def scripted(x, dim):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.trace(lambda x: x.softmax(dim), x)(x)


FAMILY = {
    "safe": lambda x, dim: torch._safe_softmax(x, dim),
    "operator": lambda x, dim: torch.ops.aten._safe_softmax(x, dim),
    "operator of the core": lambda x, dim: torch.ops.aten._softmax(x, dim, False),
    "overload": lambda x, dim: torch.ops.aten.softmax.int(x, dim),
    "attention": attention,
    "in a thread": in_a_thread,
    "in a pool": in_a_pool,
    "in a timer": in_a_timer,
    "logsumexp": lambda x, dim: (x - torch.logsumexp(x, dim, keepdim=True)).exp(),
    "logsumexp of a tensor": lambda x, dim: (x - x.logsumexp(dim, keepdim=True)).exp(),
    "log softmax": lambda x, dim: torch.special.log_softmax(x, dim).exp(),
    "softmin": lambda x, dim: functional.softmin(-x, dim),
    "gumbel's": lambda x, dim: functional.gumbel_softmax(x, dim=dim),
    "masked": lambda x, dim: torch.masked._ops.softmax(x, dim),
    "layer": lambda x, dim: nn.Softmax(dim)(x),
    "gradient": gradient,
    "gradient by torch.func": lambda x, dim: torch.func.grad(lambda x: x.logsumexp(dim).sum())(x),
    "gradient of a loss": gradient_of_a_loss,
    "distribution": lambda x, dim: torch.distributions.Categorical(logits=x.movedim(dim, -1)).probs.movedim(-1, dim),
    "modes off": without_modes,
    "torch function off": without_torch_function,
    "operator with modes off": operator_without_modes,
    "scripted": scripted,
    "called by map": lambda x, dim: next(map(torch.softmax, [x], [dim])),
}


@pytest.mark.parametrize("name", FAMILY)
def test_every_relative_is_noticed(name):
    verdict = run(SOFTMAX, lambda x, dim=-1: FAMILY[name](x, dim))
    assert (verdict.status, verdict.kind) == ("wrong", "forbidden"), verdict.plain()
    assert "which this exercise asks you to do without" in verdict.symptom


def by_hand(x, dim=-1):
    e = (x - x.amax(dim, keepdim=True)).exp()
    return e / e.sum(dim, keepdim=True)


def by_numpy(x, dim=-1):
    values = x.numpy()
    e = numpy.exp(values - values.max(axis=dim, keepdims=True))
    return torch.from_numpy(e / e.sum(axis=dim, keepdims=True))


def by_hand_in_a_thread(x, dim=-1):
    with ThreadPoolExecutor(2) as pool:
        return pool.submit(by_hand, x, dim).result()


def softmax(x, dim=-1):
    """Her own helper of that name is no library's."""
    return by_hand(x, dim)


@pytest.mark.parametrize("answer", [by_hand, by_numpy, by_hand_in_a_thread, lambda x, dim=-1: softmax(x, dim)])
def test_plain_arithmetic_is_allowed(answer):
    assert run(SOFTMAX, answer).passed, run(SOFTMAX, answer).plain()


def test_threads_and_profiling_are_as_before():
    before = threading.Thread._bootstrap_inner, sys.getprofile()
    run(SOFTMAX, lambda x, dim=-1: in_a_thread(x, dim))
    assert (threading.Thread._bootstrap_inner, sys.getprofile()) == before


def test_other_exercises_let_it_be_called():
    def loss(logits, labels):
        chosen = labels != -100
        rows = logits[chosen].log_softmax(-1)
        return -rows.gather(-1, labels[chosen][:, None]).sum() / max(int(chosen.sum()), 1)

    assert run(registry.load("07.2"), loss).passed


def test_what_torch_warns_of_is_not_told_at_a_line_of_ours():
    script = (
        "import torch\nfrom unravelling import check\n"
        "def softmax(x, dim=-1):\n    return torch.quantize_per_tensor(x, 0.1, 0, torch.qint8)\n"
        "async def later(x, dim=-1):\n    return x\n"
        "check('00.1', softmax)\ncheck('00.1', later)\n"
    )
    environment = {**os.environ, "UNRAVELLING_PROGRESS": "", "UNRAVELLING_CHECK": ""}
    ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert ran.stdout.count("Not yet: 00.1 softmax") == 2, ran.stderr
    assert "unravelling" not in ran.stderr and "never awaited" not in ran.stderr

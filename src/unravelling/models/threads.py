"""How many threads torch uses: one for a few tokens and for a small network, all for long texts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

ONE_THREAD_UP_TO = 64  # tokens
# Where threads sleep while they wait for each other (`workplace.PATIENT`, set by `make lab`), a second thread pays
# from about here: 20 tokens took 172 ms instead of 235 on two idle cores, 267 instead of 404 where both were wanted by
# others, 324 instead of 249 where one was.
PATIENT_ONE_THREAD_UP_TO = 8


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread inside, and as many as before afterwards.

    For matrices of a few thousand numbers a second thread saves nothing, and where other programs want the cores it
    waits for them at each operation: measured on 2 busy cores, a step of lesson 05's training took 160 ms on one thread
    and 3,000 ms on two; the decoder on 19 tokens 180 ms on one and 1,300 ms on two.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def threads_for(tokens: int) -> AbstractContextManager[None]:
    """One thread for a pretrained model that reads a few tokens, all of them for longer texts."""
    patient = os.environ.get("OMP_WAIT_POLICY", "").upper() == "PASSIVE"
    return one_thread() if tokens <= (PATIENT_ONE_THREAD_UP_TO if patient else ONE_THREAD_UP_TO) else nullcontext()

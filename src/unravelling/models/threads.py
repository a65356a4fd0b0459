"""How many threads torch uses: one for a sentence and for a small network, all for long texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

ONE_THREAD_UP_TO = 64  # tokens


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread inside, and as many as before afterwards.

    For matrices of a few thousand numbers a second thread saves nothing, and where other programs want the cores it
    waits for them at each operation: measured on 2 busy cores, a step of `reversal.steps` took 160 ms on one thread
    and 3,000 ms on two; the decoder on 19 tokens 180 ms on one and 1,300 ms on two.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def threads_for(tokens: int) -> AbstractContextManager[None]:
    """One thread for a pretrained model that reads a sentence, all of them for longer texts."""
    return one_thread() if tokens <= ONE_THREAD_UP_TO else nullcontext()

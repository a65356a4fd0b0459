"""How many threads small networks run on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread inside, and as many as before afterwards.

    For matrices of a few thousand numbers a second thread saves nothing, and where other programs want the cores it
    waits for them at each operation: measured on 2 busy cores, a step of `reversal.steps` took 160 ms on one thread
    and 3,000 ms on two.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

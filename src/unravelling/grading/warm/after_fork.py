"""What a process that was just forked must renew before it does anything else, while it has one thread."""

from __future__ import annotations

import random
import sys


def own_threads() -> None:
    """Make torch's pool of threads anew.

    A fork has no threads but the one that forked, so torch marks the pool it inherits as broken, and the next to ask
    for it replaces it, without a lock (ATen, pthreadpool-cpp.cc). torch's own hook after a fork asks only where this
    thread has not computed before. A model is loaded by several threads, each of which asks at its first operation,
    and one that asks while another replaces finds none ("Invalid thread pool!"). To ask now is to ask alone.
    """
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(torch.get_num_threads())


def own_chance() -> None:
    """Draw random numbers of its own: two forks of one process would otherwise draw the same."""
    random.seed()
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()
    if (torch := sys.modules.get("torch")) is not None:
        torch.default_generator.seed()

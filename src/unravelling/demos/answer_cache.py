"""What a demo has asked a slow model already, so that going back costs nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


def kept(memory: OrderedDict[Key, Answer], key: Key, make: Callable[[], Answer], most: int) -> Answer:
    """What is remembered under the key, made first where it is not; those asked for last are kept, `most` of them."""
    if key not in memory:
        memory[key] = make()
        while len(memory) > most:
            memory.popitem(last=False)
    memory.move_to_end(key)
    return memory[key]

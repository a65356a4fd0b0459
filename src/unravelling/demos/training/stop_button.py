"""Two ways to stop a cell that trains, both between two whole steps: a button, and the notebook's own interrupt.

While a cell runs, the kernel's main thread is busy, and what a widget sends waits behind the cell. Kernels with
subshells (ipykernel 7) let another thread hear it, where the page asks for that, as JupyterLab does since 4.4. Colab's
kernel (6.17) has none. So the button asks from the page, and is shown only when it was answered.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import anywidget
import traitlets

_CODE = Path(__file__).with_name("stop_button.js")


class StopButton(anywidget.AnyWidget):
    """heard: the kernel hears the button although a cell runs. over: there is nothing to stop any more.

    asked: set when the button was pressed. What it sends is handled in a thread of its own, so all it does is set this.
    """

    _esm = _CODE.read_text(encoding="utf-8")
    _css = ".unravelling-stop[hidden] { display: none; }"

    heard = traitlets.Bool(False).tag(sync=True)
    over = traitlets.Bool(False).tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.on_msg(self._hear)
        # ipykernel 7.4 sends what the page says to the thread that spoke to it last: that would be the busy one, which
        # has just made this widget. Forgetting it leaves the choice to the page. Other versions have no such memory.
        self.comm.__dict__.pop("_reply_subshell_id", None)

    def _hear(self, _: Any, content: Any, buffers: Any) -> None:
        if self.over or not isinstance(content, dict):
            return
        if content.get("here"):
            self.heard = True
        if content.get("stop"):
            self.asked.set()


@contextmanager
def interrupts_asked() -> Iterator[threading.Event]:
    """For the time of the block, the first interrupt (SIGINT) sets the event that is given, instead of breaking in.

    A second one breaks in as ever, for steps that never end. Outside the main thread, where Python hears no signals,
    nothing changes.
    """
    asked = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is None:
        yield asked
        return

    def ask(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        asked.set()

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)

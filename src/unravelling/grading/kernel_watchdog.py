"""See at once that a kernel has ended, and why, and stop one that floods its outputs: nbval itself would only wait."""

from __future__ import annotations

import math
import signal
import time
from collections import deque
from collections.abc import Callable
from queue import Empty
from typing import Any, NoReturn

import zmq

from .warm.messages import KernelEnd


class KernelEnded(RuntimeError):
    """The kernel is gone in the middle of a cell. `reason`: cpu, memory, disk, processes, wall, supervisor, output,
    silent, message, exit, signal; `detail`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"The kernel ended while this cell ran: {detail}.")
        self.reason, self.detail = reason, detail


TOLD = {
    "cpu": "it used too much processor time",
    "memory": "it used too much memory",
    "disk": "it wrote too much",
    "processes": "it started too many processes",
    "wall": "it took too long",
    "supervisor": "what watched over it was lost",
}
# What one cell may give out: bytes, messages, and bytes of what a check publishes.
OUTPUT, MESSAGES, PAYLOAD = 2 << 20, 5000, 96 << 20
PATIENCE = 20  # seconds that outputs may come after the cell's end, where nbval itself waits for 5: machines are busy


class Watchdog:
    """Stands between nbval and one kernel's messages, as its `get_message`.

    seconds: how long an ordinary kernel may run from now; a warm one has a supervisor that sees to it.
    """

    def __init__(self, kernel: Any, seconds: float = math.inf) -> None:
        self._kernel = kernel
        self._waiting: deque[dict] = deque()
        self._bytes = self._count = self._payload = 0
        self.ended: KernelEnded | None = None
        self._provisioner: Any = getattr(kernel.km, "provisioner", None)  # a WarmProvisioner, if the kernel is warm
        self._supervisor = getattr(self._provisioner, "connection", None)
        self._until = time.monotonic() + (seconds if self._supervisor is None else math.inf)
        self._exercise = ""
        self._shell, self._iopub = kernel.kc.shell_channel, kernel.kc.iopub_channel
        kernel.get_message = self.get_message

    def next_cell(self, exercise: str = "") -> None:
        """Forget what the last cell printed; and if this one is another exercise's, what processor time was used.

        Raises KernelEnded where the kernel has ended since the last cell, or before.
        """
        self._bytes = self._count = self._payload = 0
        if exercise != self._exercise and self._supervisor is not None:
            self._provisioner.next_exercise()
        self._exercise = exercise
        if self.ended is not None:
            raise KernelEnded(self.ended.reason, "it had ended before")
        self._notice_the_end()

    def get_message(self, stream: str, timeout: float | None = None) -> dict:
        """As nbval's: the next message of "shell" or "iopub". Raises KernelEnded, and Empty after `timeout` seconds of
        waiting for "shell". Outputs have PATIENCE at least; then the kernel is stopped."""
        if timeout is not None and stream == "iopub":
            timeout = max(timeout, PATIENCE)
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            if stream == "iopub" and self._waiting:
                return self._waiting.popleft()
            rest = None if until is None else until - time.monotonic()
            if time.monotonic() > self._until:
                self._stop("wall", TOLD["wall"])
            if rest is not None and rest <= 0:
                if stream == "iopub":  # the cell has ended, and what says so was never received
                    self._stop("silent", "the notebook was never told that it had ended")
                raise Empty
            ready = self._poll(rest)
            if self._iopub.socket in ready:
                self._take()
            if stream == "shell" and self._shell.socket in ready:
                return self._read(self._kernel.kc.get_shell_msg)
            if not ready:  # all that it had sent is here: if it has ended, nothing more will come
                self._notice_the_end()

    def _poll(self, rest: float | None) -> dict:
        poller = zmq.Poller()
        poller.register(self._iopub.socket, zmq.POLLIN)
        poller.register(self._shell.socket, zmq.POLLIN)
        connection = getattr(self._provisioner, "connection", None) if self.kernel_end is None else None
        if connection is not None:
            poller.register(connection.fileno(), zmq.POLLIN)
        found = dict(poller.poll(200 if rest is None else int(min(200, rest * 1000))))
        if connection is not None:
            found.pop(connection.fileno(), None)
        return found

    @property
    def kernel_end(self) -> KernelEnd | None:
        """What a warm kernel's supervisor told of its end; None for an ordinary kernel, and while it runs."""
        return getattr(self._provisioner, "ended", None)

    def _read(self, read: Callable[..., dict]) -> dict:
        """A message, or the end: what a kernel of ours sends can be read, and nbval would lose its place after it."""
        try:
            message = read(timeout=5)
            message["msg_type"], message["content"], message["parent_header"]
            return message
        except Empty:
            raise
        except Exception as error:
            self._stop("message", f"it sent what is no message ({type(error).__name__})")

    def _take(self) -> None:
        message = self._read(self._kernel.kc.get_iopub_msg)
        kind, content = message["msg_type"], message["content"]
        payload = kind == "display_data" and any("unravelling.values" in mime for mime in content.get("data", ()))
        if kind not in ("status", "execute_input"):
            size = _size(content)
            if payload:
                self._payload += size
            else:
                self._bytes += size
            self._count += 1
            if self._bytes > OUTPUT or self._count > MESSAGES or self._payload > PAYLOAD:
                self._stop("output", f"it gave out more than {OUTPUT >> 20} MB, or {MESSAGES:,} pieces")
        self._waiting.append(message)

    def _stop(self, reason: str, detail: str) -> NoReturn:
        self._kernel.km.shutdown_kernel(now=True)
        self._end(KernelEnded(reason, detail))

    def _notice_the_end(self) -> None:
        if self._kernel.km.has_kernel and self._kernel.km.is_alive():
            return
        end = self.kernel_end or KernelEnd(0)
        if end.reason in TOLD:
            self._end(KernelEnded(end.reason, TOLD[end.reason]))
        if end.exit < 0:
            name = signal.Signals(-end.exit).name if -end.exit in set(signal.Signals) else f"signal {-end.exit}"
            self._end(KernelEnded("signal", f"it was ended by {name}"))
        self._end(KernelEnded("exit", f"it left with exit code {end.exit}"))

    def _end(self, error: KernelEnded) -> NoReturn:
        self.ended = error
        raise error


def _size(content: Any) -> int:
    if isinstance(content, str):
        return len(content)
    if isinstance(content, dict):
        return sum(map(_size, content.values()))
    if isinstance(content, list):
        return sum(map(_size, content))
    return 8

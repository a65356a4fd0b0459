"""The warm process: import what kernels need, then fork one for each request, until its owner is gone.

    python -m unravelling.grading.warm.zygote SOCKET MODULE...

Listens at SOCKET, the number of an open local socket; where that lies it does not know. A request is one line of JSON
(see `forked_kernel.become`); the connection then belongs to that kernel's supervisor. Who has called and says nothing
keeps nobody waiting. Ends when standard input closes, which is the owner's end, however it came.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import time

from unravelling.grading import temporary_folders
from unravelling.grading.sandbox import own_shm

# The second and third an ipykernel imports only when it is made, and its first cell.
NEEDED = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completer",
    "unravelling.grading.warm.forked_kernel",
)
PATIENCE = 10  # seconds that a caller may take to say what it wants
MOST, LONGEST = 100, 1 << 20  # callers who have not said it yet; bytes of what they say


def main(handle: int, imports: list[str]) -> None:
    """Serve until standard input closes."""
    apart = own_shm.possible()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # supervisors are nobody's to wait for
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal is for the owner, who then closes us
    try:
        for name in (*NEEDED, *imports):
            importlib.import_module(name)
        _one_thread_each()
        gc.collect()
        gc.freeze()  # the collector would otherwise touch, and so copy, every page of the warm process in each fork
        print("ready", flush=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        _Serving(socket.socket(fileno=handle), apart).serve()
    finally:
        temporary_folders.remove(os.environ["HOME"])  # an owner that was killed could not do it


def _one_thread_each() -> None:
    """Kernels run side by side: one thread of torch each. Set before the fork, without starting a thread."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    if (threads := len(os.listdir("/proc/self/task"))) != 1:
        raise RuntimeError(f"The warm process has {threads} threads; only a process with one may be forked.")


class _Serving:
    """Callers, each with what it has said so far and until when it is waited for.

    apart: whether kernels behind walls can have shared memory of their own.
    """

    def __init__(self, listening: socket.socket, apart: bool) -> None:
        self.listening, self.apart = listening, apart
        self.said: dict[socket.socket, bytes] = {}
        self.until: dict[socket.socket, float] = {}

    def serve(self) -> None:
        """Until standard input closes."""
        while True:
            nearest = max(0.0, min(self.until.values()) - time.monotonic()) if self.until else None
            waited_for: list[int | socket.socket] = [0, self.listening, *self.said]
            readable, _, _ = select.select(waited_for, [], [], nearest)
            if 0 in readable and not os.read(0, 1):
                return
            for caller in [each for each in self.said if each in readable]:
                self._hear(caller)
            for caller in [each for each, until in self.until.items() if until <= time.monotonic()]:
                self._forget(caller)
            if self.listening in readable:
                self._answer()

    def _answer(self) -> None:
        caller, _ = self.listening.accept()
        user = struct.unpack("3i", caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
        if user != os.geteuid():
            caller.close()
            return
        if len(self.said) >= MOST:
            self._forget(next(iter(self.said)))
        caller.setblocking(False)
        self.said[caller], self.until[caller] = b"", time.monotonic() + PATIENCE

    def _hear(self, caller: socket.socket) -> None:
        try:
            part = caller.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        self.said[caller] += part
        text = self.said[caller]
        if part and not text.endswith(b"\n") and len(text) < LONGEST:
            return
        with contextlib.suppress(ValueError):
            request = json.loads(text) if part else None
            if isinstance(request, dict):
                self._fork(request, caller)
        self._forget(caller)

    def _forget(self, caller: socket.socket) -> None:
        caller.close()
        del self.said[caller], self.until[caller]

    def _fork(self, request: dict, caller: socket.socket) -> None:
        if os.fork() == 0:
            code = 1
            try:
                for each in (self.listening, *self.said):
                    if each is not caller:
                        each.close()
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                from unravelling.grading.warm import supervisor

                supervisor.supervise(request, caller, self.apart)
                code = 0
            finally:
                os._exit(code)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])

"""The warm process: import what kernels need, then fork one for each request, until its owner is gone.

    python -m unravelling.grading.warm.server ADDRESS MODULE...

Listens at ADDRESS, a local socket. A request is one line of JSON (see `kernel.become`); the connection then belongs to
that kernel's keeper. Ends when standard input closes, which is the owner's end, however it came.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys

# The second and third an ipykernel imports only when it is made, and its first cell.
NEEDED = ("ipykernel.kernelapp", "ipykernel.debugger", "IPython.core.completer", "unravelling.grading.warm.kernel")


def main(address: str, imports: list[str]) -> None:
    """Serve until standard input closes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are nobody's to wait for
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal is for the owner, who then closes us
    for name in (*NEEDED, *imports):
        importlib.import_module(name)
    _one_thread_each()
    gc.collect()
    gc.freeze()  # the collector would otherwise touch, and so copy, every page of the warm process in each fork
    listening = socket.socket(socket.AF_UNIX)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(address)
    old = os.umask(0o177)  # only the owner's user may ask for kernels
    listening.bind(address)
    os.umask(old)
    listening.listen(64)
    print("ready", flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        while True:
            readable, _, _ = select.select([0, listening], [], [])
            if 0 in readable and not os.read(0, 1):
                return
            if listening in readable:
                connection, _ = listening.accept()
                _serve(connection, listening)
    finally:
        shutil.rmtree(os.path.dirname(address), ignore_errors=True)  # an owner that was killed could not do it


def _one_thread_each() -> None:
    """Kernels run side by side: one thread of torch each. Set before the fork, without starting a thread."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    if (threads := len(os.listdir("/proc/self/task"))) != 1:
        raise RuntimeError(f"The warm process has {threads} threads; only a process with one may be forked.")


def _serve(connection: socket.socket, listening: socket.socket) -> None:
    connection.settimeout(10)
    text = b""
    try:
        while not text.endswith(b"\n"):
            part = connection.recv(1 << 16)
            if not part:
                return
            text += part
        request = json.loads(text)
    except (OSError, ValueError):
        connection.close()
        return
    if os.fork() == 0:
        code = 1
        try:
            listening.close()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            from unravelling.grading.warm import keeper

            keeper.keep(request, connection)
            code = 0
        finally:
            os._exit(code)
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

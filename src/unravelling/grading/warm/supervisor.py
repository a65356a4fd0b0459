"""Between the warm process and a kernel: start it, watch what it uses, tell its end, leave nothing of it behind.

A supervisor adopts every orphan of its kernel (PR_SET_CHILD_SUBREAPER), so that a process in a session of its own is
found all the same. On its connection it writes one line when the kernel has begun (`{"pid": ...}`) and one when it has
ended (`messages.KernelEnd`), and reads single bytes: "i" interrupts the kernel, "n" says that the next exercise begins
(answered by `{"next": true}` when what the last one left running is ended), "k" ends the kernel, as does a connection
that closes.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import time
from dataclasses import asdict
from typing import Any

from unravelling.grading import sandbox
from unravelling.grading.sandbox import own_shm, system_calls
from unravelling.grading.warm import accounting
from unravelling.grading.warm.messages import KernelBounds, KernelEnd

LOOK_EVERY = 0.25  # seconds


def supervise(request: dict, connection: socket.socket, apart: bool) -> None:
    """Fork the kernel of a request and stay until it and all its processes are gone.

    apart: whether a kernel behind walls gets shared memory of its own.
    """
    os.setsid()  # a signal to the owner's group must not end the one who tidies up
    system_calls.control(system_calls.SUBREAPER, 1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    walls = request.get("walls") or {}
    request["apart"] = apart = apart and bool(walls)
    if apart:
        own_shm.enter()
    usage = _Usage(KernelBounds(**request.get("bounds", {})), walls, apart)
    kernel = os.fork()
    if kernel == 0:
        try:
            connection.close()
            from unravelling.grading.warm.forked_kernel import become

            become(request)
        finally:
            os._exit(70)
    connection.setblocking(False)
    _tell(connection, pid=kernel)
    reason = _stay(kernel, connection, usage)
    _end_all()
    code = _exit_codes.get(kernel, -signal.SIGKILL)
    total = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not reason and code == -signal.SIGXCPU:
        reason = "cpu"
    cpu = round(total.ru_utime + total.ru_stime, 3)
    _tell(connection, **asdict(KernelEnd(code, reason, cpu, max(usage.peak, total.ru_maxrss * 1024))))


def _stay(kernel: int, connection: socket.socket, usage: _Usage) -> str:
    """Until the kernel has ended or is to be ended. Returns the bound that it passed, or an empty text."""
    ended = os.pidfd_open(kernel)
    last = 0.0
    while True:
        waited_for: list[int | socket.socket] = [ended, connection]
        readable, _, _ = select.select(waited_for, [], [], LOOK_EVERY)
        if ended in readable:
            return ""
        if connection in readable:
            try:
                said = connection.recv(1)
            except OSError:
                said = b""
            if said == b"i":
                os.killpg(kernel, signal.SIGINT)
            elif said == b"n":
                _end_all(but=kernel)  # what an exercise leaves running would take from the next
                _tell(connection, next=True)
                usage.next_exercise()
            else:
                return ""
        if time.monotonic() - last < LOOK_EVERY:
            continue
        last = time.monotonic()
        if reason := usage.passed_bound():
            return reason


class _Usage:
    """What the processes below this one use, against what they may. peak: bytes of memory at most until now."""

    def __init__(self, bounds: KernelBounds, walls: dict[str, Any], apart: bool) -> None:
        self.bounds, self.apart = bounds, apart
        self.peak, self._cpu_before, self._begun = 0, 0.0, time.monotonic()
        self._own = [*walls.get("writes", []), *([walls["sockets"]] if walls else [])]
        # What is trusted may start what has others' rights, and share as much as it likes.
        alone = not walls or sandbox.counted_alone(walls["user"], apart)
        self._most_processes = 0 if alone else walls["limits"]["processes"]
        self._looks: dict[str, Any] = {"closed": 0}
        if walls:
            self._looks = {"own": self._own, "closed": accounting.TOO_MUCH, "unseen": walls["limits"]["file"]}
        self._memory = _Memory()

    def next_exercise(self) -> None:
        """Processor time is counted anew."""
        self._cpu_before = accounting.cpu(accounting.family())

    def passed_bound(self) -> str:
        """The bound that is passed now; empty while there is none."""
        bounds, processes = self.bounds, accounting.family()
        found = accounting.use(processes, **self._looks)
        found.other += own_shm.used() if self.apart else 0
        self.peak = max(self.peak, found.memory)
        if bounds.cpu and found.cpu > bounds.cpu + self._cpu_before:
            return "cpu"
        if bounds.memory and self._memory.too_much(processes, found.anonymous, found.other, bounds.memory):
            return "memory"
        if self._most_processes and accounting.tasks(processes) > self._most_processes:
            return "processes"
        if bounds.wall and time.monotonic() - self._begun > bounds.wall:
            return "wall"
        if bounds.disk and found.nameless + accounting.stored(self._own, bounds.disk) > bounds.disk:
            return "disk"
        return ""


class _Memory:
    """Whether some processes hold too much, also where a page that forks share counts once; that takes longer to see.

    So it is not looked for all the time: nobody's forks may keep a core busy with it.
    """

    _again = 0.0  # when it may be looked at next

    def too_much(self, processes: list[int], anonymous: int, other: int, most: int) -> bool:
        """anonymous, other: bytes, as accounting.use tells them. most: bytes beyond what this process has."""
        mine = [os.getpid()]
        begun = time.monotonic()
        if anonymous + other <= most + accounting.anonymous(mine) or begun < self._again:
            return False
        exact, own = accounting.exact_memory(processes), accounting.exact_memory(mine)
        now = time.monotonic()
        self._again = now + 2 * (now - begun)
        return exact is None or own is None or exact + other > most + own


_exit_codes: dict[int, int] = {}


def _tell(connection: socket.socket, **line) -> None:
    with contextlib.suppress(OSError):  # nobody may be there any more to hear it
        connection.sendall(json.dumps(line).encode() + b"\n")


def _end_all(but: int = 0) -> None:
    """End every process that descends from this one, also those that are started meanwhile; one may be spared."""
    for _ in range(200):
        processes = [each for each in accounting.family() if each != but]
        for each in processes:
            with contextlib.suppress(OSError):
                os.kill(each, signal.SIGSTOP)  # first stand still, so that none of them starts another
        for each in processes:
            with contextlib.suppress(OSError):
                os.kill(each, signal.SIGKILL)
        for each in processes:
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(each, 0)
                _exit_codes[pid] = os.waitstatus_to_exitcode(status)
        if not processes or (but and all(map(accounting.ended, processes))):  # its children are the kernel's
            return

"""What a fork of the warm process does to be a kernel of its own, behind walls if it is asked to."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

import zmq
from ipykernel.iostream import IOPubThread
from ipykernel.kernelapp import IPKernelApp
from IPython.core.history import HistoryManager
from traitlets.config import Config

from unravelling.grading import sandbox
from unravelling.grading.sandbox import own_shm, system_calls
from unravelling.grading.warm import after_fork

ROOM = 1_000  # processes; more than one notebook can start until its supervisor sees them


class _Kernel(IPKernelApp):
    """An ipykernel that needs no TCP port and connects to nothing, not even to itself."""

    def init_iopub(self, context) -> None:
        class WithoutPipe(IOPubThread):
            def __init__(self, socket, pipe=False, session=False):
                super().__init__(socket, pipe=False, session=session)

        # The pipe, a TCP port, would bring output of forked children; ipykernel opens it unasked.
        names = vars(sys.modules["ipykernel.kernelapp"])
        before, names["IOPubThread"] = names["IOPubThread"], WithoutPipe
        try:
            super().init_iopub(context)
        finally:
            names["IOPubThread"] = before

    def init_control(self, context) -> None:
        super().init_control(context)
        endpoint = self.shell_socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()
        with contextlib.suppress(Exception):  # older ipykernels have no such socket, or no such connection
            self.debug_shell_socket.disconnect(endpoint)  # the debugger's door to this very kernel


def become(request: dict) -> None:
    """Be the kernel of a request, to the end of this process.

    request: `connection_file`, `cwd`, `environment` (all of it), and `walls` (None, or what sandbox.enter takes).
    """
    os.setsid()
    for each in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(each, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a file that is too long is an OSError
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.closerange(3, 4096)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr  # type: ignore[misc]  # final to typeshed, not to Python
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["cwd"])
    after_fork.own_threads()
    after_fork.own_chance()
    if walls := request.get("walls"):
        limits = sandbox.Limits(**walls["limits"])
        reads, writes = (map(Path, walls[each]) for each in ("reads", "writes"))
        sandbox.enter(limits, reads, writes, walls["user"], Path(walls["sockets"]), request["apart"], ROOM)
        os.environ.update(walls["environment"])
        if not request["apart"]:
            own_shm.explain()
    elif request["cwd"] not in sys.path:
        sys.path.insert(0, request["cwd"])
    system_calls.control(system_calls.DIE_WITH_PARENT, signal.SIGKILL)  # after the walls: another user undoes it
    HistoryManager.enabled = False  # type: ignore[assignment]  # in place of the trait itself
    settings = Config()
    settings.IPKernelApp.connection_file = request["connection_file"]
    settings.IPKernelApp.parent_handle = 0
    settings.IPKernelApp.log_level = 50
    if walls:  # an empty profile: the home is empty too, and the usual one costs fifty files
        settings.ProfileDir.location = str(Path(walls["writes"][0], ".profile"))
        Path(settings.ProfileDir.location).mkdir(exist_ok=True)
    settings.HistoryManager.enabled = False
    app = _Kernel.instance(config=settings)
    app.initialize([])
    app.start()
    os._exit(0)

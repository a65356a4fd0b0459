"""Keep a warm process from which kernels are forked, and the kernel specification that names it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import site
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from unravelling.grading import temporary_folders, warm


class NoWarmKernels(RuntimeError):
    """Warm kernels are not to be had here; the message says why. Ordinary kernels give the same verdicts."""


def offered() -> str:
    """Empty where warm kernels can be had, else why not."""
    if sys.platform != "linux":
        return f"forking after torch is loaded is not safe on {sys.platform}"
    if not hasattr(os, "pidfd_open"):
        return "this Python or this kernel has no pidfd_open"
    return ""


class ForkServer:
    """A warm process: `with ForkServer(["torch"]) as server: ...`.

    imports: the modules to have ready. Made without `with`, it is not ready before `wait` has returned. `environment`
    are the variables that make jupyter_client use it: the address, and JUPYTER_PATH with the kernel specification
    `warm.KERNEL`. Its own environment is nearly empty: a fork can read what it was started with. Raises NoWarmKernels.
    """

    def __init__(self, imports: Iterable[str]) -> None:
        if why := offered():
            raise NoWarmKernels(why)
        self.folder = Path(temporary_folders.short_folder("unravelling-server-"))
        try:
            self._start(imports)
        except BaseException:
            temporary_folders.remove(self.folder)
            raise

    def _start(self, imports: Iterable[str]) -> None:
        specification = self.folder / "share" / "kernels" / warm.KERNEL
        specification.mkdir(parents=True)
        text: dict[str, Any] = {"argv": ["-"], "display_name": "Python 3 (warm)", "language": "python"}
        text["metadata"] = {"kernel_provisioner": {"provisioner_name": warm.KERNEL}}
        (specification / "kernel.json").write_text(json.dumps(text), encoding="utf-8")
        # It is told nothing of where it listens: what it knows, its forks know, and they are not to call it.
        address = str(self.folder / secrets.token_hex(8))
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(address)
        os.chmod(address, 0o600)  # only the owner's user may ask for kernels
        listening.listen(64)
        names = ("PATH", "PYTHONPATH", "PYTHONNOUSERSITE", "LANG")
        passed_on = {name: os.environ[name] for name in names if name in os.environ}
        quiet = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "HOME": str(self.folder), "PYTHONHASHSEED": "0"}
        quiet |= {"MPLCONFIGDIR": str(self.folder), "MPLBACKEND": "agg", "HF_HUB_OFFLINE": "1"}
        quiet["PYTHONUSERBASE"] = site.getuserbase()  # with another home, what pip installed --user would not be found
        quiet["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # its warning is for those who debug
        handle = listening.fileno()
        command = [sys.executable, "-m", "unravelling.grading.warm.zygote", str(handle), *imports]
        pipe = subprocess.PIPE
        with listening:  # from then on it alone listens: whoever calls one that has ended is told so
            self.process = subprocess.Popen(
                command, env={**passed_on, **quiet}, pass_fds=[handle], stdin=pipe, stdout=pipe, stderr=pipe
            )
        paths = [str(self.folder / "share"), *filter(None, [os.environ.get("JUPYTER_PATH")])]
        self.environment = {warm.ADDRESS: address, "JUPYTER_PATH": os.pathsep.join(paths)}

    @property
    def _pipes(self) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
        process = self.process
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        return process.stdin, process.stdout, process.stderr

    def wait(self) -> None:
        """Wait until it is ready. Raises NoWarmKernels if it has ended instead."""
        _, told, wrong = self._pipes
        if told.readline().strip() != b"ready":
            said = wrong.read().decode(errors="replace").strip().splitlines()[-1:] or ["without a word"]
            self.close()
            raise NoWarmKernels(f"the warm process ended: {said[0]}")

    def close(self) -> None:
        """End the warm process. Kernels end with the connections of those who use them."""
        stdin, *others = self._pipes
        with contextlib.suppress(OSError):
            stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in others:
            pipe.close()
        temporary_folders.remove(self.folder)

    def __enter__(self) -> ForkServer:
        self.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

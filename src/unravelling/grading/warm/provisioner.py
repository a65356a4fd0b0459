"""How jupyter_client starts a kernel in the warm process (entry point `jupyter_client.kernel_provisioners`)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerBase

from unravelling.grading import temporary_folders, warm
from unravelling.grading.warm.messages import KernelEnd


class NoForkServer(RuntimeError):
    """There is no warm process to fork from, or it has ended; the message says so."""


class WarmProvisioner(KernelProvisionerBase):
    """A fork of the process listening at $UNRAVELLING_FORK_SERVER as a kernel, with sockets in a folder of its own.

    `ended` is what the supervisor told when the kernel had ended; None before.
    """

    connection: socket.socket | None = None
    pid: int | None = None
    ended: KernelEnd | None = None
    folder: str = ""
    _said = b""
    _next = False

    @property
    def has_process(self) -> bool:
        return self.connection is not None

    @property
    def _manager(self) -> KernelManager:
        assert isinstance(self.parent, KernelManager)  # it made this provisioner
        return self.parent

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        manager = self._manager
        self.walls = json.loads(os.environ.get(warm.WALLS, "null"))
        if place := os.environ.get(warm.SOCKETS):
            self.folder = tempfile.mkdtemp(prefix="k", dir=place)
        else:
            self.folder = temporary_folders.short_folder("unravelling-k")
        if self.walls:  # there it may make sockets and nothing else, such as a link to somebody else's
            self.walls["sockets"] = self.folder
        manager.cache_ports = False
        manager.transport, manager.ip = "ipc", str(Path(self.folder, "z"))
        manager.connection_file = str(Path(self.folder, "c.json"))
        manager.write_connection_file()
        if self.walls and self.walls["user"] is not None and os.geteuid() == 0:
            for each in (self.folder, manager.connection_file):
                os.chown(each, self.walls["user"], self.walls["user"])
        self.connection_info = manager.get_connection_info()
        return await super().pre_launch(cmd=["-"], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        address = os.environ.get(warm.ADDRESS)
        if not address:
            raise NoForkServer(f"No warm process is named in {warm.ADDRESS}: name another kernel, such as python3.")
        request = {
            "connection_file": self._manager.connection_file,
            "cwd": str(kwargs.get("cwd") or os.getcwd()),
            "environment": dict(kwargs.get("env") or os.environ),
            "walls": self.walls,
            "bounds": json.loads(os.environ.get(warm.BOUNDS, "{}")),
        }
        if self.walls:
            request["cwd"], request["environment"] = self.walls["writes"][0], {}
        self.connection = socket.socket(socket.AF_UNIX)
        try:
            self.connection.connect(address)
            self.connection.sendall(json.dumps(request).encode() + b"\n")
            self.connection.settimeout(30)
            while self.pid is None:
                self._take(self.connection.recv(1 << 16))
        except (OSError, EOFError) as error:
            self.connection = None
            raise NoForkServer("The warm process does not answer: it has ended.") from error
        self.connection.setblocking(False)
        return self.connection_info

    def _take(self, part: bytes) -> None:
        if not part:
            raise EOFError
        *lines, self._said = (self._said + part).split(b"\n")
        for line in map(json.loads, lines):
            if "pid" in line:
                self.pid = line["pid"]
            elif "next" in line:
                self._next = True
            else:
                self.ended = KernelEnd(**line)

    def look(self) -> KernelEnd | None:
        """What the supervisor told of the kernel's end; None while it runs."""
        if self.connection is not None and self.ended is None:
            try:
                self._take(self.connection.recv(1 << 16))
            except BlockingIOError:
                pass
            except (OSError, EOFError):
                self.ended = KernelEnd(-signal.SIGKILL, "supervisor")
        return self.ended

    async def poll(self) -> int | None:
        if self.connection is None:
            return 0
        return None if (end := self.look()) is None else end.exit

    async def wait(self) -> int | None:
        while (code := await self.poll()) is None:
            await asyncio.sleep(0.01)
        return code

    async def send_signal(self, signum: int) -> None:
        if self.connection is None or self.look() is not None or signum == 0:
            return
        with contextlib.suppress(OSError):
            self.connection.send(b"i" if signum == signal.SIGINT else b"k")

    def next_exercise(self) -> None:
        """End what the kernel's cells have left running; from now on it may use its processor time anew."""
        if self.connection is None or self.look() is not None:
            return
        self._next = False
        with contextlib.suppress(OSError):
            self.connection.send(b"n")
        while self.look() is None and not self._next:  # it is by looking that the answer is heard
            select.select([self.connection], [], [], 0.2)

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        self.pid, self._said = None, b""
        if not restart:
            temporary_folders.remove(self.folder)

    async def get_provisioner_info(self) -> dict[str, Any]:
        return {**await super().get_provisioner_info(), "pid": self.pid}

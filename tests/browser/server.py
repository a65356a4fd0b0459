"""One JupyterLab for the whole run: on this machine only, with private folders, ended for certain.

It serves copies of the notebooks, so a test can never write into the repository.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from unravelling import workplace

ROOT = Path(__file__).parents[2]
FOLDERS = ("course", "exercises", "solutions")
STARTS_WITHIN = 90  # seconds, on a machine that is busy with other tests
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine is asked without any proxy


class LabServer:
    """`with LabServer(folder) as lab:` serves folder/notebooks at lab.url; a kernel belongs to a notebook's path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notebooks = folder / "notebooks"
        self.token = secrets.token_hex(16)
        self.url = ""
        self.log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._sessions: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> LabServer:
        for name in FOLDERS:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.notebooks / name)
        self.notebooks.mkdir(exist_ok=True, parents=True)
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--expose-app-in-browser"]
        command += [f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.notebooks}"]
        command += workplace.LAB_STYLE
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.notebooks,
                env=self._environment(),
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start_session(self, notebook: str) -> None:
        """A kernel for `notebook` (a served path) before the page opens, so that Lab does not ask for one."""
        asked = {"path": notebook, "type": "notebook", "name": notebook, "kernel": {"name": "python3"}}
        self._sessions[notebook] = self.ask("POST", "/api/sessions", asked)

    def end_session(self, notebook: str) -> None:
        session = self._sessions.pop(notebook, None)
        if session:
            self.ask("DELETE", f"/api/sessions/{session['id']}")

    def kernel_process(self, notebook: str) -> psutil.Process | None:
        """The process of the notebook's kernel, known by the name of its connection file."""
        kernel = self._sessions[notebook]["kernel"]["id"]
        for child in psutil.Process(self._process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it may have ended meanwhile
                if any(kernel in part for part in child.cmdline()):
                    return child
        return None

    def ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        with _DIRECT.open(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def stop(self) -> None:
        """End the server and every process it started, each by its id."""
        if self._process is None:
            return
        try:
            family = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            family = []
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for process in family:
            try:
                process.terminate()
            except psutil.NoSuchProcess:
                continue
        for process in psutil.wait_procs(family, timeout=5)[1]:
            process.kill()
        self._process = None

    def _environment(self) -> dict[str, str]:
        private = {
            name: str(self.folder / name.lower())
            for name in (
                "JUPYTER_CONFIG_DIR",
                "JUPYTER_DATA_DIR",
                "JUPYTER_RUNTIME_DIR",
                "JUPYTERLAB_SETTINGS_DIR",
                "JUPYTERLAB_WORKSPACES_DIR",
                "IPYTHONDIR",
            )
        }
        for path in private.values():
            Path(path).mkdir(parents=True)
        environment = {k: v for k, v in os.environ.items() if k not in ("UNRAVELLING_CHECK", "OMP_NUM_THREADS")}
        environment |= private | workplace.PATIENT
        environment["JUPYTER_CONFIG_PATH"] = str(workplace.LAB_SETTINGS)  # what `make lab` sets: no news pop-up
        environment["UNRAVELLING_PROGRESS"] = str(self.folder / "progress.jsonl")
        return environment

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                self.ask("GET", "/api/status")
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        raise RuntimeError(
            f"JupyterLab did not start within {STARTS_WITHIN} s. Its log: {self.log.read_text()[-3000:]}"
        )


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _die_with_parent() -> None:
    """Linux: the server ends even if the tests are killed outright; its kernels watch for it themselves."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG

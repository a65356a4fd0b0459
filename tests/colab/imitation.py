"""An environment like Colab's, and a notebook run alone in it.

The base, in .cache/colab-venv, holds Colab's versions and is made once. On it stands a fresh environment for each test
run that sees the base and has nothing of its own: what the setup cell installs lands there, so it can be listed, and
the base stays as it was. A stub `google.colab` tells the notebook where it is. This shows the kernel's side only.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat
from filelock import FileLock
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / ".cache" / "colab-venv"
PUBLISHED = tomllib.loads(Path(__file__).with_name("published.toml").read_text(encoding="utf-8"))
PYTHON = (3, 11)  # Colab has 3.13; the course's tests carry torch for 3.11 only


class NoImitation(RuntimeError):
    """The environment could not be made here; the message says why."""


def base() -> Path:
    """The site-packages folder of the base, made if its pins are not those of published.toml. Raises NoImitation."""
    pins = [f"{name}=={version}" for name, version in PUBLISHED["imitation"].items()]
    stamp = BASE / "pins.txt"
    BASE.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{BASE}.lock"):  # two test processes ask for it
        if not (stamp.exists() and stamp.read_text(encoding="utf-8") == "\n".join(pins)):
            shutil.rmtree(BASE, ignore_errors=True)
            _run([_python_3_11(), "-m", "venv", str(BASE)], "could not make an environment")
            _run([str(_python_of(BASE)), "-m", "pip", "install", "-q", *pins], "could not install Colab's versions")
            stamp.write_text("\n".join(pins), encoding="utf-8")
    return _site_packages(BASE)


@dataclass(frozen=True)
class Colab:
    """A fresh environment on the base, and what its kernels are told."""

    folder: Path
    wheel: Path
    cache: str

    @property
    def python(self) -> Path:
        return _python_of(self.folder / "venv")

    def installed(self) -> dict[str, str]:
        """Name and version of what was installed on top of the base (pip's own aside)."""
        command = [
            str(self.python),
            "-m",
            "pip",
            "list",
            "--format=json",
            "--path",
            str(_site_packages(self.folder / "venv")),
        ]
        listed = json.loads(_run(command, "could not list what is installed"))
        return {row["name"].lower(): row["version"] for row in listed if row["name"] not in ("pip", "setuptools")}

    def run(self, notebook: Path, folder: Path, seconds: int = 300) -> nbformat.NotebookNode:
        """Run every cell of a copy of `notebook`, the only file in `folder`. Raises nbclient's CellExecutionError."""
        alone = folder / notebook.name
        shutil.copy(notebook, alone)
        node = nbformat.read(alone, as_version=4)
        before = os.environ.get("JUPYTER_PATH")
        os.environ["JUPYTER_PATH"] = str(self.folder / "jupyter")
        try:
            client = NotebookClient(
                node, timeout=seconds, kernel_name="colab", resources={"metadata": {"path": str(folder)}}
            )
            client.execute()
        finally:
            os.environ.pop("JUPYTER_PATH") if before is None else os.environ.update(JUPYTER_PATH=before)
        return node


def fresh(folder: Path, wheel: Path, cache: str) -> Colab:
    """A new environment on the base. `wheel`: what the setup cell installs. `cache`: where the models are already."""
    below = base()
    colab = Colab(folder, wheel, cache)
    _run([_python_3_11(), "-m", "venv", str(folder / "venv")], "could not make an environment")
    (_site_packages(folder / "venv") / "colab_base.pth").write_text(f"{below}\n", encoding="utf-8")
    stub = folder / "stub" / "google" / "colab"
    stub.mkdir(parents=True)
    (stub.parent / "__init__.py").touch()
    (stub / "__init__.py").write_text('"""Stands for the module that only Colab has."""\n', encoding="utf-8")
    kernel = folder / "jupyter" / "kernels" / "colab"
    kernel.mkdir(parents=True)
    told = {
        "PYTHONPATH": str(folder / "stub"),
        "UNRAVELLING_SOURCE": str(wheel),
        "UNRAVELLING_CACHE": cache,
        "UNRAVELLING_PROGRESS": "",
        "UNRAVELLING_CHECK": "",
    }
    spec = {"argv": [str(colab.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"], "env": told}
    spec |= {"display_name": "Colab", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    return colab


def _python_3_11() -> str:
    if sys.version_info[:2] == PYTHON:
        return sys.executable
    found = shutil.which("python3.11")
    if found is None or subprocess.run([found, "-V"], capture_output=True).returncode:
        raise NoImitation("The imitation of Colab needs Python 3.11, which is not here: install it to run these tests.")
    return found


def _python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _site_packages(environment: Path) -> Path:
    return next(iter([*environment.glob("lib/python*/site-packages"), *environment.glob("Lib/site-packages")]))


def _run(command: list[str], failed: str) -> str:
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if ran.returncode:
        said = ran.stderr.strip().splitlines() or ["it said nothing"]
        raise NoImitation(
            f"The imitation of Colab {failed}: {next((s for s in said if s.startswith('ERROR')), said[-1])}"
        )
    return ran.stdout


if __name__ == "__main__":
    try:
        base()
    except NoImitation as error:  # the tests that need it say so, too
        print(error)

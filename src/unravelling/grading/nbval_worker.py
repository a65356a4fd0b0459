"""The process of one pytest: nbval on one rebuilt notebook, judged as it runs; and what is ready before the fork."""

from __future__ import annotations

import gc
import os
import signal
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from . import sandbox, warm
from .sandbox import system_calls
from .warm import after_fork

if TYPE_CHECKING:
    from .probe_judge import Judge

EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
# Bytes of memory that a pytest may add for what a kernel sends it (a check up to 96 MB) and for judging it, which
# takes more than 1 and less than 1.25 GB where a decoder reads the answer (10.5).
READING = 2 << 30


@lru_cache(maxsize=32)
def judge_of(module: str, seed: int) -> Judge:
    """The judge of a module and a seed, with its right answers worked out; a fork finds it ready."""
    from .probe_judge import Judge

    judge = Judge(module, seed)
    judge.warm()
    gc.freeze()  # a collector in a fork would touch, and so copy, all that is here
    return judge


def prepare() -> None:
    """Import what every pytest needs, once, before they are forked; start no thread.

    Nothing of it is imported before the warm process is started: both take their seconds side by side.
    """
    # jsonschema asks it for a grammar of web addresses, which takes 1.5 seconds to build and no notebook needs
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # typeshed knows no None there
    import IPython  # noqa: F401
    import nbformat
    import nbval.plugin  # noqa: F401
    from jupyter_client.provisioning import KernelProvisionerFactory

    from unravelling.checks.instruments.optional_torch import torch

    from . import nbval_hooks  # noqa: F401

    nbformat.reads(EMPTY, as_version=4)  # compiles the schema that every notebook is validated against
    if torch:
        torch.set_num_threads(1)
    KernelProvisionerFactory.instance()  # reads the entry points of all packages, which takes a tenth of a second


def run(module: str, seed: int, notebook: Path, sink: Path, environment: dict[str, str], wall: float) -> None:
    """In a process of its own: nbval on one notebook, judged as it runs. wall: seconds it may run for."""
    for each in (signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])):
        signal.signal(each, signal.SIG_DFL)  # tidying up is for the one that started it
    after_fork.own_threads()
    os.environ.update(environment)
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ["UNRAVELLING_NO_HUB"] = "1"  # models.hub.CLOSED: nobody names a model for this process to load
    log = os.open(notebook.with_suffix(".log"), os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(notebook.parent)
    import pytest

    from .nbval_hooks import JudgingPlugin

    if warm.ADDRESS in environment:  # on Linux
        system_calls.control(system_calls.DIE_WITH_PARENT, signal.SIGKILL)  # who is killed can tidy up no more
        sandbox.bound_memory(READING)
    settings = notebook.parent / "pytest.ini"
    settings.write_text("[pytest]\n", encoding="utf-8")
    kernel = warm.KERNEL if warm.ADDRESS in environment else "python3"
    options = ["-q", "-c", str(settings), f"--rootdir={notebook.parent}", "--noconftest", "-p", "no:cacheprovider"]
    options += ["-p", "no:unraisableexception", "-p", "no:threadexception"]  # they collect garbage again and again
    options += ["-p", "nbval.plugin", "-p", "unravelling.grading.pytest_plugin", "--nbval-lax", "--tb=no"]
    options += ["--nbval-kernel-name", kernel, "--nbval-cell-timeout=100000", str(notebook)]
    code = pytest.main(options, plugins=[JudgingPlugin(judge_of(module, seed), sink, wall)])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):  # it fell itself: none of its cells did that
        raise SystemExit(int(code))

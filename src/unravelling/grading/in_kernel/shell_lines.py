"""Lines for the shell (`!ls`, `%pip list`) in a kernel that may open no terminal: their output comes through a pipe."""

from __future__ import annotations

import codecs
import os
import subprocess

from ipykernel import zmqshell


def use_a_pipe() -> None:
    """Have every kernel of this process, and of its forks, run such lines without a terminal.

    IPython runs them in a pseudo-terminal, so that a program shows its colours. Behind walls there is none, and a line
    like `!pip install einops` above an answer would raise before the answer is defined.
    """
    zmqshell.system = system  # type: ignore[assignment]  # IPython's is a bound method, whose self mypy counts


def system(command: str) -> int:
    """Run a command in a shell, print what it prints as it comes, and return its exit status (a signal's: negative)."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    child = subprocess.Popen(
        ["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert child.stdout is not None
    with child:
        try:
            while piece := os.read(child.stdout.fileno(), 1 << 16):
                print(decoder.decode(piece), end="", flush=True)
        except BaseException:  # the learner's Ctrl-C, or whatever ends the kernel
            child.kill()
            raise
    return child.returncode

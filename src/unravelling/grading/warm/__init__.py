"""Kernels that are ready at once: one warm process has imported everything, and each kernel is a fork of it.

`stove.Stove` keeps the warm process; `provisioner` lets jupyter_client, and so an unmodified nbval, start its kernels
there; `server` forks; a keeper stands between the server and each kernel, counts what it uses, and ends all that it
leaves behind. Linux only: forking after torch is loaded is unsafe on macOS, and Windows has no fork.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile

KERNEL = "unravelling-warm"  # the name of the kernel specification and of the provisioner (pyproject.toml)
ADDRESS = "UNRAVELLING_STOVE"  # environment variable: where the warm process listens
BOUNDS = "UNRAVELLING_BOUNDS"  # environment variable: JSON for keeper.Bounds, with walls or without
WALLS = "UNRAVELLING_WALLS"  # environment variable: JSON for sandbox.enter, where kernels are to be shut in


def short_folder(prefix: str) -> str:
    """A new folder for sockets: their whole path may have 107 characters, so a long TMPDIR is passed over."""
    usual = tempfile.gettempdir()
    return tempfile.mkdtemp(prefix=prefix, dir="/tmp" if len(usual) > 40 and os.path.isdir("/tmp") else usual)


def remove(folder: str | os.PathLike[str]) -> None:
    """Remove a folder with all in it, also one made to withstand: that shows no names, or is nested thousands deep."""
    try:
        shutil.rmtree(folder)
    except (OSError, RecursionError):
        with contextlib.suppress(OSError):  # Windows has neither program, and what a file holds open stays there
            for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
                subprocess.run([*command, "--", folder], stdin=subprocess.DEVNULL, capture_output=True)

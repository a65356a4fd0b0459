"""The first code cell of every notebook, the same in all of them.

Three situations: the package is there (a clone after ``make lab``, or a second run) and the cell only imports it; the
notebook runs in Colab, or UNRAVELLING_SOURCE says what to install, and the cell installs the course once, pinning
nothing else, since replacing a numpy or torch that Colab has loaded would force a restart; anywhere else it stops with
one sentence. pip is called as a list of arguments, so that a path with spaces works. What it installs in Colab is the
branch or tag that the notebook's own badge opens; and it names the version it was built with before it imports anything
else, so that a package that does not fit can say so.
"""

from __future__ import annotations

from unravelling.building.settings import Settings

TEMPLATE = """\
# @title Run this cell first: it prepares the page
import importlib.util as finder
import os
import subprocess
import sys

if not finder.find_spec("unravelling"):
    colab = finder.find_spec("google") and finder.find_spec("google.colab")
    archive = "{archive}"
    source = os.environ.get("UNRAVELLING_SOURCE") or (colab and archive)
    if not source:
        raise SystemExit("The course is not installed here: run `make lab`, or pick the course's kernel.")
    if subprocess.run([sys.executable, "-m", "pip", "install", "-q", source]).returncode:
        raise SystemExit(f"pip could not install {{source}}: check the network, then run this cell again.")
import torch
import unravelling

unravelling.expect_version("{version}")
from unravelling import check, corpora, demos, hint, inputs, models, predict, progress, quiz, reveal, scoreboard, solved
"""


def setup_cell(settings: Settings) -> str:
    """The text of the setup cell for this repository and version."""
    return TEMPLATE.format(archive=settings.archive, version=settings.version).rstrip("\n")

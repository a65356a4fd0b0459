"""The few facts about the repository that notebooks carry: where it is, what their badges open, and which version."""

from __future__ import annotations

import re
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from unravelling.building.sources import BuildError

PLACEHOLDER = "OWNER/REPO"  # what pyproject.toml says as long as the course lies nowhere in particular
GITHUB = re.compile(r"(?:https://(?:[^/@]+@)?|ssh://git@|git@)github\.com(?::\d+/|[:/])([\w.-]+/[\w.-]+?)(?:\.git)?/?")
ARCHIVE = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)/archive/refs/")  # in a setup cell


@dataclass(frozen=True)
class Settings:
    """repository: "OWNER/REPO" on GitHub. branch: what badges open. version: of the package. tag: of a
    release, whose badges open it instead of the branch."""

    repository: str
    branch: str
    version: str
    tag: str | None = None

    @property
    def archive(self) -> str:
        """Address of the sources that a notebook installs in Colab: of the branch or tag that its badge opens."""
        place = f"tags/{self.tag}" if self.tag else f"heads/{self.branch}"
        return f"https://github.com/{self.repository}/archive/refs/{place}.zip"

    @property
    def opened(self) -> str:
        """The branch or tag that badges open."""
        return self.tag or self.branch

    def colab(self, path: str) -> str:
        """Address that opens the notebook at ``path`` in Colab."""
        return f"https://colab.research.google.com/github/{self.repository}/blob/{self.opened}/{path}"


def read_settings(root: Path, ask_git: bool = True) -> Settings:
    """From ``[tool.unravelling]`` in root/pyproject.toml and ``__version__`` of the package under root/src.

    Where the setting is still OWNER/REPO, the address is that of git's remote `origin`, if that is at GitHub; with
    ask_git=False it stays OWNER/REPO, as it does for everybody who has no such remote.
    """
    project = root / "pyproject.toml"
    table = tomllib.loads(project.read_text(encoding="utf-8-sig")) if project.exists() else {}
    ours = table.get("tool", {}).get("unravelling", {})
    package = root / "src" / "unravelling" / "__init__.py"
    if not package.exists():
        raise BuildError(
            f"There is no src/unravelling/__init__.py under {root}: run the build in the repository's folder."
        )
    # Read as text: importing would give the version of whatever package this process happens to run.
    version = re.search(r'^__version__\s*=\s*"([^"]+)"', package.read_text(encoding="utf-8-sig"), re.MULTILINE)
    if not version:
        raise BuildError(
            'src/unravelling/__init__.py must have a line __version__ = "...": notebooks name the version they fit.'
        )
    repository = ours.get("repository", PLACEHOLDER)
    if repository == PLACEHOLDER and ask_git:
        repository = _at_github(root) or PLACEHOLDER
    return Settings(repository, ours.get("branch", "main"), version[1], ours.get("tag"))


def _at_github(root: Path) -> str | None:
    """Owner and name of the remote `origin`, in any of the forms that GitHub offers; None where there is none."""
    if not (root / ".git").exists():  # unpacked inside somebody else's repository: its remote is not the course's
        return None
    try:
        told = subprocess.run(["git", "remote", "get-url", "origin"], cwd=root, capture_output=True, text=True)
    except OSError:
        return None
    found = GITHUB.fullmatch(told.stdout.strip())
    return found[1] if found else None

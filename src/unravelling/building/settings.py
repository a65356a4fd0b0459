"""The few facts about the repository that notebooks carry: where it is, and which version."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from unravelling.building.sources import BuildError


@dataclass(frozen=True)
class Settings:
    """repository: "OWNER/REPO" on GitHub. branch: what Colab links open. version: what the setup cell installs."""

    repository: str = "OWNER/REPO"
    branch: str = "main"
    version: str = "0.1.0"

    @property
    def archive(self) -> str:
        """Address of the tagged source archive of this version."""
        return f"https://github.com/{self.repository}/archive/refs/tags/v{self.version}.zip"

    def colab(self, path: str) -> str:
        """Address that opens the notebook at ``path`` in Colab."""
        return f"https://colab.research.google.com/github/{self.repository}/blob/{self.branch}/{path}"


def read_settings(root: Path) -> Settings:
    """From ``[tool.unravelling]`` in root/pyproject.toml and ``__version__`` of the package under root/src."""
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
            'src/unravelling/__init__.py must have a line __version__ = "...": the setup cell installs it.'
        )
    default = Settings()
    return Settings(ours.get("repository", default.repository), ours.get("branch", default.branch), version[1])

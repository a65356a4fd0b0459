"""What the house's tests share: the root, the files under version control, and a wheel built from them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def versioned_files() -> list[Path]:
    """Every file that git tracks, relative to the root; without git (an unpacked archive) every file."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        names = [Path(name) for name in listed.stdout.split("\0") if name]
    else:
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return [name for name in names if (ROOT / name).is_file()]


def build_wheel(folder: Path) -> Path:
    """Build the course's wheel into `folder` without fetching anything."""
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("unravelling-*.whl"))

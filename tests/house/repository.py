"""What the house's tests share: the root, the files under version control, a wheel built from them, and a clone."""

from __future__ import annotations

import shutil
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


def build_wheel(folder: Path, root: Path = ROOT) -> Path:
    """Build the wheel of the course that lies in `root` into `folder` without fetching anything."""
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(root)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("unravelling-*.whl"))


def git(folder: Path, *arguments: str) -> str:
    """What git prints in `folder`, as somebody who has a name."""
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    ran = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.strip()


def scratch_clone(folder: Path) -> Path:
    """A clone of this repository as it stands in the working tree, on main, with one change to be released."""
    clone = folder / "clone"
    git(folder, "clone", "--quiet", "--depth", "1", ROOT.as_uri(), str(clone))
    git(clone, "checkout", "--quiet", "-B", "main")
    git(clone, "remote", "set-url", "origin", "git@github.com:someone/course.git")
    for setting in ("user.name=a", "user.email=a@b", "commit.gpgsign=false", "tag.gpgsign=false"):
        git(clone, "config", *setting.split("="))
    git(clone, "rm", "-r", "--quiet", "--cached", ".")
    for name in versioned_files():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    changes = (clone / "CHANGELOG.md").read_text(encoding="utf-8")
    change = "## [Unreleased]\n\n### Fixed\n\n- A change that the test releases."
    (clone / "CHANGELOG.md").write_text(changes.replace("## [Unreleased]", change), encoding="utf-8")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "As it stands")
    return clone

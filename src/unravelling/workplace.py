"""Where the course lies on this machine, the learner's own copies in work/, and JupyterLab opened upon them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

LAB_SETTINGS = Path(__file__).parent / "lab_settings"  # turns JupyterLab's news pop-up off, for this course only
# And JupyterLab's own way to a stylesheet, which it looks for among these settings instead of the user's own.
_CUSTOM = {"static_custom_path": [str(LAB_SETTINGS / "custom")]}
LAB_STYLE = ("--LabApp.custom_css=True", f"--ServerApp.tornado_settings={_CUSTOM}")
# For a process that has not loaded torch yet: its threads sleep while they wait for each other. Where another program
# wants a core, the decoder reads 250 tokens in 1.0 s with it and in 2.8 s without; on an idle machine it loses a tenth.
PATIENT = {"OMP_WAIT_POLICY": "PASSIVE"}
CLONE = (Path(__file__).resolve().parents[2],)  # of which this package is a part, unless it lies among libraries
FIRST_LESSON = "course/00_start_here.ipynb"


class NoCourse(RuntimeError):
    """The folder or notebook that was asked for is not here; the message says what to do."""


def course_root(start: Path) -> Path:
    """The folder of the course: `start` or the nearest folder above it that holds course/ and this project, else the
    clone that this package was installed from (`pip install -e`).

    Raises NoCourse where there is none, for example after `pip install` without a clone.
    """
    for folder in (start.resolve(), *start.resolve().parents, *CLONE):
        if (folder / "course").is_dir() and _is_this_project(folder / "pyproject.toml"):
            return folder
    raise NoCourse(
        "The notebooks of the course are neither in this folder nor beside the package: change into your clone of the "
        "course and try again."
    )


def _is_this_project(file: Path) -> bool:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig")).get("project", {}).get("name") == "unravelling"
    except (OSError, ValueError):
        return False


def copy_exercises(root: Path) -> list[Path]:
    """Copy exercise notebooks that work/ does not have yet; never touch one that is there. Returns the new copies."""
    work = root / "work"
    work.mkdir(exist_ok=True)
    new = []
    for source in sorted((root / "exercises").glob("*.ipynb")):
        target = work / source.name
        try:
            with (
                source.open("rb") as reading,
                target.open("xb") as writing,
            ):  # "x": refuses to overwrite, also in a race
                shutil.copyfileobj(reading, writing)
        except FileExistsError:
            continue
        new.append(target)
    return new


def exercise_notebook(module: str, start: Path) -> Path:
    """The notebook that MODULE names: a file, or the learner's copy in work/, or the one in exercises/.

    Raises NoCourse with a sentence for a module that does not exist.
    """
    if module.lower().endswith(".ipynb") or Path(module).is_file():
        if not Path(module).is_file():
            raise NoCourse(f"There is no file {module} in {start}.")
        return Path(module)
    root = course_root(start)
    number = module.zfill(2) if module else "no number"
    for folder in ("work", "exercises"):
        for notebook in sorted((root / folder).glob(f"{number}_*.ipynb")):
            return notebook
    there = ", ".join(sorted({path.name[:2] for path in (root / "exercises").glob("[0-9][0-9]_*.ipynb")}))
    raise NoCourse(f"There is no module {module} with exercises. Modules here: {there or 'none yet'}.")


def exercises_for(notebook: Path) -> Path | None:
    """The folder with our exercises: of the clone that a notebook lies in, else of the one that one is in, else of the
    one that this package lies in; None where there is no clone, as after `pip install`."""
    for start in (notebook.absolute().parent, Path.cwd(), Path(__file__).parent):
        with contextlib.suppress(NoCourse):
            return course_root(start) / "exercises"
    return None


def open_lab(start: Path, arguments: list[str]) -> int:
    """Fetch the models if they are missing, copy the exercises, and run JupyterLab at lesson 00 until it is closed."""
    root = course_root(start)
    try:
        import jupyterlab  # noqa: F401
    except ImportError as error:
        raise NoCourse(
            "JupyterLab is not installed here: run `pip install -r requirements.txt`, then try again."
        ) from error
    fetch_what_is_missing()
    for copy in copy_exercises(root):
        print(f"Your copy of the exercises: {copy.relative_to(root)}", flush=True)
    environment = {**PATIENT, **os.environ}
    paths = [str(LAB_SETTINGS), *filter(None, [environment.get("JUPYTER_CONFIG_PATH")])]
    environment["JUPYTER_CONFIG_PATH"] = os.pathsep.join(paths)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}"]
    command += [*LAB_STYLE, f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}", *arguments]
    try:
        return subprocess.run(command, cwd=root, env=environment).returncode
    except KeyboardInterrupt:  # the server has had it too, and has said what it had to say
        return 0


def supplies() -> dict[str, ModuleType]:
    """Everything the course fetches, by name: the models and the texts, each with the module that looks after it."""
    from unravelling import corpora, models

    return {row.name: module for module in (models, corpora) for row in module.listing()}


def fetch_what_is_missing() -> None:
    """Fetch what is not there yet. Without a network: one sentence, and on, since lesson 00 needs nothing of it."""
    from unravelling.models import ModelError

    for name, module in supplies().items():
        if not module.available(name):
            try:
                module.fetch(name)
            except ModelError as error:
                print(f"{error} You can start all the same: lesson 00 needs none of it.", file=sys.stderr, flush=True)
                return

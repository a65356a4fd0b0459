"""Run lessons and solutions and store what they show, in a form that reads well without a kernel."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode, from_dict

from unravelling.building.fingerprints import EXECUTED, fingerprint, package_fingerprint
from unravelling.building.notebooks_from_source import NOTEBOOK_METADATA, to_text
from unravelling.building.sources import BuildError
from unravelling.building.still_outputs import Paths, still_outputs
from unravelling.building.write_notebooks import may_be_overwritten, read_notebook
from unravelling.whole_file import write_whole

SECONDS_A_CELL = 120


def execute(root: Path | str, only: str | Sequence[str] | None = None) -> list[str]:
    """Run the built lessons and solutions and store their outputs; return the paths written.

    only: a module ("04" or "04_attention"), one notebook's path ("course/04_attention.ipynb"), or several of these.
    Each runs in a fresh kernel of this interpreter, in an empty folder, and keeps no learner's progress. Raises
    BuildError at the first cell that fails, and leaves that notebook as it was.
    """
    root = Path(root).resolve()
    package = package_fingerprint(root)
    names = [only] if isinstance(only, str) else list(only or [])
    paths = [path for path in _built_notebooks(root) if not names or any(_is_wanted(path, name) for name in names)]
    if not paths:
        raise BuildError(
            f"There is no built notebook for {', '.join(names)}: run the build first." if names else NOTHING_BUILT
        )
    for path in paths:
        notebook = read_notebook(root / path)
        if notebook is None or not may_be_overwritten(root, path):
            raise BuildError(f"{path} was edited by hand: build it first, so that what is run is what the source says.")
        _run(notebook, path, root)
        _keep_what_is_committed(notebook, Paths.of(root))
        notebook.metadata["unravelling"]["made_with"] = fingerprint(notebook, package)
        write_whole(root / path, to_text(notebook))
    return paths


ABOUT_THE_READER = "about-the-reader"
NOTHING_BUILT = "There is no built lesson or solution here: run the build first."


def _built_notebooks(root: Path) -> list[str]:
    found = []
    for folder in EXECUTED:
        for file in sorted((root / folder).glob("*.ipynb")):
            notebook = read_notebook(file)
            if notebook is not None and "unravelling" in notebook.metadata:
                found.append(f"{folder}/{file.name}")
    return found


def _is_wanted(path: str, name: str) -> bool:
    stem = Path(path).stem
    return name in (path, stem, stem.split("_")[0])


def _run(notebook: NotebookNode, path: str, root: Path) -> None:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from traitlets import default

    with tempfile.TemporaryDirectory(prefix="unravelling-") as scratch:
        # Our own kernel specification: a "python3" in the user's folder may be that of another interpreter.
        kernels = Path(scratch, "kernels")
        _write_kernel_specification(kernels / "python3")
        empty = Path(scratch, "empty")
        empty.mkdir()

        # A class rather than a manager of our own making: nbclient ends only those kernels whose manager it has made.
        class OurKernel(AsyncKernelManager):
            @default("kernel_spec_manager")
            def _only_ours(self) -> KernelSpecManager:
                return KernelSpecManager(kernel_dirs=[str(kernels)], ensure_native_kernel=False)

        client = NotebookClient(
            notebook,
            kernel_name="python3",
            kernel_manager_class=OurKernel,
            timeout=SECONDS_A_CELL,
            allow_errors=False,
            record_timing=False,
            resources={"metadata": {"path": str(empty)}},
        )
        try:
            client.execute(env=_environment(root))
        except CellTimeoutError as error:
            raise BuildError(f"{path}: a cell took over {SECONDS_A_CELL} s. Nothing was stored.\n{error}") from None
        except CellExecutionError as error:
            raise BuildError(f"{path}: a cell failed, so nothing was stored.\n{error}") from None
        except DeadKernelError:
            raise BuildError(f"{path}: the kernel died, perhaps for want of memory. Nothing was stored.") from None


def _write_kernel_specification(folder: Path) -> None:
    folder.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
    text = json.dumps({"argv": argv, "display_name": "Python 3 (ipykernel)", "language": "python"})
    (folder / "kernel.json").write_text(text, encoding="utf-8")


def _environment(root: Path) -> dict[str, str]:
    package = [str(root / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(package),  # outputs come from the code beside them, whatever is installed
        "PYTHONHASHSEED": "0",
        "UNRAVELLING_PROGRESS": "",  # keep nothing: an author's run is no learner's progress
        "UNRAVELLING_SCOREBOARD": "",
        "UNRAVELLING_CHECK": "raise",  # a solution that fails its check must not be stored
    }


def _keep_what_is_committed(notebook: NotebookNode, paths: Paths) -> None:
    """Stills instead of widgets; in solutions the checks' lines only. Counts run from 1 or are not there.

    A cell tagged `about-the-reader` shows the reader's own machine or progress: nothing of the author's is stored.
    """
    solutions = notebook.metadata["unravelling"]["kind"] == "solutions"
    # The kernel has reported its version, and widgets their state: another author's differ.
    notebook["metadata"] = from_dict({**NOTEBOOK_METADATA, "unravelling": notebook.metadata["unravelling"]})
    count = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.metadata.pop("execution", None)
        role = cell.metadata.get("unravelling", {}).get("role")
        unstored = ABOUT_THE_READER in cell.metadata.get("tags", []) or (solutions and role != "check")
        if not cell.source.strip() or unstored:
            cell["outputs"], cell["execution_count"] = [], None
            continue
        count += 1
        cell["outputs"] = still_outputs(cell.outputs, paths)
        cell["execution_count"] = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output["execution_count"] = count

"""More faults, in the manner of faults.py: notebooks as other tools write them, and what stands round an answer."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable

from tests.grading.faults import RIGHT, SOLVED, Fault, cell, changed, with_answer

WRITTEN: dict[str, Fault] = {}


def answer(name: str, source: str, points: int, status: str, says: str = "") -> None:
    WRITTEN[name] = Fault(with_answer(source), points, status, says)


def rewritten(change: Callable[[dict], dict]) -> bytes:
    return json.dumps(change(copy.deepcopy(SOLVED))).encode()


def of_2013(notebook: dict) -> dict:
    """Format 3: the code of a cell is its `input`, and a heading has a kind of its own."""
    for each in notebook["cells"]:
        if each["cell_type"] == "code":
            each["input"] = each.pop("source")
    cells = [{"cell_type": "heading", "level": 1, "source": "Mine", "metadata": {}}, *notebook["cells"]]
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells, "metadata": {}}]}


def bare(notebook: dict) -> dict:
    """No ids, outputs or counts, nothing that tells the format."""
    kept = ("cell_type", "metadata", "source")
    return {"cells": [{key: each[key] for key in kept} for each in notebook["cells"]]}


def of_databricks(notebook: dict) -> dict:
    """Metadata of its own in place of ours, and outputs with keys that no format has."""
    for number, each in enumerate(notebook["cells"]):
        title = {"nuid": str(number), "showTitle": False, "title": "", "inputWidgets": {}}
        each["metadata"] = {"application/vnd.databricks.v1+cell": title}
        if each["cell_type"] == "code":
            each["outputs"] = [{"output_type": "display_data", "metadata": {"type": "ansi"}, "data": {"text/plain": 7}}]
    return {**notebook, "metadata": {"application/vnd.databricks.v1+notebook": {"language": "python"}}}


def of_deepnote(notebook: dict) -> dict:
    """Keys at each cell, blocks of other kinds, and metadata of the notebook that is no dictionary."""
    for each in notebook["cells"]:
        each["block_group"], each["execution_count"] = "a1", "12"
        each["metadata"] |= {"cell_id": 7, "deepnote_cell_type": each["cell_type"], "source_hash": None}
        each["source"] = [each["source"]] if isinstance(each["source"], str) else each["source"]
    notebook["cells"].insert(0, {"cell_type": "sql", "metadata": None, "source": None, "outputs": None})
    return {**notebook, "metadata": [], "nbformat": "4"}


def of_colab(notebook: dict) -> dict:
    """Ids among the metadata, forms, and outputs cut short."""
    for number, each in enumerate(notebook["cells"]):
        each.pop("id")
        each["metadata"] |= {"id": f"x{number}", "colab": {"base_uri": 3}, "cellView": "form", "outputId": None}
        if each["cell_type"] == "code":
            each["outputs"] = [{"output_type": "execute_result"}, {"output_type": "stream", "text": None}]
    return {**notebook, "nbformat_minor": 0, "metadata": {"colab": {"provenance": []}, "accelerator": "GPU"}}


def of_kaggle_and_code(notebook: dict) -> dict:
    """Times of papermill, hidden inputs, languages of VS Code, cells as attachments, and no list of outputs."""
    for each in notebook["cells"]:
        each["metadata"] |= {"_kg_hide-input": True, "trusted": True, "papermill": {"duration": None}, "tags": "none"}
        each["metadata"] |= {"vscode": {"languageId": "python"}, "execution": {"iopub.execute_input": 1}}
        each["attachments"] = {}
        if each["cell_type"] == "code":
            each["outputs"] = {}
    return {**notebook, "metadata": {"kernelspec": None, "language_info": "python"}}


TOOLS = {"2013": of_2013, "no-tool": bare, "deepnote": of_deepnote, "colab": of_colab, "kaggle": of_kaggle_and_code}
for tool, change in TOOLS.items():
    WRITTEN[f"written-by-{tool}"] = Fault(rewritten(change), 16)
WRITTEN["written-by-databricks"] = Fault(rewritten(of_databricks), 16, "passed", "lost its mark")
WRITTEN["utf-8-with-mark"] = Fault(b"\xef\xbb\xbf" + changed(lambda n: None), 16)


def no_code(kind: str, source: str = RIGHT, **more: object) -> bytes:
    """The answer's cell turned into another kind, as M and R do it in command mode."""

    def change(notebook: dict) -> None:
        cell(notebook, "04.2", "answer").update(cell_type=kind, source=source)
        notebook["cells"] += [{"cell_type": "code", "metadata": {}, "source": each} for each in more.values()]

    return changed(change)


for kind in ("markdown", "raw", "heading"):
    WRITTEN[f"answer-as-{kind}"] = Fault(no_code(kind), 16, "passed", "04.2: its answer cell is no code cell any more")
WRITTEN["answer-as-prose"] = Fault(
    no_code("markdown", "I do not know."),
    15,
    "wrong",
    "(?s)its answer cell is no code cell any more.*SyntaxError",
)
WRITTEN["answer-as-markdown-and-anew"] = Fault(
    no_code("markdown", RIGHT.replace("tril", "triu"), anew=RIGHT), 16, "passed", "found by the name of its function"
)

# What stands before an answer. Behind walls there are no terminals, no network, and no Colab.
for name, line in {
    "shell": "!ls",
    "pip": "!pip install -q einops",
    "pip-magic": "%pip install -q einops",
    "gpu": "%%capture\n!nvidia-smi",
    "shell-in-a-block": "if True:\n    !ls /content",
    "shell-assigned": "files = !ls",
    "shell-by-name": "get_ipython().system('ls')",
    "magics": "%matplotlib inline\n%load_ext autoreload\n%autoreload 2\n%env A=1\n%cd ..\ntorch.ones?",
    "timed": "%%time",
    "form": '#@title Mine { display-mode: "form" }\n# -*- coding: utf-8 -*-\nfrom __future__ import annotations',
    "byte-order-mark": "\ufeff# mine",
    "byte-order-mark-and-magic": "\ufeff%%time",
}.items():
    answer(f"after-{name}", f"{line}\n{RIGHT}", 16, "passed")
answer("before-control-z", f"{RIGHT}\n\x1a", 16, "passed")
answer("after-a-mount", f"from google.colab import drive\n{RIGHT}", 15, "wrong", "ModuleNotFoundError.*'google'")
answer("after-a-shell-that-fails", f"!exit 3\nassert _exit_code == 3\n{RIGHT}", 16, "passed")
answer("after-a-shell-that-never-ends", f"!while :; do :; done\n{RIGHT}", 15, "stopped", "processor time")

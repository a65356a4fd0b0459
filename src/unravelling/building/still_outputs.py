"""Outputs as they are committed: still pictures and text, nothing of the machine they were made on."""

from __future__ import annotations

import html
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

WIDGET = "application/vnd.jupyter.widget-view+json"
PROGRESS_BAR = re.compile(r"\d+%\||\d+it \[\d\d:\d\d|\d+(\.\d+)?\s?(it/s|s/it|[kMG]?B/s)")
# The text twin of a widget that has no still of its own, such as HBox(children=(...)).
WIDGET_REPR = re.compile(r"^\w+\(.*\)$", re.DOTALL)
DATA_ADDRESS = re.compile(r"""(data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]+)""")


@dataclass(frozen=True)
class Paths:
    """Folders of this machine that may not stand in a committed output, longest first."""

    folders: tuple[str, ...]

    @classmethod
    def of(cls, root: Path) -> Paths:
        folders = {str(root), str(Path.home()), sys.prefix, sys.base_prefix, tempfile.gettempdir()}
        return cls(tuple(sorted((folder for folder in folders if len(folder) > 3), key=len, reverse=True)))

    def hide(self, text: str) -> str:
        """The text with these folders replaced by three dots. Pictures in data: addresses are left alone."""
        parts = DATA_ADDRESS.split(text)
        for index in range(0, len(parts), 2):
            for folder in self.folders:
                # A folder's name ends here, or a longer name that only begins like it would be cut.
                parts[index] = re.sub(re.escape(folder) + r"(?![\w.-])", "...", parts[index])
        return "".join(parts)


def still_outputs(outputs: list[NotebookNode], paths: Paths) -> list[NotebookNode]:
    """What remains of a cell's outputs in a committed notebook."""
    kept = []
    for output in _streams_joined(outputs):
        if output.output_type == "stream":
            output["text"] = paths.hide(_last_of_each_line(output.text, output.name))
            if output.text:
                kept.append(output)
        elif output.output_type in ("display_data", "execute_result"):
            data = _still_data(output)
            if data:
                output["data"] = {
                    mime: paths.hide(text) if _is_text(mime, text) else text for mime, text in data.items()
                }
                kept.append(output)
        else:
            kept.append(output)
    return kept


def _streams_joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last is not None and output.output_type == last.output_type == "stream" and output.name == last.name:
            last["text"] += output.text
        else:
            joined.append(output)
    return joined


def _last_of_each_line(text: str, name: str) -> str:
    """What a terminal would show in the end: after a carriage return, the later text. Progress bars are dropped."""
    lines = []
    for line in text.split("\n"):
        parts = [part for part in line.split("\r") if part]
        shown = parts[-1] if parts else ""
        if name == "stderr" and PROGRESS_BAR.search(line):
            continue
        lines.append(shown)
    result = "\n".join(lines)
    return result if result.strip() else ""


def _still_data(output: NotebookNode) -> dict:
    data = dict(output.data)
    was_widget = data.pop(WIDGET, None) is not None
    about = output.metadata.pop("unravelling", {})
    if about.get("still") and "image/png" in data:
        alt = about.get("alt") or data.get("text/plain", "")
        png = "".join(data["image/png"].split())
        image = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{png}">'
        data = {"text/html": image, "image/png": data["image/png"], "text/plain": data.get("text/plain", alt)}
    elif was_widget and set(data) <= {"text/plain"}:
        text = data.get("text/plain", "").strip()
        if not text or WIDGET_REPR.match(text) or PROGRESS_BAR.search(text):
            return {}
    return data


def _is_text(mime: str, value: object) -> bool:
    return isinstance(value, str) and mime.startswith("text/")

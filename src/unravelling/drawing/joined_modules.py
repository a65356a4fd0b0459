"""Our JavaScript as one module: the page gets a widget's code as a text, which can import no file beside it."""

from __future__ import annotations

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[^"]+)";\n', re.MULTILINE)


def joined(file: Path) -> str:
    """The text of `file` behind those of the files that it imports, each of them once."""
    texts: dict[Path, str] = {}

    def take(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        for name in _IMPORT.findall(text):
            take((path.parent / name).resolve())
        texts[path] = _IMPORT.sub("", text)

    take(file.resolve())
    return "\n".join(texts.values())

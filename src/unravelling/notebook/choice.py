"""Questions with options, or a number to guess, as native form fields: for quizzes and predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from unravelling.drawing.joined_modules import joined

_HERE = Path(__file__).parent


class Choice(anywidget.AnyWidget):
    """questions: dicts {id, text, options: [{text, right, why}]} or {id, text, low, high, step, unit}.

    answers: by question id, the index of the option or the number, from the browser. Options without `why` get no
    verdict, only `kept`: the sentence that says what happens with a guess. status: the line below all questions.
    """

    _esm = joined(_HERE / "choice.js")
    _css = (_HERE / "choice.css").read_text(encoding="utf-8")

    questions: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    kept = traitlets.Unicode("").tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)
    numbered = traitlets.Bool(False).tag(sync=True)

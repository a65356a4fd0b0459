"""Few-shot prompting, measured: tasks, prompts, right answers with their intervals, labels and what distorts them.

    antonyms = prompting.task("antonyms")
    prefix = prompting.arrow(antonyms.draw(4))                  # four demonstrations
    prompting.accuracy(decoder, antonyms, shots=4).interval     # over all items and several draws

What a model has been asked in a session is remembered, by prompt and text, so asking again is free.
"""

from unravelling.language_models.prompting.accuracy import (
    DRAWS,
    Curve,
    Measured,
    accuracy,
    answers,
    curve,
    mixed_up,
    with_instruction,
)
from unravelling.language_models.prompting.intervals import Gain, Interval, bootstrap, difference
from unravelling.language_models.prompting.labels import (
    CONTENT_FREE,
    Verdicts,
    calibrated,
    flipped,
    in_order,
    label_scores,
    verdicts,
)
from unravelling.language_models.prompting.prompts import Format, arrow, asked, chat, format_of
from unravelling.language_models.prompting.tasks import MOST_SHOTS, Pair, PromptError, Task, leaks, names, task

__all__ = [
    "CONTENT_FREE",
    "DRAWS",
    "MOST_SHOTS",
    "Curve",
    "Format",
    "Gain",
    "Interval",
    "Measured",
    "Pair",
    "PromptError",
    "Task",
    "Verdicts",
    "accuracy",
    "answers",
    "arrow",
    "asked",
    "bootstrap",
    "calibrated",
    "chat",
    "curve",
    "difference",
    "flipped",
    "format_of",
    "in_order",
    "label_scores",
    "leaks",
    "mixed_up",
    "names",
    "task",
    "verdicts",
    "with_instruction",
]

"""hint, as a learner calls it in a notebook."""

from __future__ import annotations

from unravelling.learning import hints

from .shown import show_page, show_sentence


def hint(exercise_id: str) -> None:
    """Open the next hint of an exercise, and show those opened before it: hint("04.1"). Run it again for the next."""
    try:
        number, of, _ = hints.next_hint(exercise_id)
    except LookupError as unknown:
        show_sentence(str(unknown))
        return
    after = "Run this cell again for the next one." if number < of else "This was the last one."
    texts = hints.opened(exercise_id)
    plain = "\n".join([f"Hint {n} of {of}: {text}" for n, text in enumerate(texts, start=1)] + [after])
    show_page("hint", plain, exercise=exercise_id, texts=texts, of=of, after=after)

"""Texts in lines, with room for the letters of a narrow page."""

from __future__ import annotations

from unravelling.drawing.text_metrics import text_width

# On a page of 500 pixels the browser enlarges small letters to 11 pixels of the screen, in a scene 760 wide to these.
ON_NARROW_PAGES = 11 * 760 / 500


def wrapped(text: str, width: float, size: float = ON_NARROW_PAGES) -> list[str]:
    """A text in lines of at most `width` pixels, broken between words; a longer word has a line of its own."""
    found = [""]
    for word in text.split():
        longer = f"{found[-1]} {word}".strip()
        if found[-1] and text_width(longer, size) > width:
            found.append(word)
        else:
            found[-1] = longer
    return found

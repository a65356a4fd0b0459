"""The line under a notebook's title: Colab, the exercises or the lesson, the lessons before and after, the notation."""

from __future__ import annotations

from unravelling.building.settings import Settings
from unravelling.course_modules import MODULES


def ways_on(folder: str, number: str, slug: str, settings: Settings) -> str:
    """Plain links in one line; nothing in solutions. The learner's own exercises lie in work/, made by `make lab`.

    A plain link, not Colab's badge: its image comes from another host, which a lesson that works offline must not ask,
    and which an image in the page would ask each time it is opened.
    """
    colab = f"[Open in Colab]({settings.colab(f'{folder}/{slug}.ipynb')})"
    if folder == "exercises":
        return f"{colab} · [The lesson](../course/{slug}.ipynb) · [Notation](../course/notation.md)"
    if folder != "course":
        return ""
    exercises = f"[Your exercises](../work/{slug}.ipynb), or [in Colab]({settings.colab(f'exercises/{slug}.ipynb')})"
    before = [each for each in MODULES if each < number][-1:]
    after = [each for each in MODULES if each > number][:1]
    lessons = [
        f"[{said}: lesson {each}]({each}_{MODULES[each]}.ipynb)"
        for said, found in (("Before", before), ("Next", after))
        for each in found
    ]
    return " · ".join([colab, exercises, *lessons, "[Notation](notation.md)"])

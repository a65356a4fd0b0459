"""From the text an author writes to the notebooks a reader opens.

    authoring/04_attention/lesson.md     ->  course/04_attention.ipynb
    authoring/04_attention/exercises.md  ->  exercises/04_attention.ipynb and solutions/04_attention.ipynb

``build`` makes them, ``execute`` runs lessons and solutions and stores what they show, ``stale`` names the ones whose
stored outputs are older than the code behind them, ``watch`` rebuilds while an author writes. CONTRIBUTING.md is the
authors' guide.
"""

from unravelling.building.execution import execute
from unravelling.building.fingerprints import stale
from unravelling.building.sources import BuildError
from unravelling.building.watch import watch
from unravelling.building.write_notebooks import build

__all__ = ["BuildError", "build", "execute", "stale", "watch"]

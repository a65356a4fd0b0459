"""A miniature course in a scratch folder: two texts, two declarations and a package of a few lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from unravelling.checks.declare import Case, Exercise, exercise

LESSON = """\
# A small lesson

Two numbers, and what they make.

```{code-cell} ipython3
:tags: [setup]
```

## Adding

```{code-cell} ipython3
print("first")
```

```{code-cell} ipython3
1 + 1
```
"""

EXERCISES = """\
# Exercises on a small lesson

```{code-cell} ipython3
:tags: [setup]
```

## 04.1 Double a number

```{code-cell} ipython3
:tags: [answer]

def double(...):
    return 2 * x
```

```{code-cell} ipython3
check("04.1", double)
```

```{code-cell} ipython3
hint("04.1")
```

## 04.10 A counter

```{code-cell} ipython3
---
tags: [answer]
exercise: "04.10"
---
```

```{code-cell} ipython3
check("04.10", Counter)
```

```{code-cell} ipython3
hint("04.10")
```
"""

# Stands for the course's package in a kernel: a check that calls, and faces that print. It imports in no time.
PACKAGE = """\
__version__ = "0.3.0"
corpora = demos = models = None


def expect_version(version):
    assert version == __version__


def check(exercise, *functions):
    for function in functions:
        if function.__name__ == "double":
            assert function(2) == 4
        else:
            assert function().add().count == 1
    print(f"PASS {exercise} {' + '.join(function.__name__ for function in functions)}")


def hint(exercise):
    print("a hint")


inputs = predict = progress = quiz = reveal = scoreboard = solved = hint
"""


@exercise("04.1", points=3, difficulty=2, minutes=15)
class Double:
    functions = ("double",)
    hints = ("", "", "")

    def cases(rng):
        yield Case("one", x=1)

    def reference(x):
        """Twice x."""
        return x + x


class Counter:
    """Counts calls of add()."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def add(self):
        # Once more.
        self.count = self.more(1)
        return self

    def more(self, by):
        return self.count + by


@exercise("04.10", points=1, difficulty=3, minutes=25)
class Counting:
    functions = ("Counter",)
    hints = ("", "", "")
    reference = Counter

    def cases(rng):
        yield Case("once")


def declarations(number: str) -> list[Exercise]:
    return [Double, Counting] if number == "04" else []


class Course:
    """The miniature course under ``root``, with the texts as attributes to change and write again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder, file, text in (
            ("authoring/04_small", "lesson.md", LESSON),
            ("authoring/04_small", "exercises.md", EXERCISES),
            ("src/unravelling", "__init__.py", PACKAGE),
            ("src", "torch.py", ""),  # the setup cell imports it; the real one takes seconds
            (".", "pyproject.toml", '[tool.unravelling]\nrepository = "someone/course"\nbranch = "trunk"\n'),
        ):
            (root / folder).mkdir(parents=True, exist_ok=True)
            (root / folder / file).write_text(text, encoding="utf-8")
        self.lesson = root / "authoring/04_small/lesson.md"
        self.exercises = root / "authoring/04_small/exercises.md"

    def change(self, path: Path, old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text, f"the test wants to replace what is not there: {old}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def build(self, **options) -> list[str]:
        from unravelling.building import build

        return build(self.root, **{"declarations": declarations, **options})

    def notebook(self, path: str):
        import nbformat

        return nbformat.read(self.root / path, as_version=4)

    def files(self) -> dict[str, bytes]:
        return {path.name + str(path.parent): path.read_bytes() for path in self.root.glob("*/*.ipynb")}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path)


@pytest.fixture(scope="session")
def executed(tmp_path_factory) -> Course:
    """The miniature course, built and executed once for the tests that only look."""
    from unravelling.building import execute

    course = Course(tmp_path_factory.mktemp("executed"))
    course.build()
    execute(course.root)
    return course

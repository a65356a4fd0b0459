"""How an exercise is declared. One declaration serves the check, the grader, the feedback and the tests of the check.

    @exercise("04.2", points=1, difficulty=1, minutes=5)
    class CausalMask:
        \"\"\"What is asked, in one sentence.\"\"\"

        functions = ("causal_mask",)
        hints = (nudge, sketch, near_code)

        def cases(rng): yield Case("one token", T=1)      # inputs in the order of the reference's parameters
        def reference(T): ...                             # its docstring is the stub's docstring

        @holds("the last row allows everything")
        def last_row(case, result): ...                   # None if it holds, else a sentence with the numbers

        @misconception("What a learner with this mistake needs to read. Which question leads on?")
        def mask_upside_down(T): ...

        no_diagonal = slip("Of a mistake that is one edit of the reference. Who ...?", "tril()", "tril(-1)")

        @alternative
        def by_comparison(T): ...

With several functions, `reference`, misconceptions and alternatives are nested classes that hold functions of those
names; a misconception takes the functions that it does not name from the reference. Each function is then worth points
of its own, and has a probe that shows whether it is right whatever the others are:

        @share(points=1)
        def split_heads(solution, x, h): return solution.split_heads(x, h)

When what is asked for is itself a class, `reference` is that class.

Optional: `probe(solution, **inputs)` for what a single call cannot show. It must stand alone (its imports inside it, no
reference to anything of this package but `instruments`), since a grader sends it alone into the learner's process. It
returns plain values and may `assert` with a sentence for the learner. `show(case)` then gives the lines that show a
failure; `show(case, kind)` and `show(case, kind, rule)`, where what to show depends on the kind of problem, or on which
property does not hold (compare.Problem).
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from .slips import Slip, slip

__all__ = ["slip"]


class NoVerdict(Exception):
    """What a check needs is not there, such as a model that it asks: nothing can be said of the answer."""


class DeclarationError(ValueError):
    """An exercise is declared incompletely; the sentence says what to add."""


class Case:
    """One set of inputs, named for the learner ("2 queries, 3 keys"), in the order of the function's parameters.

    rule: what the docstring says of inputs of this kind, as a sentence, where the case is there to try just that. An
    answer that is wrong on such cases only is told the rule.
    slow: a whole training, say: the tests draw it from one seed, where quick cases are drawn from twenty.
    """

    def __init__(self, name: str, rule: str = "", /, *, slow: bool = False, **inputs: Any) -> None:
        self.name = name
        self.rule = rule
        self.slow = slow
        self.inputs = inputs

    def __getitem__(self, key: str) -> Any:
        return self.inputs[key]

    def get(self, key: str, default: Any = None) -> Any:
        return self.inputs.get(key, default)

    def __repr__(self) -> str:
        return f"Case({self.name!r}, {', '.join(self.inputs)})"


class LastCase(Case):
    """A case that is looked at only where all the others are right: a whole training, say, which may go well or badly
    with the same mistake. It comes after the others."""


@dataclass(frozen=True)
class Property:
    """Something that holds whatever the inputs. `test(case, result)` returns None, or the symptom as a sentence."""

    name: str
    says: str
    test: Callable[[Case, Any], str | None]

    def symptom(self, case: Case, result: Any) -> str | None:
        """What `test` says of a result. One on which it cannot be worked out, such as one with infinities, lacks it.
        Raises NoVerdict."""
        try:
            return self.test(case, result)
        except NoVerdict:
            raise
        except Exception:
            return f"This does not hold of what came back: {self.says}."


@dataclass(frozen=True, eq=False)
class Misconception:
    """A plausible wrong answer, and the sentence its author needs to read."""

    name: str
    sentence: str
    solution: Any


@dataclass(frozen=True)
class Alternative:
    """A right answer written differently; the tests see that it passes."""

    name: str
    solution: Any


@dataclass(frozen=True)
class Share:
    """What one of several functions is worth, and the probe that shows it by itself. The probe stands alone, as every
    probe does; the function is right if what comes back is what the reference gives, on every case."""

    name: str
    points: int
    probe: Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Exercise:
    """Everything known about one exercise. `compares` False: judged by shapes and properties, not by values.

    `shapes` False: not even by shapes. `returns` names the parts of the result; `writes_out`: which of
    them, or True for all, are Python text that the probe has written. `forbids` lists parts of the names of
    torch functions that the stub rules out; `learns` the inputs that gradients must come back to. `tolerance`: absolute
    and relative, for float32; float64 gets a thousandth of it.
    `because`: why a right answer is right, in a sentence for who wrote one; `found(case, result)`: what was measured of
    it on a case, in a sentence; the last case on which it is not empty counts.
    `fingerprint(case, result)` is what answers are compared by when looking for a misconception (default: the result),
    beside the rules that they break. `unique`: whether the reference's values are the only right ones although
    `compares` is False, since the properties compare in better words.
    """

    id: str
    title: str
    asks: str
    points: int
    difficulty: int
    minutes: int
    functions: tuple[str, ...]
    hints: tuple[str, str, str]
    make_cases: Callable[[Any], Iterator[Case]]
    reference: Any
    properties: tuple[Property, ...] = ()
    misconceptions: tuple[Misconception, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    probe: Callable[..., Any] | None = None
    show: Callable[..., str] | None = None
    fingerprint: Callable[[Case, Any], Any] | None = None
    because: str = ""
    found: Callable[[Case, Any], str] | None = None
    compares: bool = True
    unique: bool = False
    shapes: bool = True
    writes_out: bool | tuple[str, ...] = False
    tolerance: float = 1e-5
    forbids: tuple[str, ...] = ()
    learns: tuple[str, ...] = ()
    returns: tuple[str, ...] = field(default=("result",))
    shares: tuple[Share, ...] = ()

    @property
    def number(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.id.split("."))

    @property
    def wants_class(self) -> bool:
        """Whether the learner writes a class rather than a function."""
        return len(self.functions) == 1 and inspect.isclass(self.reference)

    @cached_property
    def pieces(self) -> dict[str, Exercise]:
        """Each of several functions as an exercise of its own, on the same cases; empty where there is but one."""
        alone = replace(self, properties=(), compares=True, shapes=True, learns=(), shares=())
        return {each.name: replace(alone, probe=each.probe, returns=(each.name,)) for each in self.shares}

    def parts(self, solution: Any) -> dict[str, Any]:
        """The functions of a solution by name."""
        if len(self.functions) == 1:
            return {self.functions[0]: solution}
        return {name: getattr(solution, name) for name in self.functions}

    def cases(self, seed: int = 0) -> list[Case]:
        """The inputs drawn from a seed: the same seed gives the same cases."""
        from .random_inputs import generator  # here, since declaring an exercise needs no torch

        return list(self.make_cases(generator(seed)))


def source_of(probe: Callable[..., Any]) -> str:
    """A probe as the text that goes alone into a grader's kernel, without the decorator that marks it here."""
    text = textwrap.dedent(inspect.getsource(probe))
    return text[text.index("def ") :]


def holds(says: str) -> Callable[[Callable], Property]:
    """Mark a property: `says` is what is asked for, the function returns the symptom when it does not hold."""
    return lambda test: Property(test.__name__, says, test)


def share(*, points: int) -> Callable[[Callable], Share]:
    """Mark the probe of one of several functions, named as that function is."""
    return lambda probe: Share(probe.__name__, points, probe)


def misconception(sentence: str) -> Callable[[Any], Misconception]:
    """Mark a wrong answer, with the sentence its author needs: the cause, then a question that leads on."""
    return lambda wrong: Misconception(wrong.__name__, sentence, wrong)


def alternative(right: Any) -> Alternative:
    """Mark a right answer that is written differently from the reference."""
    return Alternative(right.__name__, right)


def exercise(id: str, *, points: int, difficulty: int, minutes: int) -> Callable[[type], Exercise]:
    """Turn a class of declarations into an Exercise. Raises DeclarationError with what is missing."""

    def declare(body: type) -> Exercise:
        given = dict(vars(body))
        for needed in ("functions", "hints", "cases", "reference"):
            if needed not in given:
                raise DeclarationError(f"Exercise {id} declares no `{needed}`: add it to class {body.__name__}.")
        if not isinstance(given["functions"], tuple):
            raise DeclarationError(f"Exercise {id}: `functions` must be a tuple of names, with a comma at its end.")
        if len(given["hints"]) != 3:
            raise DeclarationError(f"Exercise {id} needs three hints (nudge, sketch, near-code).")
        if difficulty not in (1, 2, 3):
            raise DeclarationError(f"Exercise {id}: difficulty is 1, 2 or 3.")
        functions = given["functions"]
        reference = as_solution(given["reference"], functions, None)
        shares = tuple(each for each in given.values() if isinstance(each, Share))
        if len(functions) > 1 and tuple(each.name for each in shares) != functions:
            raise DeclarationError(f"Exercise {id} needs a @share for each of {', '.join(functions)}, in that order.")
        if shares and sum(each.points for each in shares) != points:
            raise DeclarationError(f"Exercise {id}: the points of its shares do not add up to {points}.")
        optional = (
            "probe",
            "show",
            "fingerprint",
            "because",
            "found",
            "compares",
            "unique",
            "shapes",
            "writes_out",
            "tolerance",
            "forbids",
            "learns",
            "returns",
        )
        return Exercise(
            id=id,
            title=" + ".join(functions),
            asks=inspect.cleandoc(body.__doc__ or "").replace("\n", " "),
            points=points,
            difficulty=difficulty,
            minutes=minutes,
            functions=functions,
            hints=tuple(given["hints"]),
            make_cases=given["cases"],
            reference=reference,
            properties=tuple(each for each in given.values() if isinstance(each, Property)),
            misconceptions=tuple(
                Misconception(name, each.sentence, _wrong(id, each, functions, reference))
                for name, each in given.items()
                if isinstance(each, Misconception | Slip)
            ),
            alternatives=tuple(
                Alternative(each.name, as_solution(each.solution, functions, reference))
                for each in given.values()
                if isinstance(each, Alternative)
            ),
            shares=shares,
            **{name: given[name] for name in optional if name in given},
        )

    return declare


def _wrong(id: str, declared: Misconception | Slip, functions: tuple[str, ...], reference: Any) -> Any:
    if isinstance(declared, Misconception):
        return as_solution(declared.solution, functions, reference)
    if len(functions) == 1:
        return declared.made_from(reference)
    if declared.of not in functions:
        raise DeclarationError(f"{declared.where}: a slip of {id} needs of=, one of {', '.join(functions)}.")
    made = declared.made_from(getattr(reference, declared.of))
    return as_solution(SimpleNamespace(**{declared.of: made}), functions, reference)


def as_solution(written: Any, functions: tuple[str, ...], rest: Any) -> Any:
    """One function or class as it stands; for several functions a namespace, filled up from the reference."""
    if len(functions) == 1:
        return written
    missing = [name for name in functions if not hasattr(written, name) and rest is None]
    if missing:
        raise DeclarationError(f"The reference lacks {', '.join(missing)}: write it in the nested class.")
    return SimpleNamespace(**{name: getattr(written, name, None) or getattr(rest, name) for name in functions})

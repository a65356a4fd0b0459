"""What must be true of every exercise. Each proof takes an exercise and gives its complaints: none, if all is well.

They are functions rather than tests, so that test_the_proofs_can_fail.py can hand them exercises that were broken on
purpose. A new exercise is covered by its declaration alone.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import inspect
import io
import pickle
import re
import textwrap
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import torch

from tests.checks.mutants import TooSlow, mutants_of, time_limit
from unravelling.checks.compare import describe
from unravelling.checks.declare import Exercise, Misconception, source_of
from unravelling.checks.engine import Verdict, expected, fingerprint, passes, probe, run
from unravelling.checks.instruments.probing import Raised, observe, same
from unravelling.checks.judge import named
from unravelling.grading.readable_paths import PACKAGE

SEEDS = range(20)


def given(exercise: Exercise, solution: Any) -> Any:
    """A declared solution as a learner hands it in: the function itself, or several in a tuple."""
    return tuple(exercise.parts(solution).values())


def stub_of(exercise: Exercise) -> Any:
    """What a learner finds: the signature, and nothing but a NotImplementedError."""
    scope: dict[str, Any] = {}
    made = []
    for name, reference in exercise.parts(exercise.reference).items():
        text = f'raise NotImplementedError("{exercise.id} is not solved yet")'
        if inspect.isclass(reference):
            lines = ["from torch import nn", f"class {name}(nn.Module):"]
            for method in ("__init__", "forward"):
                lines += [f"    def {method}{_bare(getattr(reference, method))}:"]
                lines += ["        super().__init__()"] if method == "__init__" else []
                lines += [f"        {text}"]
        else:
            lines = [f"def {name}{_bare(reference)}:", f"    {text}"]
        exec("\n".join(lines), scope)
        made.append(scope[name])
    return tuple(made)


def _bare(function: Any) -> str:
    parameters = inspect.signature(function).parameters.values()
    return f"({', '.join(str(each.replace(annotation=each.empty)) for each in parameters)})"


def declaration_is_complete(exercise: Exercise) -> list[str]:
    complaints = []
    if len(exercise.misconceptions) < 3:
        complaints.append(f"has {len(exercise.misconceptions)} misconceptions, fewer than three")
    if len(exercise.alternatives) < 2:
        complaints.append(f"has {len(exercise.alternatives)} alternatives, fewer than two")
    if len(exercise.hints) != 3 or len(set(exercise.hints)) != 3 or not all(exercise.hints):
        complaints.append("does not have three different hints")
    if not exercise.asks:
        complaints.append("does not say what is asked")
    if not exercise.because.endswith("."):
        complaints.append("does not say in a sentence why a right answer is right")
    if not exercise.compares and not exercise.properties:
        complaints.append("is judged by properties and has none")
    for each in exercise.misconceptions:
        if "?" not in each.sentence:
            complaints.append(f"{each.name} has no question that leads on")
    sentences = [each.sentence for each in exercise.misconceptions]
    if len(set(sentences)) < len(sentences):
        complaints.append("says the same sentence for two misconceptions")
    for name, reference in exercise.parts(exercise.reference).items():
        doc = inspect.getdoc(reference) or ""
        if "Example:" not in doc or "Returns" not in doc:
            complaints.append(f"{name} does not document what it returns, with an example")
    if "Source:" not in "".join(inspect.getdoc(each) or "" for each in exercise.parts(exercise.reference).values()):
        complaints.append("names no source")
    if exercise.probe is None:
        wanted = list(inspect.signature(exercise.reference).parameters)
        for case in exercise.cases():
            if list(case.inputs) != wanted[: len(case.inputs)]:
                complaints.append(f"case {case.name!r} gives {list(case.inputs)}; parameters are {wanted}")
    return complaints


LEFT_ALONE = re.compile(
    r"leaves? [\w, ]+ as (it|they) (is|are)|(is|are|stays?) (not changed|unchanged|as (it|they) (is|are))"
)


def what_is_refused_was_promised(exercise: Exercise) -> list[str]:
    """A check that looks at changed inputs and at gradients says so in the text that a learner has before her."""
    texts = [inspect.getdoc(each) or "" for each in exercise.parts(exercise.reference).values()]
    text = " ".join(" ".join(texts).split()).lower()
    complaints = []
    functions = [
        method
        for each in exercise.parts(exercise.reference).values()
        for method in (vars(each).values() if inspect.isclass(each) else [each])
        if inspect.isfunction(method)
    ]
    takes = {name for each in functions for name in inspect.signature(each).parameters}
    given = [each for case in exercise.cases() for name, each in case.inputs.items() if name in takes]
    if any(isinstance(each, (torch.Tensor, list, dict)) for each in given) and not LEFT_ALONE.search(text):
        complaints.append("refuses changed inputs, and its docstring does not say that they are left as they are")
    if exercise.learns and "gradient" not in text:
        complaints.append("asks for gradients, and its docstring does not")
    return complaints


def stub_is_unsolved(exercise: Exercise) -> list[str]:
    verdict = run(exercise, stub_of(exercise))
    want = (
        f'{exercise.id} {exercise.functions[0]} is not solved yet: replace the line "raise NotImplementedError" in the '
        "cell above, run that cell, then this one."
    )
    return [] if (verdict.status, verdict.plain()) == ("unsolved", want) else [f"the stub gets: {verdict.plain()}"]


def quick_part(exercise: Exercise) -> Exercise:
    """The same exercise without its slow cases."""
    if not any(case.slow for case in exercise.cases()):
        return exercise
    return dataclasses.replace(
        exercise, make_cases=lambda rng: (case for case in exercise.make_cases(rng) if not case.slow)
    )


def right_answers_pass(exercise: Exercise) -> list[str]:
    """With every seed; a slow case, with the first alone. A seed may spoil what is decided near a bound, and that is
    what quick cases are drawn for. A whole training ends far from its bar each time (test_recurrent_networks_references
    looks at ten), and with 20 seeds, three right answers and two calls it took longer than all the rest of a proof."""
    complaints, quick = [], quick_part(exercise)
    right = [("reference", exercise.reference), *((each.name, each.solution) for each in exercise.alternatives)]
    for name, solution in right:
        for seed in SEEDS:
            verdict = run(exercise if seed == SEEDS[0] else quick, given(exercise, solution), seed)
            if verdict.plain() != f"PASS {exercise.id} {exercise.title}":
                complaints.append(f"{name} fails with seed {seed}: {verdict.symptom}")
                break
    return complaints


@cache  # two proofs look at the verdict of the first seed
def verdict_on(exercise: Exercise, known: Misconception, seed: int) -> Verdict:
    """Of a declared misconception, handed in as an answer."""
    return run(exercise, given(exercise, known.solution), seed)


def misconceptions_are_named(exercise: Exercise) -> list[str]:
    complaints = []
    for each in exercise.misconceptions:
        for seed in range(5):
            verdict = verdict_on(exercise, each, seed)
            if verdict.passed:
                complaints.append(f"{each.name} passes with seed {seed}")
            elif (verdict.misconception, verdict.cause) != (each.name, each.sentence):
                complaints.append(f"{each.name} is taken for {verdict.misconception or 'nothing known'}, seed {seed}")
            elif each.sentence not in verdict.plain() or not verdict.symptom:
                complaints.append(f"{each.name} does not get its sentence, or no symptom")
    return complaints


def misconceptions_differ(exercise: Exercise) -> list[str]:
    cases = exercise.cases()

    def prints(solution: Any) -> list[Any]:
        return [fingerprint(exercise, case, probe(exercise, solution, case)["result"]) for case in cases]

    found = {each.name: prints(each.solution) for each in exercise.misconceptions}
    names = list(found)
    return [
        f"{a} and {b} agree on all cases"
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        if all(same(x, y, 1e-4) for x, y in zip(found[a], found[b], strict=True))
    ]


def cells_show_the_failure(exercise: Exercise) -> list[str]:
    """The cell of a failed check runs when it is pasted, shows something else than for a right answer, and does not
    hold one."""
    complaints = []
    for each in exercise.misconceptions:
        verdict = verdict_on(exercise, each, SEEDS[0])
        theirs, right = (outcome(verdict.cell, exercise, solution) for solution in (each.solution, exercise.reference))
        if not verdict.cell or same(theirs, right, 1e-6):
            complaints.append(f"the cell for {each.name} shows {describe(theirs)}, as a right answer does")
        if held := sorted(lines_of(exercise.reference) & lines_of(verdict.cell)) or worked_out(exercise, verdict):
            complaints.append(f"the cell for {each.name} holds a part of the answer: {' / '.join(held)}")
    return complaints


def worked_out(exercise: Exercise, verdict: Verdict) -> list[str]:
    """The names in a cell that hold what was asked for though none of the learner's functions does anything."""
    if exercise.wants_class or verdict.case is None:  # a class is compared with torch's own, as its docstring says
        return []
    scope: dict[str, Any] = {name: MagicMock() for name in exercise.functions}
    for statement in ast.parse(verdict.cell).body:
        with contextlib.suppress(Exception):  # torch takes no stand-in for a tensor
            exec(compile(ast.Module([statement], []), "<cell>", "exec"), scope)
    want = named(exercise, expected(exercise, verdict.case))
    parts = want.values() if isinstance(want, dict) else want if isinstance(want, (tuple, list)) else [want]
    asked = [each for each in parts if isinstance(each, torch.Tensor) and each.numel() > 2]
    given = [each for each in verdict.case.inputs.values() if isinstance(each, torch.Tensor)]
    return [
        name
        for name, value in scope.items()
        if isinstance(value, torch.Tensor)
        and any(same(value, each, 1e-5) for each in asked)
        and not any(same(value, each) for each in given)
    ]


def lines_of(code: Any) -> set[str]:
    """The expressions that do the work in a text, a function or the functions of a namespace, each as one text: calls
    and operations of some length, whatever names they are given to."""
    if not isinstance(code, str):
        parts = vars(code).values() if isinstance(code, SimpleNamespace) else [code]
        return set().union(*(lines_of(textwrap.dedent(inspect.getsource(each))) for each in parts))
    found = set()
    for node in ast.walk(ast.parse(code)):
        value = getattr(node, "value", None) if isinstance(node, (ast.Return, ast.Assign, ast.Expr)) else None
        if isinstance(value, (ast.Call, ast.BinOp)) and len(ast.unparse(value)) > 20:
            found.add(ast.unparse(value))
    return found


def outcome(cell: str, exercise: Exercise, solution: Any) -> Any:
    """What `result` is after the cell, or what was raised. Only names that a notebook has by then are there."""
    scope = dict(exercise.parts(solution))

    def paste() -> Any:
        exec(compile(cell, "<pasted cell>", "exec"), scope)
        return scope["result"]

    return observe(paste, {})["result"]


INSTRUMENTS = "unravelling.checks.instruments"  # the one room of the checks that a kernel may read
ROOM = PACKAGE / "checks" / "instruments"


def _hidden_imports(text: str, package: str = "") -> list[str]:
    """The modules of ours that a text imports and that are no instruments. package: the one in which it lies."""
    found = []
    for each in ast.walk(ast.parse(text)):
        if isinstance(each, ast.Import):
            found += [name.name for name in each.names]
        elif isinstance(each, ast.ImportFrom):
            above = package.rsplit(".", each.level - 1)[0] if each.level else ""  # one dot is the package itself
            found.append(".".join(part for part in (above, each.module) if part))
    ours = [each for each in found if each.split(".")[0] == "unravelling"]
    return [each for each in ours if not f"{each}.".startswith(f"{INSTRUMENTS}.")]


def instruments_that_lean_out() -> list[str]:
    """What instruments import of ours beside each other: a kernel that may read them could not run them."""
    return [
        f"{file.name} imports {module}, which no kernel may read"
        for file in sorted(ROOM.glob("*.py"))
        for module in _hidden_imports(file.read_text("utf-8"), INSTRUMENTS)
    ]


def probe_stands_alone(exercise: Exercise) -> list[str]:
    """A grader sends the probe's text alone into a sandbox: it must run there with instruments alone around it."""
    complaints = []
    for each in (exercise, *exercise.pieces.values()):
        if each.probe is None:
            continue
        text = source_of(each.probe)
        complaints += [f"the probe imports {module}, which no kernel may read" for module in _hidden_imports(text)]
        complaints += instruments_that_lean_out() if INSTRUMENTS in text else []
        scope: dict[str, Any] = {}
        exec(text, scope)
        case = each.cases()[0]
        alone = observe(each.reference, case.inputs, scope[each.probe.__name__])["result"]
        if not same(alone, probe(each, each.reference, case)["result"]):
            complaints.append(f"the probe by itself gives {describe(alone)}")
    return complaints


def shares_tell_functions_apart(exercise: Exercise) -> list[str]:
    """Of several functions, those that are right keep their points whatever is wrong with the others."""
    complaints = []
    whole = exercise.parts(exercise.reference)
    stubs = dict(zip(whole, stub_of(exercise), strict=True)) if exercise.shares else {}
    wrong = [(each.name, exercise.parts(each.solution)) for each in exercise.misconceptions if exercise.shares]
    wrong += [(f"the stub of {name}", whole | {name: stub}) for name, stub in stubs.items()]
    for name, functions in wrong:
        want = tuple(each for each in whole if functions[each] is whole[each])
        verdict = run(exercise, tuple(functions.values()))
        if verdict.right != want:
            complaints.append(f"with {name}, right are {verdict.right}, not {want}")
        if want and f"Right already: {', '.join(want)} ({verdict.points} of {exercise.points}" not in verdict.plain():
            complaints.append(f"with {name}, it does not say that {want} are right")
    return complaints


def values_are_plain(exercise: Exercise) -> list[str]:
    """What a probe brings back survives being written and read, as it must on its way out of a grader's kernel."""
    complaints = []
    for case in exercise.cases():
        values = probe(exercise, exercise.reference, case)
        box = io.BytesIO()
        torch.save(values, box)
        box.seek(0)
        try:
            with torch.serialization.safe_globals([Raised]):
                back = torch.load(box, weights_only=True)
        except pickle.UnpicklingError:
            complaints.append(f"{case.name}: brings back {describe(values['result'])}")
            continue
        complaints += [f"{case.name}: {key} changes" for key in back if not same(back[key], values[key])]
    return complaints


@cache  # two tests of one exercise look at the same verdicts
def mutant_verdicts(exercise: Exercise) -> dict[str, Verdict | None]:
    """The verdict on each mutant, by its change; None where it does not end in its time."""
    passes(exercise, exercise.reference)  # what a check loads once, such as a model, is no mutant's time
    found: dict[str, Verdict | None] = {}
    for mutant in mutants_of(exercise):
        alike = sum(each == mutant.change or each.startswith(f"{mutant.change} (") for each in found)
        change = f"{mutant.change} ({alike + 1})" if alike else mutant.change  # the same text in two places
        try:
            with time_limit(10):
                found[change] = run(exercise, given(exercise, mutant.solution))
        except TooSlow:
            found[change] = None
    return found


def survivors(exercise: Exercise) -> tuple[int, list[str]]:
    """How many mutants there are, and the changes of those that the check lets pass."""
    verdicts = mutant_verdicts(exercise)
    return len(verdicts), [change for change, verdict in verdicts.items() if verdict is not None and verdict.passed]


def mutants_told(exercise: Exercise) -> dict[str, str]:
    """For each mutant of which a story is told: the change, and the story's name."""
    verdicts = mutant_verdicts(exercise)
    return {change: each.misconception for change, each in verdicts.items() if each and each.misconception}


PROOFS = (
    declaration_is_complete,
    what_is_refused_was_promised,
    stub_is_unsolved,
    right_answers_pass,
    misconceptions_are_named,
    misconceptions_differ,
    cells_show_the_failure,
    probe_stands_alone,
    shares_tell_functions_apart,
    values_are_plain,
)

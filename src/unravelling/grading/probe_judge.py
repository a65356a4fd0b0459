"""Judge in the grader's own process: draw the inputs here, send only them, and look at the values that come back."""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from unravelling.checks import engine, registry
from unravelling.checks.declare import Exercise, source_of
from unravelling.checks.engine import Verdict
from unravelling.checks.instruments.optional_torch import Tensor, torch
from unravelling.checks.instruments.probing import Raised, same
from unravelling.checks.random_inputs import generator
from unravelling.grading.in_kernel.published_checks import LONGEST, MIME
from unravelling.grading.in_kernel.wire_format import NotPlain, packed, unpacked

NOT_OURS = "What came out of the check is not what it sends: some cell writes in its name."


class Tampered(RuntimeError):
    """What came out of the kernel is not what `check` sends; the message says so to the learner."""


class LeftOpen(RuntimeError):
    """An answer left so much open that the exercises after it would lack it; the message says how much."""


class Judge:
    """The exercises of one module with cases drawn from one secret seed."""

    def __init__(self, module: str, seed: int) -> None:
        self.module, self.seed = module, seed
        self.exercises: dict[str, Exercise] = {each.id: each for each in registry.module(module)}
        drawn = generator(seed)
        self._canary = torch.rand(3, generator=drawn) if torch else [drawn.random() for _ in range(3)]

    @cached_property
    def tasks(self) -> str:
        """What the kernel gets to read: inputs, probes and what to watch for; nothing that tells an answer."""
        return json.dumps({id: self._task(each) for id, each in self.exercises.items()})

    def _task(self, exercise: Exercise) -> dict[str, Any]:
        return {
            "functions": list(exercise.functions),
            "forbids": list(exercise.forbids),
            "learns": list(exercise.learns),
            "probe": None if exercise.probe is None else source_of(exercise.probe),
            "pieces": {each.name: source_of(each.probe) for each in exercise.shares},
            "inputs": [packed(dict(case.inputs)) for case in engine.cases(exercise, self.seed)],
            "canary": packed(self._canary),
        }

    def warm(self) -> None:
        """Work out the right answers now, once for all notebooks."""
        for exercise in self.exercises.values():
            for case in engine.cases(exercise, self.seed):
                engine.expected(exercise, case)
        self.tasks  # noqa: B018

    def verdict(self, exercise_id: str, outputs: list[dict[str, Any]], failed: Container[str] = ()) -> Verdict:
        """The verdict on what a check cell gave out. failed: the exercises of the same notebook that did not pass.

        Raises Tampered, and LeftOpen.
        """
        exercise = self.exercises[exercise_id]
        sent = _read(outputs)
        if sent.exercise != exercise_id or not all(map(_looks_observed, (sent.values, *sent.pieces.values()))):
            raise Tampered(NOT_OURS)
        if not self._canary_alive(sent.canary):
            raise Tampered(
                "A function that is wrong on purpose was not seen to be wrong: some cell has changed how answers are "
                "watched."
            )
        if sent.open:
            raise LeftOpen(f"it left {str(sent.open)[:6]} sockets, pipes or files open")
        if wrong := engine.misfit(exercise, sent.given):
            return wrong
        cases, values = engine.cases(exercise, self.seed), sent.values
        if sent.pieces.keys() != exercise.pieces.keys():
            raise Tampered("The check sent values for some of the functions only: some cell writes in its name.")
        if len(values) != len(cases) and not (values and engine.unsolved(values[-1]["result"])):
            raise Tampered("The check sent values for some of the inputs only: some cell writes in its name.")
        if not all(
            _probed(one["result"], engine.expected(exercise, case)) for one, case in zip(values, cases, strict=False)
        ):
            raise Tampered(NOT_OURS)
        try:
            verdict = engine.conclude(exercise, values, self.seed)
            if verdict.passed:
                return verdict
            verdict = engine.with_shares(verdict, sent.pieces, self.seed)
            return engine.blaming(verdict, sent.given, lambda other: other.id not in failed)
        except Exception as error:  # what `plain` makes of an answer has never done this: see test_odd_answers.py
            raise Tampered(
                f"What came out of the check cannot be judged ({type(error).__name__}: {error}). Either some cell "
                "writes in its name, or the check has a fault: please show this to whoever teaches the course."
            ) from error

    def _canary_alive(self, canary: Any) -> bool:
        """Whether what is wrong on purpose (published_checks._canary) was seen to be wrong in all the ways it is."""
        told = (self._canary + 1).softmax(-1) if isinstance(self._canary, Tensor) else sum(self._canary, 1.0)
        return (
            _looks_observed([canary])
            and same(canary["result"], told, 1e-5)
            and canary["changed"] == ["x"]
            and canary["printed"] == "canary\n"
            and (torch is None or any("softmax" in name for name in canary["used"]))
        )


@dataclass(frozen=True)
class _Sent:
    """What published_checks.check sends, unpacked; nothing of it is trusted."""

    exercise: Any
    values: Any
    pieces: dict[str, Any]
    given: list[dict[str, Any]]
    canary: Any
    open: Any


def _read(outputs: list[dict[str, Any]]) -> _Sent:
    """What a check cell sent. Raises Tampered where it sent nothing, or something else."""
    texts = [each["data"][MIME] for each in outputs if MIME in (each.get("data") or {})]
    if not texts:
        raise Tampered(
            "The check ran, and nothing came out of it: some cell has replaced `check`, or changes what cells do."
        )
    if len(texts) > 1 or not isinstance(texts[0], str) or len(texts[0]) > LONGEST:
        raise Tampered("More came out of the check than it sends: some cell writes in its name.")
    try:
        payload = json.loads(texts[0])
        values, canary = unpacked(payload["values"]), unpacked(payload["canary"])
        given = _plain_descriptions(payload["given"])
        pieces = {name: unpacked(payload["pieces"][name]) for name in payload["pieces"]}
        return _Sent(payload.get("exercise"), values, pieces, given, canary, payload.get("open"))
    except (NotPlain, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Tampered(NOT_OURS) from error


def _probed(got: Any, want: Any) -> bool:
    """Whether a result has the parts that the exercise's probe gives, whatever the answer is; `want` has them."""
    return (
        isinstance(got, Raised) or not isinstance(want, dict) or (isinstance(got, dict) and got.keys() == want.keys())
    )


def _looks_observed(values: Any) -> bool:
    wanted = {"result": object, "again": object, "changed": list, "used": list, "unreached": list, "printed": str}
    return isinstance(values, list) and all(
        isinstance(each, dict)
        and each.keys() == wanted.keys()
        and all(isinstance(each[name], kind) for name, kind in wanted.items())
        and all(isinstance(name, str) for part in ("changed", "used", "unreached") for name in each[part])
        for each in values
    )


def _plain_descriptions(given: Any) -> list[dict[str, Any]]:
    """What probing.described says, cut to what a report can show. Raises TypeError or KeyError."""
    found = []
    for each in given:
        one: dict[str, Any] = {name: str(each[name])[:100] for name in ("name", "type", "kind")}
        for part in ("takes", "forward"):
            if part in each:
                one[part] = each[part]
        one["calls"] = [str(name)[:100] for name in list(each["calls"])[:50]]
        found.append(one)
    return found

"""Reports for programs: CSV for a gradebook, JUnit XML for CI, Gradescope's results.json."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

from unravelling.grading.results import PASSED, NotebookResult

_FORMULA = {"=", "+", "-", "\N{MINUS SIGN}", "@"}
_BLANK = " \t\u00a0\u2009\u200b\u200c\u200d\u202f\u3000\ufeff\"'"  # what some spreadsheets take away
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def csv_text(results: Sequence[NotebookResult], absent: Sequence[tuple[str, str]]) -> str:
    """A line for each exercise of each notebook, and one for each notebook that is missing."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["student", "module", "exercise", "points", "of", "status", "misconception", "late", "reason"])
    for each in results:
        who = _cell(each.student), _cell(each.module)
        if each.problem and not each.parts:
            table.writerow([*who, "", 0, 0, "not graded", "", _yes(each.late), _cell(each.problem)])
        for part in each.parts:
            first = part.reason.strip().splitlines()[:2]
            row = [part.exercise, part.points, part.of, part.status, part.misconception, _yes(each.late)]
            table.writerow([*who, *row, _cell(" ".join(first))])
    for student, module in absent:
        table.writerow([_cell(student), module, "", 0, "", "not handed in", "", "", ""])
    return out.getvalue()


def _yes(late: bool) -> str:
    return "late" if late else ""


def _cell(text: str) -> str:
    """A text in one line that no spreadsheet takes for a formula, though it begin wide, small or after spaces."""
    line = " ".join(text.splitlines())
    first = unicodedata.normalize("NFKC", line.lstrip(_BLANK))[:1]
    return "'" + line if first in _FORMULA or line[:1] == "\t" else line


def junit(results: Sequence[NotebookResult]) -> str:
    """JUnit XML: a suite for each notebook, a case for each exercise."""
    root = ElementTree.Element("testsuites", name="unravelling")
    for each in results:
        failed = sum(part.status != PASSED for part in each.parts)
        suite = ElementTree.SubElement(root, "testsuite", name=_xml(f"{each.student} {each.module}"))
        suite.set("tests", str(len(each.parts) or 1))
        suite.set("failures", str(failed))
        suite.set("errors", str(int(bool(each.problem))))
        suite.set("time", f"{each.cpu:.3f}")
        for part in each.parts:
            case = ElementTree.SubElement(suite, "testcase", name=f"{part.exercise} {part.title}")
            case.set("classname", _xml(f"{each.module}.{each.student}"))
            case.set("time", f"{part.seconds:.3f}")
            if part.status != PASSED:
                first = part.reason.strip().splitlines()[:1] or [part.status]
                failure = ElementTree.SubElement(case, "failure", type=part.status, message=_xml(first[0]))
                failure.text = _xml(part.reason)
        if each.problem:
            case = ElementTree.SubElement(suite, "testcase", name="notebook", classname=_xml(each.student))
            ElementTree.SubElement(case, "error", message=_xml(each.problem))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_XML.sub("�", text)


def gradescope(result: NotebookResult) -> str:
    """Gradescope's results.json for one notebook: a test for each exercise."""
    tests = [
        {
            "number": part.exercise,
            "name": f"{part.exercise} {part.title}",
            "score": part.points,
            "max_score": part.of,
            "status": "passed" if part.status == PASSED else "failed",
            "output": part.reason.strip() or "Passed.",
            "output_format": "text",
            "visibility": "visible",
        }
        for part in result.parts
    ]
    found = {"tests": tests, "execution_time": round(result.cpu, 1), "stdout_visibility": "hidden"}
    words = [each for each in (result.problem, *result.notes) if each]
    if words:
        found["output"] = "\n".join(words)
        found["output_format"] = "text"
    if not tests:
        found["score"] = 0
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def gradescope_problem(problem: str) -> str:
    """results.json where nothing could be graded: no score, and why."""
    return json.dumps({"score": 0, "output": problem, "output_format": "text", "stdout_visibility": "hidden"}) + "\n"

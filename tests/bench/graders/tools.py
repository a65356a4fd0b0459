"""How each grader is set up and asked, and how its verdicts are read: {student: {exercise: passed}}."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

from .class_of import EXERCISES, NOTEBOOK, ROOT, solved
from .measuring import Used, measured

Verdicts = dict[str, dict[str, bool]]
RAISE = {"UNRAVELLING_CHECK": "raise", "UNRAVELLING_PROGRESS": "", "OMP_NUM_THREADS": "1"}


def ours(handed: Path, scratch: Path) -> tuple[Used, Verdicts]:
    """unravelling grade."""
    out = scratch / "ours"
    command = [sys.executable, "-m", "unravelling", "grade", str(handed), "--out", str(out), "--module", "04"]
    used = measured(command, ROOT)
    verdicts: Verdicts = {}
    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            verdicts.setdefault(row["student"], {})[row["exercise"]] = row["status"] == "passed"
    return used, verdicts


def plain_nbval(handed: Path, scratch: Path) -> tuple[Used, Verdicts]:
    """pytest --nbval-lax on what was handed in, on all cores, with ordinary kernels and our hooks for the names."""
    report = scratch / "nbval.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, f"--rootdir={handed}", "-p", "no:cacheprovider"]
    command += ["--nbval-lax", "--nbval-kernel-name", "python3", "-n", str(os.cpu_count()), "--dist", "loadscope"]
    used = measured([*command, "-o", "junit_family=xunit1", f"--junitxml={report}", str(handed)], handed, RAISE)
    verdicts: Verdicts = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        marks = {each.get("name"): each.get("value") for each in case.iter("property")}
        if marks.get("role") == "check":
            student = re.search(r"s\d{4}", case.get("file") or case.get("classname"))[0]
            verdicts.setdefault(student, {})[marks["exercise"]] = case.find("failure") is None
    return used, verdicts


def environment_of(name: str, package: str) -> Path:
    """An environment with `package` in it, and with ours below it: torch and the course are found there."""
    folder = ROOT / ".cache" / f"bench-{name}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        ours = subprocess.run(
            [sys.executable, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        subprocess.run([str(python), "-m", "pip", "install", "-q", package], check=True)
        (site,) = (folder / "lib").glob("python*/site-packages")
        (site / "zz_ours.pth").write_text(f"{ours}\n{ROOT / 'src'}\n")
        (folder / "ready").touch()
    return python


def _path(python: Path) -> dict[str, str]:
    """Programs of that environment first: nbgrader starts alembic by its name."""
    return {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}


def nbgrader(handed: Path, scratch: Path) -> tuple[Used, Verdicts]:
    """nbgrader autograde, after generate_assignment; both are counted."""
    python = environment_of("nbgrader", "nbgrader==0.9.6")
    course = scratch / "nbgrader"
    (course / "source" / "ps").mkdir(parents=True)
    (course / "source" / "ps" / NOTEBOOK).write_text(json.dumps(_for_nbgrader(solved())))
    for student in sorted(handed.iterdir()):
        place = course / "submitted" / student.name / "ps"
        place.mkdir(parents=True)
        notebook = json.loads((student / NOTEBOOK).read_text())
        (place / NOTEBOOK).write_text(json.dumps(_for_nbgrader(notebook)))
    program = [str(python), "-m", "nbgrader"]
    steps = " && ".join(
        " ".join([*program, *rest])
        for rest in (["generate_assignment", "ps", "--force"], ["autograde", "ps"], ["export"])
    )
    used = measured(["bash", "-c", steps], course, {**RAISE, **_path(python)})
    verdicts: Verdicts = {}
    reading = """
import json
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    found = {}
    for each in book.assignment_submissions("ps"):
        grades = [grade for notebook in each.notebooks for grade in notebook.grades]
        found[each.student.id] = {grade.name: grade.auto_score == grade.max_score for grade in grades}
print(json.dumps(found))
"""
    said = subprocess.run(
        [str(python), "-c", reading], cwd=course, env={**os.environ, **_path(python)}, capture_output=True, text=True
    )
    for student, grades in json.loads(said.stdout or "{}").items():
        verdicts[student] = {name.removeprefix("check-").replace("-", "."): full for name, full in grades.items()}
    return used, verdicts


def _for_nbgrader(notebook: dict) -> dict:
    from unravelling.checks import registry

    points = {each.id: each.points for each in registry.module("04")}
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("unravelling", {})
        role, exercise = mark.get("role"), mark.get("exercise", "")
        if role in ("answer", "check"):
            check = role == "check"
            cell["metadata"]["nbgrader"] = {
                "grade": check, "solution": not check, "locked": check, "schema_version": 3, "task": False,
                "grade_id": f"{role}-{exercise.replace('.', '-')}", **({"points": points[exercise]} if check else {}),
            }  # fmt: skip
    return notebook


def otter(handed: Path, scratch: Path) -> tuple[Used, Verdicts]:
    """otter run, one after the other as its documentation has it, with tests that call our checks."""
    python = environment_of("otter", "otter-grader==7.0.0")
    place = scratch / "otter"
    place.mkdir()
    archive = _for_otter(place)
    lines = []
    for student in sorted(handed.iterdir()):
        work = place / student.name
        work.mkdir()
        notebook = json.loads((student / NOTEBOOK).read_text())
        (work / NOTEBOOK).write_text(json.dumps(notebook))
        lines.append(
            f"(cd {work} && timeout 300 {python} -m otter run -a {archive} -o {work} --no-logo {NOTEBOOK} || true)"
        )
    used = measured(["bash", "-c", "\n".join(lines)], place, {**RAISE, **_path(python)})
    verdicts: Verdicts = {}
    for student in sorted(handed.iterdir()):
        file = place / student.name / "results.json"
        if file.exists():
            tests = json.loads(file.read_text())["tests"]
            verdicts[student.name] = {
                each["name"]: each["score"] == each["max_score"] for each in tests if each["name"] in EXERCISES
            }
    return used, verdicts


def _for_otter(place: Path) -> Path:
    from unravelling.checks import registry

    archive = place / "autograder.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("otter_config.json", json.dumps({"show_stdout": False, "lang": "python"}))
        for each in registry.module("04"):
            code = f'>>> check("{each.id}", {", ".join(each.functions)})\nPASS {each.id} {each.title}'
            suite = {"cases": [{"code": code, "hidden": False, "locked": False}], "scored": True, "setup": "",
                     "teardown": "", "type": "doctest"}  # fmt: skip
            test = {"name": each.id, "points": each.points, "suites": [suite]}
            file.writestr(f"tests/{each.id}.py", f"OK_FORMAT = True\n\ntest = {test!r}\n")
    return archive


TOOLS = {"ours": ours, "nbval": plain_nbval, "nbgrader": nbgrader, "otter": otter}

"""Which tests run in one process when several share the work."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import group


@pytest.mark.parametrize(
    ("test", "together"),
    [
        (
            "tests/checks/test_exercises.py::test_every_exercise_holds_every_proof[04.1-stub_is_unsolved]",
            "checks of 04.1",
        ),
        ("tests/checks/test_matrix.py::test_a_right_answer_passes[04.1 in_one_line]", "checks of 04.1"),
        ("tests/checks/test_engine.py::test_a_pass_is_one_line", "tests/checks/test_engine.py"),
        ("tests/browser/test_lessons.py::test_it[course/04_attention.ipynb-head]", "course/04_attention.ipynb"),
        ("tests/browser/test_exercises.py::test_it[exercises/04_attention.ipynb]", "tests/browser/test_exercises.py"),
        ("tests/colab/test_notebooks_alone.py::test_it[04_attention]",) * 2,
        ("tests/grading/test_faults.py::test_it[course/04_attention.ipynb]", "tests/grading/test_faults.py"),
    ],
)
def test_tests_that_share_what_is_slow_stay_together(test, together):
    assert group(test) == together


def test_the_groups_reach_the_processes(tmp_path, request):
    """Each file of a run of two processes is seen by one of them alone."""
    for name in ("a", "b"):
        lines = [f"import os, pathlib\n\n\ndef test_{n}(worker_id):\n    " for n in range(6)]
        body = f"(pathlib.Path({str(tmp_path)!r}) / f'{name}-{{worker_id}}').touch()\n\n\n"
        (tmp_path / f"test_{name}.py").write_text(body.join([*lines, ""]), encoding="utf-8")
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_xdist_make_scheduler\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", "."]
    environment = {"PYTHONPATH": str(request.config.rootpath)}
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, **environment})
    assert ran.returncode == 0, ran.stdout
    seen = sorted(path.name.partition("-")[0] for path in tmp_path.glob("?-gw*"))
    assert seen == ["a", "b"]

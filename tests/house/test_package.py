"""The package as it is imported and as it is shipped."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import pytest
import yaml
from packaging.version import Version

from tests.house.repository import ROOT, build_wheel, versioned_files

SECONDS = 0.2

MEASURE = """
import time, sys
before = time.perf_counter()
import unravelling
seconds = time.perf_counter() - before
heavy = sys.modules.keys() & {"torch", "transformers", "numpy", "matplotlib", "ipywidgets", "anywidget", "jinja2"}
print(seconds, *heavy)
"""


def test_importing_the_package_is_quick_and_pulls_in_nothing_heavy():
    runs = [subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True) for _ in range(5)]
    measured = [run.stdout.split() for run in runs]
    assert all(len(one) == 1 for one in measured), measured
    assert min(float(one[0]) for one in measured) < SECONDS


def test_every_public_name_can_be_fetched():
    code = "import unravelling\nfor name in unravelling.__all__: getattr(unravelling, name)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_a_name_the_package_does_not_have_is_answered_with_those_it_has():
    import unravelling

    with pytest.raises(AttributeError, match=r"no attribute 'chekc'; it offers .*check"):
        unravelling.chekc  # noqa: B018


@pytest.fixture(scope="module")
def shipped(tmp_path_factory) -> list[str]:
    return zipfile.ZipFile(build_wheel(tmp_path_factory.mktemp("wheel"))).namelist()


def test_the_wheel_holds_every_file_of_the_package(shipped):
    # Not only .py: components need their .js and .css, quizzes their .toml, JupyterLab its settings.
    sources = [path.relative_to("src").as_posix() for path in versioned_files() if path.parts[0] == "src"]
    assert {path.rsplit(".", 1)[-1] for path in sources} >= {"py", "json", "js", "css"}
    assert not set(sources) - set(shipped)


def test_the_wheel_carries_its_licences_and_its_commands(shipped):
    ends = [name.split(".dist-info/", 1)[-1] for name in shipped if ".dist-info/" in name]
    assert {"licenses/LICENSE", "licenses/LICENSE-lessons", "licenses/NOTICE", "entry_points.txt"} <= set(ends)


def test_the_version_is_the_same_wherever_it_stands():
    import tomllib

    import unravelling

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    assert project["version"] == unravelling.__version__
    if ".dev" in unravelling.__version__:  # between two releases what can be cited is the last one
        assert Version(citation) < Version(unravelling.__version__)
    else:
        assert citation == unravelling.__version__


def test_jupyterlab_reads_the_settings_that_turn_its_news_off(monkeypatch):
    from unravelling import workplace

    file = workplace.LAB_SETTINGS / "labconfig" / "default_setting_overrides.json"
    wanted = json.loads(file.read_text(encoding="utf-8"))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(workplace.LAB_SETTINGS))
    code = "from jupyterlab_server.settings_utils import _get_overrides as g; import json; print(json.dumps(g('')[0]))"
    read = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
    assert wanted.items() <= read.items()


def test_kernels_of_the_lab_let_other_programs_have_the_core(monkeypatch):
    from unravelling import workplace

    ran = []
    monkeypatch.setattr(workplace, "fetch_what_is_missing", lambda: None)
    monkeypatch.setattr(workplace, "copy_exercises", lambda root: [])
    monkeypatch.setattr(
        workplace.subprocess, "run", lambda *_, **given: ran.append(given) or SimpleNamespace(returncode=0)
    )
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    assert workplace.open_lab(ROOT, []) == 0
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")  # who has chosen keeps the choice
    workplace.open_lab(ROOT, [])
    assert [given["env"]["OMP_WAIT_POLICY"] for given in ran] == ["PASSIVE", "ACTIVE"]

"""The repository as a reader and a machine find it: sizes, places, pins, licences, README, workflow, Makefile."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.repository import ROOT, versioned_files
from unravelling.building.settings import read_settings
from unravelling.checks import registry

MOST_LINES = 400
CODE = {".py", ".js", ".css", ".toml", ".yml", ".sh"}
# Written in halves, so that this file does not hold what it looks for.
PLACES = ["py" + "pi.org", "python" + "hosted", "registry.npm" + "js", "deb." + "debian"]
PLACES += ["/work/" + part for part in ("main", "shared")] + ["/opt/" + part for part in ("wheels", "py" + "pi")]
PLACES += ["/tmp/" + "u/", "/root/" + "."]
TEXT = {".py", ".js", ".css", ".toml", ".yml", ".yaml", ".md", ".txt", ".ipynb", ".json", ".cff", ".html", ""}


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads(_text("pyproject.toml"))


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    lines = [line for line in _text("requirements.txt").splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line) for line in lines), "a pin is name==version only"
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


def test_no_file_of_code_is_too_long_to_read_in_one_go():
    long = {
        str(p): n for p in versioned_files() if p.suffix in CODE and (n := len(_text(str(p)).splitlines())) > MOST_LINES
    }
    assert not long


def test_no_file_names_a_place_of_the_machine_it_was_written_on():
    found = []
    for path in versioned_files():
        if path.suffix in TEXT:
            text = (ROOT / path).read_text(encoding="utf-8", errors="replace")
            found += [f"{path}: {place}" for place in PLACES if place in text]
    assert not found


def test_no_module_is_named_after_nothing():
    empty_names = {"utils", "helpers", "common", "misc", "util", "helper"}
    assert not [str(path) for path in versioned_files() if set(path.with_suffix("").parts) & empty_names]


def test_the_pins_lie_within_every_range_that_the_package_asks_for(project, pins):
    asked = list(project["project"]["dependencies"])
    for extra in project["project"]["optional-dependencies"].values():
        asked += extra
    for requirement in map(Requirement, asked):
        name = canonicalize_name(requirement.name)
        if name != "unravelling":
            assert name in pins, f"{name} is asked for in pyproject.toml but has no pin"
            assert requirement.specifier.contains(pins[name]), f"{name} {pins[name]} is outside {requirement.specifier}"


def test_mypy_leaves_out_no_module_of_ours(project):
    overrides = project["tool"]["mypy"]["overrides"]
    assert not [name for each in overrides for name in each["module"] if name.split(".")[0] == "unravelling"]


def test_torch_is_pinned_without_a_mark_of_one_build(pins):
    assert pins["torch"] == "2.13.0"


def test_conda_users_get_the_same_pins(project):
    environment = yaml.safe_load(_text("environment.yml"))
    names = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    by_pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    python = next(Requirement(name.replace("=", "==", 1)) for name in names if name.startswith("python="))
    version = str(python.specifier).removeprefix("==")
    assert Requirement(f"x{project['project']['requires-python']}").specifier.contains(version)
    assert names == [f"python={version}", "pip"], "anything conda brings beside these could differ from the pins"
    assert by_pip == ["-r requirements.txt", "-e ."]


def test_the_licences_are_there_and_say_what_they_cover():
    assert "MIT License" in _text("LICENSE")
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in _text("LICENSE-lessons")
    notice = _text("NOTICE")
    for shown in ("SmolLM2-135M-Instruct", "all-MiniLM-L6-v2", "Wikipedia", "CC BY-SA", "BertViz", "D3", "jQuery"):
        assert shown in notice


def test_the_readme_lists_as_ready_exactly_the_modules_that_are_built():
    rows = re.findall(r"^\| (\d\d) \|.*$", _text("README.md"), re.MULTILINE)
    assert rows == [f"{number:02d}" for number in range(16)]
    ready = set(re.findall(r"\(course/(\d\d_[a-z0-9_]+)\.ipynb\)", _text("README.md")))
    assert ready == {path.stem for path in (ROOT / "course").glob("*.ipynb")}


def test_the_readme_promises_the_minutes_that_each_lesson_names():
    promised = dict(re.findall(r"\(course/(\d\d_\w+)\.ipynb\) \| (\d+) \|", _text("README.md")))
    for source in sorted((ROOT / "authoring").glob("*/lesson.md")):
        line = re.search(
            r"^\*\*Time\*\* about (\d+) minutes here, and (\d+) in ", source.read_text("utf-8"), re.MULTILINE
        )
        assert line and int(line[1]) + int(line[2]) == int(promised[source.parent.name]), source
        exercises = registry.module(source.parent.name[:2])
        assert sum(each.minutes for each in exercises) == int(line[2]), source


def test_the_readme_and_the_notebooks_point_to_one_repository_and_one_branch_or_tag():
    # As long as none is set, a clone with a remote may have built them with its address (building/settings.py).
    settings = [read_settings(ROOT, ask_git) for ask_git in (True, False)]
    allowed = {f"{each.repository}/blob/{each.opened}" for each in settings}
    pages = {"README.md": _text("README.md")}
    pages |= {str(path): path.read_text(encoding="utf-8") for path in sorted((ROOT / "course").glob("*.ipynb"))}
    prefix = "https://colab.research.google.com/github/"
    for page, text in pages.items():
        found = set(re.findall(re.escape(prefix) + r"(.+?/blob/[^/]+)/", text))
        assert len(found) == 1 and found <= allowed, page


DOCUMENTS = [path for path in versioned_files() if path.suffix == ".md" and path.parts[0] not in ("authoring", "tests")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_every_link_of_a_document_to_a_file_leads_to_one(path):
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", _text(str(path)))
    here = [target for target in targets if not target.startswith(("http", "mailto"))]
    assert not [target for target in here if not (ROOT / path.parent / target).exists()]
    assert here or path.name != "README.md"


NOTEBOOKS = [path for path in versioned_files() if path.suffix == ".ipynb" and path.parts[0] in ("course", "exercises")]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_every_link_of_a_notebook_to_a_file_leads_to_one(path):
    cells = json.loads(_text(str(path)))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    here = [target.replace("../work/", "../exercises/") for target in targets if "://" not in target]
    assert here and not [target for target in here if not (ROOT / path.parent / target).exists()]


def test_the_index_names_every_document():
    index = _text("docs/README.md")
    named = {path.name for path in DOCUMENTS} | {"CITATION.cff", "LICENSE", "LICENSE-lessons", "NOTICE"}
    assert not [name for name in named if f"{name})" not in index and name != "README.md"]


def test_every_picture_of_the_readme_has_a_text_that_says_what_is_seen():
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", _text("README.md"))
    badges = [alt for alt, target in pictures if target.startswith("http")]
    assert all(badges)
    assert all(len(alt.split()) > 6 for alt, target in pictures if not target.startswith("http"))


def test_the_readme_names_only_make_targets_that_exist():
    targets = set(re.findall(r"^([a-z-]+):", _text("Makefile"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", _text("README.md"))) | set(
        re.findall(r"^make ([a-z-]+)", _text("README.md"), re.M)
    )
    assert {"lab", "test"} <= named <= targets


def _workflows():
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("name", _workflows())
def test_every_action_is_pinned_by_its_hash_beside_its_version(name):
    # A tag of somebody else's repository can be moved to other code; a commit cannot.
    used = re.findall(r"uses: *(.+)", _text(name))
    assert used
    assert not [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", each)]


@pytest.mark.parametrize("name", _workflows())
def test_a_workflow_may_read_and_a_job_that_may_more_runs_no_code_of_the_repository(name):
    workflow = yaml.safe_load(_text(name))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        if "permissions" in job:
            assert not [step for step in job["steps"] if "checkout" in step.get("uses", "")]


def _steps():
    workflow = yaml.safe_load(_text(".github/workflows/test.yml"))
    return [(name, step) for name, job in workflow["jobs"].items() for step in job["steps"]]


def test_the_workflow_runs_commands_that_exist():
    targets = set(re.findall(r"^([a-z-]+):", _text("Makefile"), re.MULTILINE))
    commands = "\n".join(step["run"] for _, step in _steps() if "run" in step)
    assert set(re.findall(r"\bmake ([a-z-]+)", commands)) <= targets
    scripts = re.findall(r"\bscripts/\w+\.py", commands)
    assert scripts and all((ROOT / script).exists() for script in scripts)


def test_the_workflow_covers_the_versions_promised(project):
    workflow = yaml.safe_load(_text(".github/workflows/test.yml"))
    classified = {c.rsplit(" :: ")[-1] for c in project["project"]["classifiers"] if ":: 3." in c}
    assert set(workflow["jobs"]["elsewhere"]["strategy"]["matrix"]["python"]) == classified


def test_the_dev_container_runs_what_a_fresh_machine_runs():
    container = json.loads(_text(".devcontainer/devcontainer.json"))
    assert container["image"].endswith(":3.11")
    assert "make setup" in container["postCreateCommand"]


def test_the_script_that_ci_calls_may_be_run_and_asks_for_the_browser():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o100
    assert "UNRAVELLING_DEMAND_BROWSER=1" in _text(".ci/run") and "make test" in _text(".ci/run")

"""A release is made in a scratch clone, and refused where it would be none. tests/colab runs a lesson of one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from scripts import release, release_notes
from tests.house.repository import ROOT, git, scratch_clone
from unravelling.building import stale
from unravelling.building.settings import read_settings

VERSION, TAG = "99.1.0", "v99.1.0"  # later than any that there is


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    return scratch_clone(tmp_path_factory.mktemp("scratch"))


def _state(clone):
    """Everything that a release may change in a clone."""
    return [
        git(clone, *command.split())
        for command in ("status --porcelain", "show-ref", "worktree list", "rev-parse HEAD")
    ]


def test_a_dry_run_shows_the_changes_and_leaves_everything_as_it_is(clone, capsys):
    before = _state(clone)
    assert release.main([VERSION, "--dry-run"], clone) == 0
    shown = capsys.readouterr().out
    for line in (
        f'+version = "{VERSION}"',
        f'+__version__ = "{VERSION}"',
        f"+version: {VERSION}",
        f"+## [{VERSION}] - ",
    ):
        assert line in shown
    assert f"+  COURSE_VERSION: {TAG}" in shown and "+  COURSE: someone/course" in shown
    assert "+git clone https://github.com/someone/course.git && cd course" in shown
    assert all(f"  {path.relative_to(ROOT).as_posix()}" in shown for path in ROOT.glob("exercises/*.ipynb"))
    assert _state(clone) == before


def _untracked(clone):
    (clone / "new.txt").touch()


def _nothing_new(clone):
    text = (clone / "CHANGELOG.md").read_text(encoding="utf-8")
    (clone / "CHANGELOG.md").write_text(re.sub(r"(?m)^- ", "", text), encoding="utf-8")
    git(clone, "commit", "--quiet", "--all", "--message", "Nothing is new")


@pytest.mark.parametrize(
    ("version", "change", "says"),
    [
        ("1.0", None, "1.0 is no version: write three numbers"),
        ("v99.1.0", None, "v99.1.0 is no version"),
        ("99.01.0", None, "99.01.0 is no version"),
        ("99.1.0.dev0", None, "99.1.0.dev0 is no version"),
        ("0.0.9", None, "0.0.9 is not later than"),
        (VERSION, lambda clone: git(clone, "tag", TAG), "The tag v99.1.0 exists"),
        (VERSION, lambda clone: git(clone, "tag", "v99.10.0"), "99.1.0 is not later than 99.10.0"),
        (VERSION, _untracked, "There are changes that are not committed"),
        (VERSION, _nothing_new, "names no change under [Unreleased]"),
        (VERSION, lambda clone: git(clone, "checkout", "--quiet", "-b", "other"), "made on main, and this is other"),
        (VERSION, lambda clone: git(clone, "remote", "remove", "origin"), "Nothing says where the course is published"),
    ],
)
def test_what_would_be_no_release_is_refused_with_one_sentence(clone, tmp_path, capsys, version, change, says):
    place = shutil.copytree(clone, tmp_path / "clone")
    if change:
        change(place)
    before = _state(place)
    assert release.main([version], place) == 1
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1 and said.endswith(".\n")
    assert _state(place) == before


def test_the_first_release_may_have_the_number_that_stands(tmp_path):
    assert release.numbers("0.1.0") > release.before("0.1.0") > release.numbers("0.0.9")
    assert release.numbers("v0.10.0") > release.numbers("0.9.9")
    assert release.following("0.2.7") == "0.3.0.dev0"


@pytest.fixture(scope="module")
def released(clone, tmp_path_factory):
    """(a clone in which the release was made, what is tagged in it)"""
    folder = tmp_path_factory.mktemp("released")
    place = shutil.copytree(clone, folder / "clone")
    assert release.main([VERSION], place) == 0
    git(place, "worktree", "add", "--quiet", "--detach", str(folder / "tagged"), TAG)
    return place, folder / "tagged"


def test_a_release_carries_its_version_and_tag_everywhere(released, capsys):
    _, tagged = released
    assert release_notes.main(TAG, tagged) == 0
    notes = capsys.readouterr().out
    assert "- A change that the test releases." in notes and "[Unreleased]" not in notes
    settings = read_settings(tagged)
    assert (settings.repository, settings.version, settings.opened) == ("someone/course", VERSION, TAG)
    for page in ("README.md", ".github/workflows/grade.yml"):
        text = (tagged / page).read_text(encoding="utf-8")
        assert TAG in text and "OWNER/REPO" not in text and "/blob/main/" not in text, page


def test_main_goes_on_behind_it(released):
    place, _ = released
    assert git(place, "log", "-2", "--format=%s").splitlines() == [
        f"main goes on after {VERSION}",
        f"Release {VERSION}",
    ]
    assert git(place, "cat-file", "-t", TAG) == "tag"
    assert git(place, "status", "--porcelain") == ""
    settings = read_settings(place, ask_git=False)
    assert (settings.repository, settings.version, settings.opened) == ("someone/course", "99.2.0.dev0", "main")
    assert f"version: {VERSION}\n" in (place / "CITATION.cff").read_text(encoding="utf-8")
    assert "/blob/main/" in (place / "README.md").read_text(encoding="utf-8")
    assert release_notes.main(TAG, place) == 1


def test_notebooks_of_both_agree_with_their_sources_and_install_what_their_badges_open(released):
    for tree, opened, archive in zip(released, ("main", TAG), ("heads/main", f"tags/{TAG}"), strict=True):
        built = subprocess.run(
            [sys.executable, "-m", "unravelling", "build", "--check"], cwd=tree, capture_output=True, text=True
        )
        assert built.returncode == 0, built.stdout + built.stderr
        for path in tree.glob("course/*.ipynb"):
            text = path.read_text(encoding="utf-8")
            assert f"/someone/course/blob/{opened}/course/{path.name}" in text
            assert f"https://github.com/someone/course/archive/refs/{archive}.zip" in text


def test_a_release_makes_no_output_old_and_drops_none(released):
    for tree in released:
        assert stale(tree) == stale(ROOT)
        for path in ROOT.glob("course/*.ipynb"):
            before, after = (nbformat.read(each, as_version=4).cells for each in (path, tree / "course" / path.name))
            assert [cell.get("outputs") for cell in after] == [cell.get("outputs") for cell in before]
            assert [cell.get("execution_count") for cell in after] == [cell.get("execution_count") for cell in before]


def test_the_next_release_follows(released, capsys, monkeypatch):
    monkeypatch.setattr(release, "build", lambda tree: None)  # seen above
    place, _ = released
    assert release.main(["99.1.1"], place) == 1
    assert "names no change under [Unreleased]" in capsys.readouterr().err
    changes = (place / "CHANGELOG.md").read_text(encoding="utf-8")
    (place / "CHANGELOG.md").write_text(
        changes.replace("## [Unreleased]\n", "## [Unreleased]\n\n- A repair.\n"), encoding="utf-8"
    )
    git(place, "commit", "--quiet", "--all", "--message", "A repair")
    assert release.main(["99.1.1"], place) == 0
    assert git(place, "tag", "--list", "v99*").split() == [TAG, "v99.1.1"]
    assert git(place, "show", "v99.1.1:CHANGELOG.md").count("- A repair.") == 1

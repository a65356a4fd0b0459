"""Who handed in what, when, and what is missing."""

from __future__ import annotations

import os
from datetime import datetime

import pytest

from unravelling.grading import submissions

KNOWN = ["04_attention", "01_what_is_a_language_model"]


def made(folder, *names, at=None):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
        if at is not None:
            os.utime(path, (at, at))


def test_a_notebook_for_each_student_and_a_folder_for_each(tmp_path):
    made(tmp_path, "04_attention_ada.ipynb", "bo_04_attention (2).ipynb", "cy/04_attention.ipynb", "dan/hw/04_x.ipynb")
    found = submissions.find(tmp_path, KNOWN)
    assert [(each.student, each.module) for each in found] == [(n, "04") for n in ("ada", "bo", "cy", "dan")]


def test_of_several_the_last_changed_counts(tmp_path):
    made(tmp_path, "ada/04_attention.ipynb", at=100)
    made(tmp_path, "ada/04_attention-final.ipynb", at=200)
    (one,) = submissions.find(tmp_path, KNOWN)
    assert one.path.name == "04_attention-final.ipynb"


def test_what_comes_after_the_due_time_is_late(tmp_path):
    made(tmp_path, "ada/04_attention.ipynb", at=1000)
    assert submissions.find(tmp_path, KNOWN, due=datetime.fromtimestamp(900))[0].late
    assert not submissions.find(tmp_path, KNOWN, due=datetime.fromtimestamp(1000))[0].late


def test_checkpoints_and_links_are_not_followed(tmp_path):
    made(tmp_path, "ada/.ipynb_checkpoints/04_attention.ipynb", "ada/04_attention.ipynb")
    (tmp_path / "eve").symlink_to("/")
    (tmp_path / "eve_04.ipynb").symlink_to("/etc/passwd")
    assert [each.student for each in submissions.find(tmp_path, KNOWN)] == ["ada"]


def test_a_folder_without_notebooks_is_told_so(tmp_path):
    with pytest.raises(submissions.NothingHandedIn, match="no notebook"):
        submissions.find(tmp_path, KNOWN)
    made(tmp_path, "ada/04_attention.ipynb")
    with pytest.raises(submissions.NothingHandedIn, match="of module 07"):
        submissions.find(tmp_path, KNOWN, module="07")


def test_what_is_not_handed_in_is_listed(tmp_path):
    made(tmp_path, "ada/04_attention.ipynb", "ada/01_what_is_a_language_model.ipynb", "bo/04_attention.ipynb")
    assert submissions.missing(submissions.find(tmp_path, KNOWN), ["01", "04"]) == [("bo", "01")]

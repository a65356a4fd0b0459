"""Who handed in what, when, and what is missing."""

from __future__ import annotations

import json
import os
from datetime import datetime

import pytest

from unravelling.grading import student_names, submissions

KNOWN = ["04_attention", "01_what_is_a_language_model", "10_few_shot_prompting", "11_measuring_bias"]


def made(folder, *names, at=None, marks=""):
    """Files in a folder. marks: the module that their cells name; empty: they are no notebooks."""
    cell = {"cell_type": "code", "source": "", "metadata": {}}
    cell["metadata"]["unravelling"] = {"exercise": f"{marks}.1", "role": "answer"}
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cells": [cell]} if marks else {}))
        if at is not None:
            os.utime(path, (at, at))


def test_a_notebook_for_each_student_and_a_folder_for_each(tmp_path):
    made(tmp_path, "04_attention_ada.ipynb", "bo_04_attention (2).ipynb", "cy/04_attention.ipynb", "dan/hw/04_x.ipynb")
    found = submissions.find(tmp_path, KNOWN).files
    assert [(each.student, each.module) for each in found] == [(n, "04") for n in ("ada", "bo", "cy", "dan")]


def test_of_several_the_last_changed_counts(tmp_path):
    made(tmp_path, "ada/04_attention.ipynb", at=100)
    made(tmp_path, "ada/04_attention-final.ipynb", at=200)
    (one,) = submissions.find(tmp_path, KNOWN).files
    assert one.path.name == "04_attention-final.ipynb"


def told(folder, **more):
    """What was found, as (student, module, file)."""
    found = submissions.find(folder, KNOWN, **more).files
    return [(each.student, each.module, each.path.relative_to(folder).as_posix()) for each in found]


def test_the_last_changed_of_a_module_counts_whatever_its_name_and_the_others_are_named(tmp_path):
    made(tmp_path, "ada/04_attention.ipynb", at=100, marks="04")
    made(tmp_path, "ada/my copy.ipynb", at=200, marks="04")
    made(tmp_path, "bo/my copy.ipynb", at=100, marks="04")
    made(tmp_path, "bo/04_attention.ipynb", at=100, marks="04")
    assert told(tmp_path) == [("ada", "04", "ada/my copy.ipynb"), ("bo", "04", "bo/my copy.ipynb")]
    ada, bo = submissions.find(tmp_path, KNOWN).files
    assert ada.notes == ("Of several files this one counts, the last changed. Passed over: ada/04_attention.ipynb.",)
    assert "the last by name of those changed last. Passed over: bo/04_attention.ipynb" in bo.notes[0]


def test_a_newer_file_that_tells_no_module_takes_nobodys_place(tmp_path):
    made(tmp_path, "ada/04_attention.ipynb", at=100, marks="04")
    made(tmp_path, "ada/scratch.ipynb", "bo/homework.ipynb", at=200)
    made(tmp_path, "cy/notes.ipynb", "cy/x/11_measuring_bias.ipynb", at=300, marks="11")
    assert told(tmp_path, module="04") == [("ada", "04", "ada/04_attention.ipynb"), ("bo", "04", "bo/homework.ipynb")]
    ada, _ = submissions.find(tmp_path, KNOWN, module="04").files
    assert ada.notes == ("Passed over, for nothing tells which module it is: ada/scratch.ipynb.",)


def test_files_that_tell_no_module_are_all_found(tmp_path):
    made(tmp_path, "bo/attention.ipynb", "bo/transformer.ipynb")
    assert told(tmp_path) == [("bo", "", "bo/attention.ipynb"), ("bo", "", "bo/transformer.ipynb")]


def test_the_cells_tell_the_module_before_the_name_does(tmp_path):
    made(tmp_path, "ada/11_measuring_bias.ipynb", marks="04")
    made(tmp_path, "bo/04_attention.ipynb", marks="99")  # no module of ours
    assert [each[:2] for each in told(tmp_path)] == [("ada", "04"), ("bo", "04")]


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("2026-11-30_04_attention_ada", "04"),
        ("group 10 04_attention", "04"),
        ("04_Attention ada", "04"),
        ("04 my work", "04"),
        ("10-04-attention", ""),  # a day of a month? Then its cells must tell
        ("11-30-2026 work", ""),
        ("group 11 work", ""),
        ("99_unheard_of", ""),
    ],
)
def test_only_the_name_of_a_notebook_of_ours_or_a_number_at_the_beginning_tells_a_module(name, module):
    assert student_names.named(f"{name}.ipynb", KNOWN) == module


def test_what_comes_after_the_due_time_is_late(tmp_path):
    made(tmp_path, "ada/04_attention.ipynb", at=1000)
    assert submissions.find(tmp_path, KNOWN, due=datetime.fromtimestamp(900)).files[0].late
    assert not submissions.find(tmp_path, KNOWN, due=datetime.fromtimestamp(1000)).files[0].late


def test_checkpoints_and_links_are_not_followed(tmp_path):
    made(tmp_path, "ada/.ipynb_checkpoints/04_attention.ipynb", "ada/04_attention.ipynb")
    (tmp_path / "eve").symlink_to("/")
    (tmp_path / "eve_04.ipynb").symlink_to("/etc/passwd")
    handed = submissions.find(tmp_path, KNOWN)
    assert [each.student for each in handed.files] == ["ada"] == handed.students
    *links, hidden = handed.aside
    assert links == [f"{name}: it is a link, which is not followed." for name in ("eve", "eve_04.ipynb")]
    assert hidden.startswith("ada/.ipynb_checkpoints: it is a folder that is hidden")


def test_a_folder_without_notebooks_is_told_so(tmp_path):
    with pytest.raises(submissions.NothingHandedIn, match="no notebook"):
        submissions.find(tmp_path, KNOWN)
    made(tmp_path, "ada/04_attention.ipynb")
    with pytest.raises(submissions.NothingHandedIn, match="of module 07"):
        submissions.find(tmp_path, KNOWN, module="07")


def test_what_is_not_handed_in_is_listed(tmp_path):
    made(tmp_path, "ada/04_attention.ipynb", "ada/01_what_is_a_language_model.ipynb", "bo/04_attention.ipynb")
    assert submissions.missing(submissions.find(tmp_path, KNOWN), ["01", "04"]) == [("bo", "01")]


def test_whoever_handed_in_another_module_or_no_notebook_is_listed_too(tmp_path):
    made(tmp_path, "ada/04_attention.ipynb", "bo/01_what_is_a_language_model.ipynb", "cy/04_attention.ipynb.txt")
    (tmp_path / "dan").mkdir()
    made(tmp_path, "graded/ada/04_attention.ipynb", ".ipynb_checkpoints/x.ipynb", ".github/x.txt")
    handed = submissions.find(tmp_path, KNOWN, module="04", reports=tmp_path / "graded")
    assert submissions.missing(handed, ["04"]) == [("bo", "04"), ("cy", "04"), ("dan", "04")]
    assert handed.aside[-1] == "cy/04_attention.ipynb.txt: its name does not end in .ipynb, so it was not read."
    assert len(handed.aside) == 3 and all("hidden" in each for each in handed.aside[:2])


def test_an_ending_in_capitals_is_taken_and_what_macos_writes_beside_a_file_is_not(tmp_path):
    made(tmp_path, "ada/04_ATTENTION.IPYNB", "ada/._04_attention.ipynb")
    assert told(tmp_path) == [("ada", "04", "ada/04_ATTENTION.IPYNB")]


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    made(tmp_path, "ada/04_attention.ipynb", "bo/04_attention.ipynb")
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("bo"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root may read any folder
    handed = submissions.find(tmp_path, KNOWN)
    assert handed.aside == ["bo: it cannot be read: Permission denied."]
    assert submissions.missing(handed, ["04"]) == [("bo", "04")]


def test_a_name_that_belies_its_cells_is_told(tmp_path):
    made(tmp_path, "ada/04_attention.ipynb", marks="11")
    made(tmp_path, "bo/04_attention.ipynb", marks="04")
    handed = submissions.find(tmp_path, KNOWN, module="04")
    assert handed.aside == ["ada/04_attention.ipynb: its cells are those of module 11, whatever its name says."]
    assert submissions.missing(handed, ["04"]) == [("ada", "04")]

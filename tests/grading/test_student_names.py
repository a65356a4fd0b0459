"""Whose a file is, and which of several counts, by names that learning platforms, systems and tools give to files."""

from __future__ import annotations

import os

import pytest

from tests.grading.test_submissions import made
from unravelling.grading import student_names, submissions

KNOWN = ["05_the_transformer", "04_attention"]


def found(folder, **more):
    return [(each.student, each.module) for each in submissions.find(folder, KNOWN, **more).files]


ONE_STUDENT_EACH = {
    "Canvas": (
        "lovelaceada_12345_67890_04_attention.ipynb",
        "lovelaceada_LATE_12345_67999_05_the_transformer.ipynb",
        "hoppergrace_12346_67891_04_attention-2.ipynb",
        "hoppergrace_12346_68002_05_the_transformer-1.ipynb",
    ),
    "Moodle": (
        "lovelaceada_998_assignsubmission_file_/04_attention.ipynb",
        "lovelaceada_1002_assignsubmission_file_/05_the_transformer.ipynb",
        "hoppergrace_999_assignsubmission_file_04_attention.ipynb",
        "hoppergrace_1003_assignsubmission_file_05_the_transformer.ipynb",
    ),
    "Blackboard": (
        "Homework 4_lovelaceada_attempt_2026-11-29-10-00-00_04_attention.ipynb",
        "Homework5_lovelaceada_attempt_2026-12-06-10-00-00_05_the_transformer.ipynb",
        "Homework 4_hoppergrace_attempt_2026-11-29-11-00-00_my work.ipynb",
        "Homework5_hoppergrace_attempt_2026-12-06-10-00-00_05_the_transformer.ipynb",
    ),
    "Brightspace": (
        "12345-67890 - lovelaceada - Nov 29, 2026 1122 AM - 04_attention.ipynb",
        "12345-67999 - lovelaceada - Dec 6, 2026 901 PM - 05_the_transformer.ipynb",
        "12346-67890 - hoppergrace - Nov 29, 2026 1122 AM/04_attention.ipynb",
        "12346-67999 - hoppergrace - 6 December, 2026 2101 - 05_the_transformer.ipynb",
    ),
    "GitHub Classroom": (
        "attention-submissions/attention-lovelaceada/04_attention.ipynb",
        "05-the-transformer-lovelaceada/05_the_transformer.ipynb",
        "04-attention-hoppergrace/homework/04_attention.ipynb",
        "05-the-transformer-submissions/05-the-transformer-hoppergrace/05_the_transformer.ipynb",
    ),
    "Teams": (
        "Submitted files/lovelaceada/Homework 4/Version 1/04_attention.ipynb",
        "Submitted files/lovelaceada/Homework 5/05_the_transformer.ipynb",
        "Submitted files/hoppergrace/Homework 4/Version 2/04_attention.ipynb",
        "Submitted files/hoppergrace/Homework 5/05_the_transformer.ipynb",
    ),
    "Drive": (
        "lovelaceada - 04_attention.ipynb",
        "Copy of lovelaceada - 05_the_transformer (1).ipynb",
        "hoppergrace - Kopie von 04_attention.ipynb",
        "“hoppergrace - 05_the_transformer.ipynb”的副本.ipynb",
    ),
    "Moodle, unpacked into folders": (
        "CS101-Homework 4-998/lovelaceada_998_assignsubmission_file_/04_attention.ipynb",
        "CS101-Homework 5-999/lovelaceada_1002_assignsubmission_file_/05_the_transformer.ipynb",
        "CS101-Homework 4-998/hoppergrace_999_assignsubmission_file_/04_attention.ipynb",
        "CS101-Homework 5-999/hoppergrace_1003_assignsubmission_file_/05_the_transformer.ipynb",
    ),
    "Canvas, unpacked into folders": (
        "hw4/lovelaceada_12345_67890_04_attention.ipynb",
        "hw5/lovelaceada_LATE_12345_67999_05_the_transformer.ipynb",
        "hw4/hoppergrace_12346_67891_04_attention-2.ipynb",
        "hw5/hoppergrace_12346_68002_05_the_transformer-1.ipynb",
    ),
    "Brightspace, unpacked into folders": (
        "Homework 4 Download Nov 30, 2026 901 AM/12345-1 - lovelaceada - Nov 29, 2026 1122 AM - 04_attention.ipynb",
        "Homework 5/12345-2 - lovelaceada - Dec 6, 2026 901 PM - 05_the_transformer.ipynb",
        "Homework 4 Download Nov 30, 2026 901 AM/12346-1 - hoppergrace - Nov 29, 2026 1122 AM/04_attention.ipynb",
        "Homework 5/12346-2 - hoppergrace - Dec 6, 2026 901 PM - 05_the_transformer.ipynb",
    ),
    "a folder for each module": (
        "04_attention/lovelaceada.ipynb",
        "05_the_transformer/lovelaceada/05_the_transformer.ipynb",
        "04_attention/hoppergrace/04_attention.ipynb",
        "05_the_transformer/hoppergrace.ipynb",
    ),
}


@pytest.mark.parametrize("platform", ONE_STUDENT_EACH)
def test_two_people_who_handed_in_two_modules_are_two_students_with_two_modules(tmp_path, platform):
    for name in ONE_STUDENT_EACH[platform]:
        made(tmp_path, name, marks="04" if "my work" in name or "04_attention" in name else "05")
    people = ["hoppergrace", "lovelaceada"]
    assert found(tmp_path) == [(name, module) for name in people for module in ("04", "05")]
    handed = submissions.find(tmp_path, KNOWN)
    assert handed.students == people and submissions.missing(handed, ["04", "05"]) == []


@pytest.mark.parametrize(
    "names",
    [
        (
            "Homework4_alovelace_attempt_2026-11-29-10-00-00_04_attention.ipynb",
            "Homework4_alovelace_attempt_2026-11-30-10-00-00_04_attention.ipynb",
        ),
        (
            "12345-67890 - Ada Lovelace - Sep 30, 2026 1122 AM - 04_attention.ipynb",
            "12345-67890 - Ada Lovelace - Nov 3, 2026 901 AM - 04_attention.ipynb",
        ),
        ("Ada/Homework 4/Version 9/04_attention.ipynb", "Ada/Homework 4/Version 10/04_attention.ipynb"),
        ("lovelaceada_12345_67890_04_attention-9.ipynb", "lovelaceada_12345_67890_04_attention-10.ipynb"),
        ("Ada/04_attention.ipynb", "Ada/04_attention-2.ipynb"),
    ],
)
@pytest.mark.parametrize("first", [0, 1])
def test_of_several_attempts_the_last_counts_in_whatever_order_they_were_unpacked(tmp_path, names, first):
    stated = "attempt" in names[0] or " - " in names[0]
    made(tmp_path, names[first], at=100)
    made(tmp_path, names[1 - first], at=200 if stated else 100)
    (one,) = submissions.find(tmp_path, KNOWN).files
    assert one.path.relative_to(tmp_path).as_posix() == names[1]
    assert names[0] in one.notes[0]


@pytest.mark.parametrize(
    ("names", "students"),
    [
        (("wangli_123_1001_04_attention.ipynb", "wangli_124_1002_05_x.ipynb"), ["wangli 123", "wangli 124"]),
        (
            ("Li Wang_998_assignsubmission_file_/04_attention.ipynb", "Li Wang_999_assignsubmission_file_/04_x.ipynb"),
            ["Li Wang 998", "Li Wang 999"],
        ),
        (
            ("Participant_8_assignsubmission_file_04_x.ipynb", "Participant_9_assignsubmission_file_04_x.ipynb"),
            ["Participant 8", "Participant 9"],
        ),
        (
            (
                "HW4_a_smith_attempt_2026-11-29-10-00-00_04_attention.ipynb",
                "HW4_b_smith_attempt_2026-11-29-10-00-00_04_attention.ipynb",
            ),
            ["a_smith", "b_smith"],
        ),
        (("anonymous_tmQ3d_1001_04_attention.ipynb", "anonymous_LATE_9xYz1_1002_04_attention.ipynb"), None),
        (("Zoe\u0308_04_attention.ipynb", "Zoe_04_attention.ipynb"), ["Zoe", "Zoe\u0308"]),
    ],
)
def test_two_people_of_one_name_are_not_taken_for_one(tmp_path, names, students):
    made(tmp_path, *names)
    assert [name for name, _ in found(tmp_path)] == (students or ["anonymous 9xYz1", "anonymous tmQ3d"])
    assert submissions.find(tmp_path, KNOWN).students == (students or ["anonymous 9xYz1", "anonymous tmQ3d"])


COPIES = [
    *("Copy of {}", "Kopie von {}", "Copie de {}", "Copia de {}", "Copia di {}", "Cópia de {}", "Kopie van {}"),
    *("Kopia av {}", "Kopi af {}", "Kopi av {}", "Kopia {}", "Копия {}", "Копія {}", "{} のコピー", "{}的副本"),
    *("{}의 사본", "“{}.ipynb”的副本", "Copy_of_{}", "Copy of Copy of {}", "Bản sao của {}", "Salinan {}"),
    *("Αντίγραφο {}", "نسخة من {}", "{} - Copy", "{} - Copy (2)", "{} - Kopie (3)", "{} – kopie", "{} - Másolat"),
    *("{} — копия", "{} - コピー", "{} - 副本", "{} copy", "{} copy 2", "{} Kopie", "{} copie 2", "{} copia"),
    *("{} (copy)", "{} (another copy)", "{} (3rd copy)", "{} (Kopie)", "{} (1)", "{}(2)", "{}-Copy1", "{}-Copy12"),
    *("{}-Copy1 (1)", "Copy of {} - Copy", "{} (1).ipynb"),
]


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_whose_the_original_is_in_whatever_language(copy):
    for original in ("ada_04_attention", "04_attention_ada", "04_attention - ada"):
        assert student_names.student_of(copy.format(original), KNOWN) == "ada"
    alone = copy.format("04_attention")
    assert student_names.student_of(alone, KNOWN) == alone


@pytest.mark.parametrize("name", ["Marcopia", "copycat", "Copiapó", "副島", "Cope Copley", "de", "Anna Kopie-Maier"])
def test_a_person_whose_name_resembles_a_copy_keeps_it(name):
    assert student_names.student_of(f"04_attention_{name}", KNOWN) == name
    assert student_names.whose([name, "04_attention.ipynb"], KNOWN).student == name


@pytest.mark.parametrize(
    "names",
    [
        ("Copy of 04_attention.ipynb", "Copy of 04_attention (1).ipynb", "04_attention-Copy1.ipynb"),
        ("04_attention.ipynb", "04_attention (1).ipynb", "04_attention 2.ipynb", "04_attention-2.ipynb"),
        ("Kopie von 04_attention.ipynb", "04_attention - Kopie.ipynb", "04_attentionのコピー.ipynb"),
    ],
)
def test_copies_in_one_folder_that_tell_nobody_are_all_graded(tmp_path, names):
    made(tmp_path, *names, marks="04")
    assert sorted(name for name, _ in found(tmp_path)) == sorted(name.removesuffix(".ipynb") for name in names)


def test_what_a_platform_calls_late_is_late_and_a_stated_attempt_goes_before_the_time_of_the_file(tmp_path):
    from datetime import datetime

    made(tmp_path, "ada_LATE_12345_67890_04_attention.ipynb", at=100)
    made(tmp_path, "HW_bo_attempt_2026-11-30-10-00-00_04_attention.ipynb", at=2e9)
    ada, bo = submissions.find(tmp_path, KNOWN, due=datetime(2026, 11, 30, 12)).files
    assert ada.late and "learning platform" in ada.notes[0] and not bo.late
    assert submissions.find(tmp_path, KNOWN, due=datetime(2026, 11, 30, 9)).files[1].late


def test_a_comment_that_blackboard_puts_beside_a_notebook_is_passed_over_and_alone_it_is_named(tmp_path):
    made(tmp_path, "HW_bo_attempt_2026-11-30-10-00-00_04_attention.ipynb")
    made(tmp_path, "HW_bo_attempt_2026-11-30-10-00-00.txt", "HW_cy_attempt_2026-11-30-10-00-00.txt", "index.html")
    handed = submissions.find(tmp_path, KNOWN)
    (line,) = handed.aside
    assert line.startswith("HW_cy_attempt") and submissions.missing(handed, ["04"]) == [("cy", "04")]


def test_names_that_move_a_cursor_or_turn_a_line_round_are_written_out(tmp_path):
    names = ["a\x1b[2Jda", "b\u202eo", "c\ny", "d\u2066e", "نور‌ا", "f\u200bg"]
    made(tmp_path, *(f"{name}/04_attention.ipynb" for name in names), f"{names[0]}/04.zip")
    handed = submissions.find(tmp_path, KNOWN)
    assert handed.students == sorted(["a\\x1b[2Jda", "b\\u202eo", "c\\x0ay", "d\\u2066e", "نور‌ا", "f\\u200bg"])
    assert [each.student for each in handed.files] == handed.students
    assert handed.aside == ["a\\x1b[2Jda/04.zip: it is no notebook (.ipynb), so it was not read."]
    assert os.path.exists(handed.files[0].path)


def test_a_folder_that_seems_to_hold_a_whole_class_is_told(tmp_path):
    made(tmp_path, *(f"hw4/{name}.ipynb" for name in "abcd"), "hw5/a.ipynb", "hw5/b.ipynb", marks="04")
    handed = submissions.find(tmp_path, KNOWN)
    assert [each.student for each in handed.files] == ["hw4", "hw5"]
    (line,) = handed.aside
    assert line.startswith("hw4: 4 notebooks of module 04 are taken for this student's, and one of them counts.")


@pytest.mark.parametrize(
    ("names", "student"),
    [
        (("04_attention (1)", "ada.ipynb"), "ada"),
        (("04_attention - Kopie", "ada", "04_attention.ipynb"), "ada"),
        (("assignment_77_export", "submission_1", "04_attention.ipynb"), "submission_1"),
        (("04_attention-17", "04_attention.ipynb"), "04_attention-17"),
        (("04-attention-ada-l", "04_attention.ipynb"), "ada-l"),
        (("ada (1)", "04_attention.ipynb"), "ada (1)"),
        (("ada", "submissions", "04_attention.ipynb"), "ada"),
        (("Ада Лавлейс_99_assignsubmission_file_", "x.ipynb"), "Ада Лавлейс"),
        (("12-34 - Jean-Luc O'Neil - Nov 29, 2026 1122 AM - 04 - mine.ipynb",), "Jean-Luc O'Neil"),
        (("group_10_04_attention.ipynb",), "group_10"),
        (("2026_11_30_04_attention_ada.ipynb",), "2026_11_30__ada"),
        (("...ipynb",), ".."),
    ],
)
def test_whose_a_file_is_by_the_names_of_its_folders(names, student):
    assert student_names.whose(names, KNOWN).student == student

"""A release is made in a scratch clone, and its lesson 00 run alone where it installs what its badge belongs to."""

from __future__ import annotations

import tarfile

import pytest

from scripts import release
from tests.colab import imitation
from tests.house.demanded import not_here
from tests.house.repository import build_wheel, git, scratch_clone
from unravelling.models.model_cache import cache_folder

pytestmark = pytest.mark.colab


def test_lesson_00_of_a_release_runs_with_the_course_of_its_tag(tmp_path):
    clone = scratch_clone(tmp_path)
    assert release.main(["99.1.0"], clone) == 0
    # What GitHub hands out at the address in the setup cell; the imitation has no network, so it is given as a wheel.
    git(clone, "archive", "--output", str(tmp_path / "archive.tar"), "v99.1.0")
    with tarfile.open(tmp_path / "archive.tar") as archive:
        archive.extractall(tmp_path / "archive", filter="data")
    wheel = build_wheel(tmp_path, tmp_path / "archive")
    try:
        colab = imitation.fresh(tmp_path / "colab", wheel, str(cache_folder()))
    except imitation.NoImitation as error:
        not_here("COLAB", str(error))
    alone = tmp_path / "alone"
    alone.mkdir()
    node = colab.run(tmp_path / "archive" / "course" / "00_start_here.ipynb", alone)
    setup = next(cell for cell in node.cells if cell.cell_type == "code")
    assert "/someone/course/archive/refs/tags/v99.1.0.zip" in setup.source
    assert not setup.outputs, "the version that is installed fits"
    assert colab.installed()["unravelling"] == "99.1.0"

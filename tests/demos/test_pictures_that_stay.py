"""The pictures that stay: nothing collides on any page, the words tell the finding, the numbers are what they claim."""

from __future__ import annotations

import re

import pytest

from tests.demos import made_measurements as made
from tests.demos.demo_examples import EXAMPLES, NEEDS_MODELS
from tests.drawing.overlaps import overlaps
from tests.house.repository import ROOT
from unravelling import demos
from unravelling.course_modules import MODULES
from unravelling.demos.pictures import course_map, machine_map
from unravelling.drawing.scene import Scene

PICTURES = demos.pictures
EACH = [pytest.param(name, marks=[pytest.mark.models] if name in NEEDS_MODELS else []) for name in PICTURES.__all__]
WIDTHS = (500, 640, 760, 880)


@pytest.mark.parametrize("name", EACH)
def test_no_writing_collides_or_is_cut_on_a_page_of_any_width(name: str, pretrained) -> None:
    scene = EXAMPLES[name](pretrained).scene
    assert {width: overlaps(scene, width) for width in WIDTHS} == {width: [] for width in WIDTHS}


@pytest.mark.parametrize("name", EACH)
def test_a_picture_has_no_controls_readable_text_and_a_still(name: str, pretrained) -> None:
    demo = EXAMPLES[name](pretrained)
    assert not demo.controls
    assert min(mark["size"] for mark in demo.scene.marks if mark["kind"] == "text") >= 12
    assert demo._repr_mimebundle_()[0]["image/png"] and len(demo.description) > 60


def test_writing_that_collides_or_leaves_the_scene_is_found() -> None:
    scene = Scene(width=300, height=60)
    scene.text(10, 20, "one line of text")
    scene.text(90, 22, "another")
    scene.text(280, 50, "beyond the edge")
    assert overlaps(scene) == ["'beyond the edge' leaves the scene", "'one line of text' runs into 'another'"]


def test_writing_that_fits_collides_where_a_narrow_page_shrinks_the_picture_and_not_the_text() -> None:
    scene = Scene(width=760, height=40)
    scene.text(10, 20, "as wide as this text is")
    scene.text(165, 20, "here")
    assert not overlaps(scene, shown=760) and overlaps(scene, shown=500)


def test_turned_writing_collides_only_with_what_it_covers() -> None:
    scene = Scene(width=300, height=200)
    scene.text(40, 120, "turned upwards", angle=-45)
    scene.text(75, 115, "beside")
    assert not overlaps(scene)
    scene.text(50, 100, "across")
    assert overlaps(scene) == ["'turned upwards' runs into 'across'"]


@pytest.mark.parametrize("here", course_map.TITLES)
@pytest.mark.parametrize("small", [False, True])
def test_the_map_of_the_course_is_whole_wherever_the_reader_stands(here: str, small: bool) -> None:
    demo = PICTURES.CourseMap(here, small=small)
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width)]
    assert f"You are in {here}, " in demo.description
    assert [stop.number for stop in demo.data if stop.state == "here"] == [here]


def test_the_map_has_the_titles_of_the_readme_and_says_which_modules_are_not_written() -> None:
    rows = re.findall(
        r"^\| (\d\d) \| (?:\[(.*?)\]\S*|(.*?)) \|.*\| (ready|not yet) \|$", (ROOT / "README.md").read_text(), re.M
    )
    assert {number: linked or plain for number, linked, plain, _ in rows} == course_map.TITLES
    assert {number for number, *_, state in rows if state == "ready"} == set(MODULES)
    pale = [stop.number for stop in PICTURES.CourseMap("00").data if stop.state == "not yet"]
    assert pale == [number for number in course_map.TITLES if number not in MODULES]
    assert f"not written yet: {', '.join(pale)}." in PICTURES.CourseMap("00").description
    with pytest.raises(ValueError, match="no module '16'"):
        PICTURES.CourseMap("16")


@pytest.mark.parametrize("here", [*machine_map.PARTS, *machine_map.MORE])
def test_each_part_of_the_machine_can_be_marked_and_is_explained(here: str) -> None:
    demo = PICTURES.MachineMap(here, note="A note.")
    assert not [each for width in WIDTHS for each in overlaps(demo.scene, width)]
    assert f"This lesson is about {here} (" in demo.description and demo.description.endswith(" A note.")
    marked = {name for name, so in demo.data.items() if so}
    assert marked == set(machine_map.MORE.get(here, (here,)))
    assert any("accent" in (mark.get("stroke"), mark.get("role")) for mark in demo.scene.marks)


def test_the_machine_names_its_parts_when_asked_for_one_it_lacks() -> None:
    with pytest.raises(ValueError, match="no part 'soul': it has text, tokens,"):
        PICTURES.MachineMap("soul")


def test_the_row_looked_up_is_that_of_the_last_word_alone() -> None:
    one, other = (PICTURES.CountsLookUp(made.pairs(), text) for text in ("the dog saw the", "the"))
    assert one.data == other.data
    assert dict(zip(one.data.columns, one.data.shares, strict=True)) == pytest.approx(
        {"cat": 3 / 5, "dog": 2 / 5, "the": 0, "saw": 0, "and": 0, "ran": 0}
    )
    assert "“cat” 3 of 5, “dog” 2 of 5" in one.description
    with pytest.raises(ValueError, match="'the cat ran' has no row"):
        PICTURES.CountsLookUp(made.pairs(), "the cat ran")


def test_a_large_table_shows_the_row_asked_for_with_its_commonest_columns() -> None:
    counts = {f"w{i}": {f"w{j}": i + j for j in range(30)} for i in range(1, 30)}
    data = PICTURES.CountsLookUp(counts, "w20").data
    assert data.words[data.row] == "w20" and len(data.words) == len(data.columns) == 7
    assert data.columns[0] == "w29" and sum(data.shares) < 1


def test_the_gradient_in_the_circle_is_that_of_the_loss_and_the_loss_falls_by_it() -> None:
    import torch

    data = PICTURES.TrainingCircle().data
    for one in data[:3]:
        scores = torch.tensor(one.scores, requires_grad=True)
        loss = -torch.log2(torch.softmax(scores, 0)[1])
        loss.backward()
        assert loss.item() == pytest.approx(one.loss, rel=1e-5)
        assert scores.grad.tolist() == pytest.approx(one.gradient, abs=1e-5)
    losses = [one.loss for one in data]
    assert losses == sorted(losses, reverse=True) and losses[0] == pytest.approx(1.585, abs=1e-3)

"""A scene is plain data, checked when it is made."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from unravelling.drawing.axes import tick_texts, ticks
from unravelling.drawing.scene import ROLES, BarRow, Scene
from unravelling.drawing.text_metrics import fitting, label_room, short, text_width


def test_a_scene_with_every_mark_is_plain_json(every_mark):
    kinds = {mark["kind"] for mark in every_mark.marks}
    assert kinds == {"heat", "scale_bar", "line", "arrow", "text", "rect", "circle", "handle"}
    again = json.loads(json.dumps(every_mark.spec, allow_nan=False))
    assert again == every_mark.spec


def test_the_numbers_of_all_heat_maps_ride_in_one_buffer_of_float32_at_their_offsets():
    scene, first, second = Scene(), np.arange(6).reshape(2, 3) / 7, np.full((3, 2), 0.5)
    scene.heat(0, 0, 10, 10, first, label="a")
    scene.heat(0, 0, 10, 10, second, label="b")
    flat = np.frombuffer(scene.numbers, dtype="<f4")
    for mark, matrix in zip(scene.marks, (first, second), strict=True):
        rows, columns = mark["shape"]
        stored = flat[mark["offset"] : mark["offset"] + rows * columns].reshape(rows, columns)
        np.testing.assert_array_equal(stored, matrix.astype(np.float32))
        np.testing.assert_array_equal(scene.values(mark["label"]), stored)
    assert flat.size == 12


def test_a_tensor_with_a_gradient_can_be_shown():
    torch = pytest.importorskip("torch")
    scene = Scene()
    scene.heat(0, 0, 10, 10, torch.eye(2, requires_grad=True))
    np.testing.assert_array_equal(scene.values(), np.eye(2))


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda s: s.line([(0, 0), (1, 1)], role="blue"), "'blue' is not a colour role"),
        (lambda s: s.rect(0, 0, 1, 1, fill="red"), "'red' is not a colour role"),
        (lambda s: s.heat(0, 0, 1, 1, [[1]], palette="jet"), "'jet' is not a palette"),
        (lambda s: s.heat(0, 0, 1, 1, [1, 2]), "needs a matrix"),
        (lambda s: s.heat(0, 0, 1, 1, [[1, 2]], columns=["one"]), "2 columns but 1 names"),
        (lambda s: s.heat(0, 0, 1, 1, [[1]], low=1, high=1), "high > low"),
        (lambda s: s.text(math.nan, 0, "x"), "x must be a finite number"),
        (lambda s: s.text(0, 0, "x", align="middle"), "align must be one of"),
        (lambda s: s.axes(0, 0, 9, 9, (1, 1), (0, 1)), "x_range needs its first number below"),
        (lambda s: [s.handle("q", 0, 0), s.handle("q", 1, 1)], "two handles called 'q'"),
        (lambda s: s.tokens(0, 0, ["a", "b"], [0.5]), "one weight for each of its 2 tokens"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(draw, words):
    with pytest.raises(ValueError, match=words):
        draw(Scene())


def test_axes_turn_data_into_pixels_and_back():
    axes = Scene().axes(100, 50, 200, 80, (-5, 5), (0, 4))
    assert (axes.x(-5), axes.x(5), axes.y(0), axes.y(4)) == (100, 300, 130, 50)
    assert axes.invert(axes.x(1.5), axes.y(3)) == pytest.approx((1.5, 3))
    assert axes.invert(-999, 999) == (-5, 0), "a handle dragged out of the axes stays at their edge"


def test_ticks_are_round_numbers_within_the_range():
    assert ticks(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(-5, 5) == [-4, -2, 0, 2, 4]
    assert tick_texts([-0.5, 0, 1]) == ["−0.5", "0.0", "1.0"]


def test_a_line_beyond_the_axes_is_clipped_and_a_gap_breaks_it():
    scene = Scene()
    scene.axes(50, 50, 100, 100, (0, 1), (0, 1)).plot([0, 0.5, 1], [0, math.nan, 1e30], role="query")
    line = next(mark for mark in scene.marks if mark["kind"] == "line" and mark["role"] == "query")
    assert line["clip"] == [50, 50, 100, 100]
    assert line["points"][1] is None and math.isfinite(line["points"][2][1])


def test_names_that_do_not_fit_are_tilted_and_the_room_for_them_is_told():
    narrow, wide = label_room(["it"], ["piano", "door"], 40), label_room(["it"], ["piano", "door"], 200)
    assert narrow[1] > wide[1] == 22
    scene = Scene()
    scene.heat(60, 60, 40, 20, [[1, 0]], rows=["it"], columns=["piano", "door"])
    assert scene.marks[0]["tilt"]


def test_the_tokens_of_a_strip_stay_within_its_width():
    boxes = Scene(300, 300).tokens(10, 10, ["word"] * 20, np.full(20, 0.05), width=200)
    assert all(x >= 10 and x + w <= 210 for x, _, w, _ in boxes)
    assert len({y for _, y, _, _ in boxes}) > 1


def _similarity_by_hand(scene: Scene, sentences: list[str], shares: list[float]) -> None:
    for row, (text, share) in enumerate(zip(sentences, shares, strict=True)):
        top = 46 + 58 * row
        scene.text(344, top, text, bold=row == 1, role="muted" if row == 0 else "ink")
        scene.rect(344, top + 12, 340, 18, fill="grid", opacity=0.5, radius=3)
        scene.rect(344, top + 12, max(340 * share, 1), 18, fill="muted" if row == 0 else "output", radius=3)
        scene.text(694, top + 21, f"{share:.2f}".replace("-", "−"), bold=True)


def test_bars_with_labels_above_are_what_was_drawn_by_hand_mark_for_mark():
    by_hand, scene = Scene(), Scene()
    sentences, shares = ["one", "two", "three"], [1.0, 0.42, -0.2]
    _similarity_by_hand(by_hand, sentences, shares)
    rows = [
        (text, share, "muted" if row == 0 else "output", row == 1)
        for row, (text, share) in enumerate(zip(sentences, shares, strict=True))
    ]
    end = scene.bars(344, 58, rows, track=340, step=58, high=18, form="{:.2f}", above=True, value_gap=10)
    assert scene.spec == by_hand.spec and end == 58 + 3 * 58


def test_bars_with_labels_before_them_fit_the_letters_into_the_room_there_is():
    by_hand, scene = Scene(), Scene()
    for row, (label, share) in enumerate([("it", 0.5), ("incomprehensibilities", 0.001)]):
        y, size = 40 + 34 * row, min(14, 14 * 100 / max(text_width(label, 14), 1))
        by_hand.text(104, y + 12, label, align="right", bold=row == 0, size=size)
        by_hand.rect(114, y, 180, 24, fill="grid", opacity=0.5, radius=3)
        by_hand.rect(114, y, max(180 * share, 1), 24, fill="key", opacity=0.85, radius=3)
        by_hand.text(302, y + 12, f"{share:.1%}", bold=True)
    rows = [BarRow("it", 0.5, "key", True), BarRow("incomprehensibilities", 0.001, "key")]
    scene.bars(114, 40, rows, track=180, step=34, high=24, label_size=14, label_room=100, label_gap=10, opacity=0.85)
    assert scene.spec == by_hand.spec
    assert scene.marks[4]["size"] < 14


def test_without_a_track_the_values_stand_behind_their_bars_and_the_longest_is_the_most():
    scene = Scene()
    scene.bars(100, 0, [("a", 4), ("b", 1)], track=200, step=30, most=4, form="{:.0f}", on_track=False)
    kinds = [mark["kind"] for mark in scene.marks]
    assert kinds == ["text", "rect", "text"] * 2
    assert [mark["w"] for mark in scene.marks if mark["kind"] == "rect"] == [200, 50]
    assert [mark["x"] for mark in scene.marks if mark["kind"] == "text" and mark["align"] == "left"] == [308, 158]


def test_a_bar_says_where_it_ends_and_is_never_thinner_than_asked():
    scene = Scene()
    assert (scene.bar(10, 0, 100, 8, 0.25), scene.bar(10, 20, 100, 8, 0), scene.bar(10, 40, 100, 8, 0, least=0)) == (
        35,
        11,
        10,
    )


def test_a_text_is_cut_to_a_length_and_says_so():
    assert (short("piano", 5), short("pianos", 5), short(12.5, 3)) == ("piano", "pian…", "12…")


def test_every_role_has_a_colour_in_both_themes_and_in_the_still():
    import re
    from pathlib import Path

    from unravelling.drawing import scene, still

    source = (Path(scene.__file__).parent / "theme.js").read_text(encoding="utf-8")
    themes = re.findall(r"(light|dark): \{(.*?)\}", source, re.S)
    assert [name for name, _ in themes] == ["light", "dark"]
    for name, body in themes:
        colours = dict(re.findall(r'(\w+): "(#\w{6})"', body))
        assert set(colours) == set(ROLES)
        # Text in these roles stands on the page; darkest and lightest ground of the places where notebooks are shown.
        grounds = ["#ffffff"] if name == "light" else ["#111111", "#383838"]
        for role in set(ROLES) - {"grid", "paper"}:
            assert min(_contrast(colours[role], ground) for ground in grounds) >= 4.5, f"{role} in the {name} theme"
        if name == "light":
            assert colours == still.COLOURS


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_a_text_is_cut_to_the_pixels_there_are_and_wide_signs_count_as_wide() -> None:
    assert fitting("short", 200) == "short" and fitting("", 10) == ""
    for text in ("人" * 60, "W" * 60, "i" * 600, "‹U+200D›" * 20):
        cut = fitting(text, 300)
        assert cut.endswith("…") and text.startswith(cut[:-1]) and text_width(cut, 17) <= 300
    assert len(fitting("人" * 60, 300)) <= 300 / 17

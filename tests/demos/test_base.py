"""What every demo inherits."""

from __future__ import annotations

import base64
import html
import itertools
import re
import textwrap

import ipywidgets
import numpy as np
import pytest

from unravelling import models
from unravelling.demos import base
from unravelling.demos.base import BadInput, Demo, Scene, Select, Slider, Text, Toggle
from unravelling.drawing.picture import Picture

# Traits that ipywidgets 7.7.1 has, from its documentation: Colab ships that version.
OF_7_7 = {
    "IntSlider": "value min max step description continuous_update readout readout_format style layout disabled",
    "FloatSlider": "value min max step description continuous_update readout readout_format style layout disabled",
    "Dropdown": "options value description style layout disabled index label",
    "ToggleButtons": "options value description style layout disabled button_style icons tooltips index label",
    "Text": "value placeholder description continuous_update style layout disabled",
}


class Powers(Demo):
    """The powers of a number, as a heat map."""

    title = "Powers"
    base = Slider("base", 1, 5, value=2)
    scale = Slider("scale", 0.0, 2.0, step=0.25, value=1, unit="metres")
    palette = Select("palette", ["viridis", "cividis"])
    sign = Toggle("sign", [("plus", 1), ("minus", -1)])
    words = Text("your words", "one two", most_words=5)

    def compute(self, v) -> list[float]:
        if "boom" in v.words:
            raise RuntimeError("a fault of the demo")
        if "qqq" in v.words:
            raise BadInput("'qqq' is not a word: type another.")
        if "far" in v.words:
            raise models.ModelError("The model is far away: fetch it.")
        return [v.sign * v.scale * v.base**n for n in range(4)]

    def draw(self, v, data: list[float]) -> Scene:
        scene = Scene(300, 120)
        scene.heat(20, 40, 200, 40, [data], low=0, high=100, palette=v.palette)
        axes = scene.axes(240, 20, 50, 60, (0, 5), (0, 2))
        axes.handle("point", v.base, v.scale)
        scene.handle("loose", 10, 10)
        scene.picks("base", 5, 0, 100, 20, 20)
        return scene

    def describe(self, v, data: list[float]) -> str:
        return f'The last power is "{data[-1]:g}" & <large>.'

    def on_drag(self, name: str, x: float, y: float) -> None:
        self.last_drag = (name, x, y)
        if name == "point":
            self.base, self.scale = round(x), round(y * 4) / 4


def test_a_control_reads_and_sets_its_widget_and_the_picture_follows():
    demo = Powers()
    demo.base = 3
    assert demo.controls["base"].value == 3 and demo.data == [1, 3, 9, 27]
    demo.controls["base"].value = 4
    assert demo.base == 4 and demo.data == [1, 4, 16, 64]
    shown = np.frombuffer(demo.picture.numbers, dtype="<f4")
    np.testing.assert_array_equal(shown, demo.data)
    assert demo.picture.caption == demo.describe(demo.values, demo.data) == demo.description
    assert demo.picture.scene == demo.scene.spec


def test_values_of_controls_can_be_given_when_a_demo_is_made():
    demo = Powers(base=5, sign=-1)
    assert (demo.base, demo.sign, demo.data[1]) == (5, -1, -5)
    with pytest.raises(TypeError, match="Powers has no control 'bass': it has base, scale"):
        Powers(bass=3)


def test_all_that_changed_goes_to_the_browser_in_one_message(monkeypatch):
    demo, sent = Powers(), []
    monkeypatch.setattr(demo.picture, "send_state", lambda key=None: sent.append(set(key)))
    demo.base = 5
    # ipywidgets 7 queues nothing without a kernel; then there is nothing to count.
    if not any(sent):
        pytest.skip("this version of ipywidgets sends nothing without a kernel")
    assert sent == [{"numbers", "scene", "caption"}]


def test_bad_input_gets_a_sentence_and_leaves_the_last_good_picture():
    demo = Powers(base=3)
    before = demo.picture.scene
    demo.controls["words"].value = "qqq"
    assert demo.picture.problem == demo.problem == "'qqq' is not a word: type another."
    assert demo.picture.scene == before and demo.data == [1, 3, 9, 27]
    demo.words = "fine"
    assert demo.picture.problem == demo.problem == ""


def test_what_a_model_refuses_is_bad_input_too():
    demo = Powers()
    before = demo.picture.scene
    demo.words = "far"
    assert demo.problem == demo.picture.problem == "The model is far away: fetch it." and demo.picture.scene == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "'your words' is empty"),
        ("  \n ", "'your words' is empty"),
        ("word " * 3000, "'your words' has 3,000 words, and at most 5 fit here"),
        ("x" * 5000, "5,000 characters"),
    ],
)
def test_text_that_cannot_be_used_is_refused_before_anything_is_computed(text, words, monkeypatch):
    demo = Powers()
    monkeypatch.setattr(demo, "compute", lambda v: pytest.fail("computed all the same"))
    demo.words = text
    assert words in demo.problem


def test_a_fault_of_the_demo_is_not_hidden():
    demo = Powers()
    with pytest.raises(RuntimeError, match="a fault of the demo"):
        demo.words = "boom"
    with pytest.raises(RuntimeError):
        Powers(words="boom")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("base", 9, "'base' must be a number from 1 to 5, not 9"),
        ("base", 2.5, "'base' must be a whole number, not 2.5"),
        ("base", "two", "'base' must be a number"),
        ("palette", "jet", "'palette' has no option 'jet': choose one of viridis, cividis"),
        ("sign", 0, "choose one of 1, -1"),
        ("words", 3, "'your words' must be text"),
    ],
)
def test_a_value_that_a_control_cannot_take_is_refused_with_a_sentence(name, value, words):
    demo = Powers()
    before = demo.data
    with pytest.raises(ValueError, match=words):
        setattr(demo, name, value)
    assert demo.data == before


def test_options_and_ranges_can_change_while_it_runs():
    demo = Powers(palette="cividis", base=5)
    demo.set_options("palette", [("first", "viridis"), ("second", "cividis")])
    assert demo.palette == "cividis"
    demo.set_range("base", 1, 3)
    assert demo.base == 3 and demo.data[1] == 3
    demo.set_range("base", 7, 9)
    assert demo.base == 7 and demo.data[1] == 7
    demo.set_range("base", 0, 4, value=2)
    assert demo.base == 2 and demo.data[1] == 2


@pytest.mark.parametrize(
    ("low", "high", "value"),
    [(1, 9, 9), (7, 9, None), (7, 9, 8), (-4, -2, None), (1, 2, None), (0, 40, 33), (5, 5, None)],
)
def test_no_message_on_the_way_to_a_new_range_holds_a_value_that_a_page_would_cut(monkeypatch, low, high, value):
    demo = Powers(base=4)
    widget = demo.controls["base"]
    page, sent = dict(widget.get_state(["min", "max", "value"])), []
    monkeypatch.setattr(widget, "send_state", lambda key=None: sent.append(widget.get_state(key)))
    demo.set_range("base", low, high, value=value)
    for message in sent:
        for order in itertools.permutations(message):  # a page may take them in any
            heard = dict(page)
            for key in order:
                heard[key] = message[key]
                assert heard["min"] <= heard["value"] <= heard["max"], (sent, order)
        page |= message
    assert (page["min"], page["max"], page["value"]) == (low, high, demo.base)


def test_a_slider_of_fractions_keeps_its_range():
    with pytest.raises(TypeError, match="has fractions"):
        Powers().set_range("scale", 0, 9)


def test_a_value_outside_a_new_range_is_refused_with_a_sentence():
    demo = Powers(base=4)
    with pytest.raises(ValueError, match="must be a number from 1 to 6, not 7"):
        demo.set_range("base", 1, 6, value=7)


def test_several_controls_set_together_draw_once(monkeypatch):
    demo, drawn = Powers(), []
    monkeypatch.setattr(demo, "redraw", lambda: drawn.append(1))
    with demo.hold_redraw():
        demo.base, demo.scale = 4, 2.0
    assert drawn == [1]


def test_a_dragged_handle_arrives_in_data_coordinates_and_moves_the_controls():
    demo = Powers()
    box = {mark["name"]: mark for mark in demo.scene.marks if mark["kind"] == "handle"}["point"]
    demo.picture.drag = {"name": "point", "x": box["x"] + 10, "y": box["y"]}
    assert demo.last_drag == ("point", pytest.approx(3), pytest.approx(1))
    assert demo.base == 3 and demo.data[1] == 3
    demo.picture.drag = {"name": "loose", "x": 33, "y": 44}
    assert demo.last_drag == ("loose", 33, 44), "a handle outside axes speaks pixels"


def test_a_place_that_is_clicked_sets_its_control_and_what_is_no_such_place_sets_nothing():
    demo = Powers(base=2)
    demo.picture.pick = {"control": "base", "value": 5, "time": 1}
    assert demo.base == 5 and demo.data[1] == 5
    for number, (control, value) in enumerate([("base", 4), ("scale", 2.0), ("close", 5), (None, None)]):
        demo.picture.pick = {"control": control, "value": value, "time": 2 + number}
    assert (demo.base, demo.scale) == (5, 1.0)


def test_two_demos_do_not_disturb_each_other():
    one, other = Powers(base=2), Powers(base=3)
    one.base = 5
    one.set_options("palette", ["cividis"])
    assert other.base == 3 and other.palette == "viridis" and other.data == [1, 3, 9, 27]
    assert one.box.model_id != other.box.model_id
    one.close()
    other.base = 4
    assert other.data[1] == 4


def test_a_demo_shows_itself_live_as_a_still_and_in_words():
    demo = Powers()
    bundle, _ = demo._repr_mimebundle_()
    assert set(bundle) == {
        "application/vnd.jupyter.widget-view+json",
        "text/html",
        "image/png",
        "text/plain",
    }
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == demo.box.model_id and view["version_major"] == 2
    assert bundle["text/plain"] == 'Powers: The last power is "8" & <large>.'
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["image/png"] in bundle["text/html"]


def test_the_alt_text_is_the_finding_with_its_quotes_escaped():
    bundle, _ = Powers()._repr_mimebundle_()
    alt = re.search(r'<img alt="([^"]*)"', bundle["text/html"])[1]
    assert "<" not in alt and html.unescape(alt) == 'The last power is "8" & <large>.'


def test_a_demo_that_begins_with_bad_input_still_shows_its_sentence():
    demo = Powers(words="qqq")
    bundle, _ = demo._repr_mimebundle_()
    assert "&#x27;qqq&#x27; is not a word" in bundle["text/html"] and "image/png" not in bundle


def test_the_still_is_drawn_only_when_shown(monkeypatch):
    from unravelling.drawing import still

    monkeypatch.setattr(still, "still", lambda scene: pytest.fail("drawn in the live path"))
    demo = Powers()
    demo.base = 4


def test_only_traits_that_ipywidgets_7_7_has_are_used(monkeypatch):
    given = {}

    def spy(kind):
        made = getattr(ipywidgets, kind)

        def make(**traits):
            given.setdefault(kind, set()).update(traits)
            return made(**traits)

        return make

    for kind in OF_7_7:
        monkeypatch.setattr(ipywidgets, kind, spy(kind))
    Powers()
    assert set(given) == set(OF_7_7)
    for kind, traits in given.items():
        assert traits <= set(OF_7_7[kind].split()), kind


def test_every_control_tells_the_picture_its_name_for_screen_readers():
    names = Powers().picture.control_names
    assert [(each["kind"], each["label"]) for each in names] == [
        ("slider", "base"),
        ("slider", "scale"),
        ("select", "palette"),
        ("toggle", "sign"),
        ("text", "your words"),
    ]
    assert names[1]["unit"] == "metres"


def test_sliders_answer_while_they_move_and_text_only_when_it_is_finished():
    controls = Powers().controls
    assert controls["base"].continuous_update and controls["base"].readout
    assert not controls["words"].continuous_update and "press Enter" in controls["words"].description
    assert all(control.style.description_width == "initial" for control in controls.values())


def test_a_demo_may_touch_its_controls_in_its_own_init_before_anything_is_computed():
    class Late(Demo):
        layer = Slider("layer", 0, 1)

        def __init__(self, layers: int) -> None:
            super().__init__()
            self.set_range("layer", 0, layers - 1, value=layers - 1)
            self.names = [f"layer {n}" for n in range(layers)]

        def compute(self, v) -> str:
            return self.names[v.layer]

        def draw(self, v, data: str) -> Scene:
            return Scene(100, 50)

        def describe(self, v, data: str) -> str:
            return data

    assert Late(6).description == "layer 5"


def test_a_demo_without_controls_is_its_picture_alone():
    class Bare(Demo):
        def compute(self, v) -> int:
            return 1

        def draw(self, v, data: int) -> Scene:
            return Scene(100, 50)

        def describe(self, v, data: int) -> str:
            return "one"

    demo = Bare()
    (only,) = demo.box.children
    assert isinstance(only, Picture)
    assert demo._repr_mimebundle_()[0]["text/plain"] == "one"


def test_asking_for_demos_imports_only_the_one_that_is_used():
    import subprocess
    import sys

    script = (
        "import sys, unravelling.demos as demos; assert 'ipywidgets' not in sys.modules; "
        "demos.base; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    import unravelling.demos as demos

    with pytest.raises(AttributeError, match="There are no demos called 'nothing'"):
        demos.nothing  # noqa: B018


def test_a_handler_hears_the_name_of_its_control_and_may_refuse():
    class Named(Powers):
        def on_change(self, name: str) -> None:
            self.heard = name
            if name == "scale":
                raise BadInput("The scale stays as it is.")

    demo = Named()
    before = demo.picture.scene
    demo.controls["palette"].value = "cividis"
    assert demo.heard == "palette" and demo.picture.scene != before
    before = demo.picture.scene
    demo.scale = 2.0
    assert demo.heard == "scale" and demo.problem == "The scale stays as it is." and demo.picture.scene == before


def test_the_small_demo_at_the_head_of_base_is_whole():
    source = textwrap.dedent(re.search(r"( {4}class Powers.*?)\nShown in a notebook", base.__doc__, re.S)[1])
    names = dict(vars(base))
    exec(source, names)
    demo = names["Powers"](most=4, base=4)
    demo.act(demo.on_press, "grow", 0)
    assert demo.description == "The last power of 5 is 125."
    assert [mark["text"] for mark in demo.scene.marks if mark["kind"] == "text"][-2:] == ["power 3", "125"]
    demo.act(demo.on_press, "grow", 0)
    assert demo.problem == "The base cannot grow beyond 5."

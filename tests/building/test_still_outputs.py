"""What remains of live outputs in a committed notebook."""

from pathlib import Path

from nbformat.v4 import new_output

from unravelling.building.still_outputs import WIDGET, Paths, still_outputs

PATHS = Paths(("/home/author/course", "/home/author"))


def still(*outputs):
    return still_outputs(list(outputs), PATHS)


def display(data, metadata=None):
    return new_output("display_data", data=data, metadata=metadata or {})


def test_a_demo_keeps_its_picture_and_words_and_loses_its_widget():
    image = '<img alt="it looks at piano" src="data:image/png;base64,QUJD">'
    data = {WIDGET: {"model_id": "1"}, "text/html": image, "image/png": "QUJD", "text/plain": "Heads"}
    (kept,) = still(display(data))
    assert dict(kept.data) == {"text/html": image, "image/png": "QUJD", "text/plain": "Heads"}


def test_a_live_figure_marked_still_becomes_an_image_with_its_alternative_text():
    data = {"text/html": "<iframe srcdoc='...'></iframe>", "image/png": "QUJD\n", "text/plain": 'heads of "it"'}
    (kept,) = still(display(data, {"unravelling": {"still": True}}))
    assert kept.data["text/html"] == '<img alt="heads of &quot;it&quot;" src="data:image/png;base64,QUJD">'
    assert set(kept.data) == {"text/html", "image/png", "text/plain"}
    assert "unravelling" not in kept.metadata


def test_a_bare_widget_leaves_nothing_behind():
    assert still(display({WIDGET: {}, "text/plain": "HBox(children=(IntSlider(value=0),))"})) == []
    assert still(display({WIDGET: {}, "text/plain": "  0%|          | 0/10 [00:00<?, ?it/s]"})) == []


def test_a_widget_with_words_of_its_own_keeps_them():
    (kept,) = still(display({WIDGET: {}, "text/plain": "Question 1 of 5: what does a mask do?"}))
    assert kept.data["text/plain"].startswith("Question 1")


def test_consecutive_pieces_of_a_stream_become_one():
    pieces = [new_output("stream", name="stdout", text=text) for text in ("a", "b\n", "c\n")]
    (kept,) = still(*pieces)
    assert kept.text == "ab\nc\n"


def test_streams_on_both_sides_of_a_picture_stay_apart():
    before, after = (new_output("stream", name="stdout", text=text) for text in ("a\n", "b\n"))
    assert len(still(before, display({"text/plain": "x"}), after)) == 3


def test_progress_bars_vanish_and_warnings_stay():
    bar = "\r  0%|   | 0/2 [00:00<?, ?it/s]\r100%|###| 2/2 [00:01<00:00, 1.9it/s]\n"
    assert still(new_output("stream", name="stderr", text=bar)) == []
    (kept,) = still(new_output("stream", name="stderr", text=bar + "a warning\n"))
    assert kept.text == "a warning\n"


def test_a_line_written_over_shows_what_a_terminal_would_show_last():
    (kept,) = still(new_output("stream", name="stdout", text="step 1\rstep 2\ndone\n"))
    assert kept.text == "step 2\ndone\n"


def test_no_path_of_the_authors_machine_remains():
    text = "loaded /home/author/course/src/x.py and /home/author/.cache/y\n"
    (stream, shown) = still(
        new_output("stream", name="stdout", text=text), display({"text/plain": text, "text/html": f"<p>{text}</p>"})
    )
    assert stream.text == "loaded .../src/x.py and .../.cache/y\n"
    assert "author" not in shown.data["text/html"] and "author" not in shown.data["text/plain"]


def test_a_longer_name_that_begins_like_a_folder_is_not_cut():
    (kept,) = still(new_output("stream", name="stdout", text="/home/authority/x\n"))
    assert kept.text == "/home/authority/x\n"


def test_pictures_are_not_touched_though_their_letters_may_spell_a_path():
    image = '<img alt="a" src="data:image/png;base64,AA/home/author/AA==">'
    (kept,) = still(display({"text/html": image, "image/png": "AA/home/author/AA=="}))
    assert kept.data["text/html"] == image and kept.data["image/png"] == "AA/home/author/AA=="


def test_the_folders_hidden_are_those_of_this_machine(tmp_path):
    folders = Paths.of(tmp_path).folders
    assert str(tmp_path) in folders and str(Path.home()) in folders
    assert list(folders) == sorted(folders, key=len, reverse=True)

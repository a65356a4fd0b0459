"""The harness sees what it is there to see: each fault, made on purpose, is reported."""

# What these imports need may not be here, and a sentence must say so first.
# ruff: noqa: E402

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house.demanded import need_packages

need_packages("BROWSER", "playwright", "axe_playwright_python", "psutil")

from .latency import percentile
from .made import STUB_MODEL, write
from .notebook import Notebook

PIXEL = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@pytest.fixture(scope="module")
def faulty(lab, chromium) -> Iterator[Notebook]:
    path = write(
        lab,
        "faulty",
        "from IPython.display import HTML, Javascript, display\n"
        'display(HTML(\'<img src="https://elsewhere.example/picture.png" alt="">\'))',
        f"display(HTML('<img src=\"data:image/gif;base64,{PIXEL}\"><select><option>1</option></select>'))",
        "display(HTML('<div style=\"width:3000px\">wide</div>'))",
        "import sys; print('SomeError: said so', file=sys.stderr)",
        "display(Javascript('console.error(\"from the console\")'))",
        "1 / 0",
    )
    with Notebook(lab, chromium, path) as notebook:
        notebook.run_all()
        yield notebook


def test_an_error_in_a_cell_is_reported(faulty: Notebook) -> None:
    assert any("ZeroDivisionError" in problem for problem in faulty.problems())


def test_an_error_written_to_stderr_is_reported(faulty: Notebook) -> None:
    assert any("SomeError: said so" in problem for problem in faulty.problems())


def test_an_error_on_the_console_is_reported(faulty: Notebook) -> None:
    assert any("from the console" in problem for problem in faulty.problems())


def test_a_request_to_another_host_is_stopped_and_reported(faulty: Notebook) -> None:
    assert set(faulty.foreign) == {"https://elsewhere.example/picture.png"}


def test_an_image_without_alt_text_and_a_list_without_a_name_are_serious_faults(faulty: Notebook) -> None:
    faults = " ".join(faulty.serious_faults())
    assert "no alt text" in faults and "select-name" in faults


def test_an_output_wider_than_the_page_is_reported(faulty: Notebook) -> None:
    assert any("wide" in place for place in faulty.page.evaluate("tester.overflowing()"))


def test_a_clean_notebook_has_no_problems(lab, chromium) -> None:
    path = write(lab, "clean", "#md # A title\n\nSome prose.", "print(1 + 1)")
    with Notebook(lab, chromium, path) as notebook:
        notebook.run_all()
        assert notebook.problems() == []
        assert notebook.foreign == []
        for dark in (False, True):
            notebook.theme(dark)
            assert notebook.serious_faults() == []
        assert notebook.page.evaluate("tester.overflowing()") == []


def test_the_server_leaves_no_process_behind(chromium, tmp_path) -> None:
    import psutil

    from .server import LabServer

    with LabServer(tmp_path) as lab:
        path = write(lab, "short", "print(1)")
        lab.start_session(path)
        server, kernel = psutil.Process(lab._process.pid), lab.kernel_process(path)
        assert kernel is not None and kernel.is_running()
    assert not server.is_running()
    assert not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("view", ["head", "model"])
def test_bertviz_draws_offline_and_walks_by_keyboard(lab, chromium, view: str) -> None:
    path = write(
        lab,
        f"bertviz_{view}",
        STUB_MODEL + f"from unravelling.demos.bertviz import bertviz_view\nbertviz_view(Stub(), 'a cat sat', {view!r})",
    )
    with Notebook(lab, chromium, path) as notebook:
        notebook.run_all()
        (frame,) = notebook.frames_of_bertviz()
        frame.wait_for_selector("svg line", state="attached")
        assert frame.locator("svg *").count() > 50
        stops = frame.locator("svg [tabindex='0']")
        assert stops.count() == 1
        stops.focus()
        notebook.page.keyboard.press("ArrowRight")
        notebook.page.keyboard.press("Space")
        if view == "head":
            assert frame.locator("[aria-label='Head 1']").get_attribute("aria-checked") == "false"
            frame.get_by_label("Layer").focus()
            notebook.page.keyboard.press("ArrowDown")
            assert frame.get_by_label("Layer").input_value() == "1"
        else:
            assert "Layer 0, Head 1" in frame.locator("svg").inner_html()
        inside = frame.evaluate("document.documentElement.scrollHeight <= innerHeight + 2")
        assert inside, "the frame is not as high as its content"
        assert notebook.problems() == [] and notebook.foreign == []
        assert notebook.serious_faults(frames=True) == []
        notebook.page.set_viewport_size({"width": 800, "height": 700})
        notebook.page.wait_for_timeout(300)
        assert notebook.page.evaluate("tester.overflowing()") == []


def test_the_95th_percentile_is_the_value_that_95_in_100_do_not_exceed() -> None:
    assert percentile([float(value) for value in range(1, 101)], 0.95) == 95
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2
    assert percentile([7.0], 0.95) == 7

"""A training run in JupyterLab: it is seen while it goes on, and Stop and the interrupt button end it between steps."""

# What these imports need may not be here, and a sentence must say so first.
# ruff: noqa: E402

from __future__ import annotations

import time

import pytest

from tests.house.demanded import need_packages

need_packages("BROWSER", "playwright", "axe_playwright_python", "psutil")

from .controls import move_all, picture_of, shown
from .made import write
from .notebook import Notebook

STARTS_WITHIN = 120  # seconds: torch imports a great deal, and the machine may be busy
TRAIN = """
import torch
torch.set_num_threads(1)
from unravelling.demos import training
from unravelling.language_models import alphabet_of
from unravelling.language_models.networks import CharacterLSTM
text = "The cat sat on the mat, and the dog sat on the cat. " * 40
model = CharacterLSTM(alphabet_of(text), d=16)
run = training.train(model, text, seconds={seconds}, batch=2, length=8)
"""
SAY = """
finite = all(torch.isfinite(each).all().item() for each in model.parameters())
said = len(model.sample("The", 5, torch.Generator().manual_seed(0)))
print(run.ended, len(run.losses) > 0, finite, model.training, said)
"""


def begin(lab, chromium, name: str, seconds: float) -> Notebook:
    """A notebook whose first cell trains; steps have been made when it comes back."""
    notebook = Notebook(lab, chromium, write(lab, name, TRAIN.format(seconds=seconds), SAY))
    notebook.page.evaluate("void tester.runAll()")
    notebook.page.wait_for_selector(".unravelling-picture", timeout=STARTS_WITHIN * 1000)
    notebook.page.wait_for_function(
        "tester.pictures()[0].picture.scene?.marks.some((mark) => mark.text === 'step') &&"
        " tester.pictures()[0].picture.scene.marks.filter((mark) => mark.points?.length > 2).length >= 2",
        timeout=STARTS_WITHIN * 1000,
    )
    return notebook


def end(notebook: Notebook, within: float = 60) -> float:
    begun = time.monotonic()
    while not notebook.page.evaluate("tester.finished()"):
        assert time.monotonic() - begun < within, "the run goes on"
        notebook.page.wait_for_timeout(50)
    notebook.settle()
    return time.monotonic() - begun


def test_the_curve_grows_while_the_cell_runs_and_stop_ends_it(lab, chromium) -> None:
    with begin(lab, chromium, "stop", seconds=300) as notebook:
        (demo,) = notebook.demos()
        before = shown(picture_of(demo))
        notebook.page.wait_for_function(
            "([picture, before]) => tester.shown(picture) !== before",
            arg=[picture_of(demo).element_handle(), before],
            timeout=20_000,
        )
        assert not notebook.page.evaluate("tester.finished()"), "it was seen only afterwards"
        assert notebook.serious_faults() == []
        button = notebook.page.get_by_role("button", name="Stop", exact=True)
        button.wait_for(timeout=20_000)
        button.focus()
        notebook.page.keyboard.press("Space")
        end(notebook)
        assert notebook.page.evaluate("tester.outputText(1)").split() == ["stopped", "True", "True", "False", "5"]
        (demo,) = notebook.demos()
        assert "You stopped it after" in demo.inner_text() and not button.is_visible()
        assert [move.changed for move in move_all(notebook, demo)] == [True]
        for dark in (True, False):
            notebook.theme(dark)
            assert notebook.serious_faults() == []
        notebook.page.set_viewport_size({"width": 800, "height": 900})
        notebook.settle()
        assert notebook.page.evaluate("tester.overflowing()") == []
        assert notebook.problems() == [] and notebook.foreign == []


def test_the_notebooks_own_interrupt_ends_it_too_without_a_traceback(lab, chromium) -> None:
    with begin(lab, chromium, "interrupt", seconds=300) as notebook:
        notebook.page.evaluate("void tester.app().commands.execute('notebook:interrupt-kernel')")
        end(notebook)
        (demo,) = notebook.demos()
        assert "It was interrupted after" in demo.inner_text()
        assert notebook.problems() == []
        if not notebook.page.evaluate("tester.outputText(1)"):  # JupyterLab forgets the cells that were waiting
            notebook.page.evaluate("tester.runCell(1)")
            notebook.page.wait_for_function("tester.outputText(1)", timeout=20_000)
        assert notebook.page.evaluate("tester.outputText(1)").split() == ["interrupted", "True", "True", "False", "5"]


@pytest.mark.parametrize("seconds", [2])
def test_the_stored_output_is_the_end_of_the_run(lab, chromium, seconds: float) -> None:
    with begin(lab, chromium, "stored", seconds) as notebook:
        end(notebook)
        outputs = notebook.page.evaluate("tester.cells()[0].model.outputs.toJSON()")
        (only,) = [each["data"] for each in outputs if each["output_type"] == "display_data"]
        assert {"text/html", "image/png", "text/plain"} <= set(only)
        assert f"It stopped when its {seconds} seconds were up." in "".join(only["text/plain"])

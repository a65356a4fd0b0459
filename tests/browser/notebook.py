"""A notebook open in JupyterLab, and what a reader does with it: run it, move its controls, look at it."""

from __future__ import annotations

import time
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Frame, Locator, Page

from .chromium import keep_to_this_machine
from .server import LabServer

RUNS_WITHIN = 240  # seconds for a whole lesson
IN_PAGE = (Path(__file__).parent / "in_page.js").read_text(encoding="utf-8")
# What JupyterLab itself says on the console and no lesson can help.
NOT_OURS = ("favicon", "ResizeObserver loop")
BROKEN = ("Error displaying widget", "Error creating widget", "model not found", "Javascript Error")


class Notebook:
    """One notebook on one page. Use as a context: the page and the kernel end with it."""

    def __init__(self, lab: LabServer, browser: Browser, path: str, width: int = 1280, height: int = 900) -> None:
        self.lab, self.path = lab, path
        self.foreign: list[str] = []  # addresses on other hosts that the page asked for
        self.said: list[str] = []  # errors on the console and uncaught ones
        self.lab.start_session(path)
        self.context = browser.new_context(viewport={"width": width, "height": height}, service_workers="block")
        keep_to_this_machine(self.context, self.foreign)
        self.context.add_init_script(IN_PAGE)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.said.append(f"uncaught: {error}"))
        self.page.on("console", self._hear)
        self.page.goto(f"{lab.url}/doc/tree/{path}?token={lab.token}&reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        self.page.wait_for_function("tester.ready()", timeout=60_000)

    def __enter__(self) -> Notebook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        try:
            self.context.close()
        finally:
            self.lab.end_session(self.path)

    def _hear(self, message: Any) -> None:
        if message.type == "error" and not any(part in message.text for part in NOT_OURS):
            where = message.location.get("url", "") if isinstance(message.location, dict) else ""
            self.said.append(f"console: {message.text[:500]} ({where[:120]})")

    def run_all(self, within: float = RUNS_WITHIN) -> float:
        """Run all cells as the menu's Run All Cells does. Returns the seconds; AssertionError if it takes too long."""
        begun = time.monotonic()
        self.page.evaluate("void tester.runAll()")
        while not self.page.evaluate("tester.finished()"):
            assert time.monotonic() - begun < within, f"{self.path} was still running after {within} s."
            assert self.page.locator(".jp-Dialog").count() == 0, self.page.locator(".jp-Dialog").first.inner_text()
            self.page.wait_for_timeout(100)
        seconds = time.monotonic() - begun
        self.settle()
        return seconds

    def settle(self) -> None:
        """Wait until every picture has drawn and nothing is being sent."""
        try:
            self.page.wait_for_function("tester.allDrawn()", timeout=20_000)
        except Error as error:
            raise AssertionError(
                f"A picture of {self.path} has not drawn: {self.page.evaluate('tester.undrawn()')}"
            ) from error
        self.page.wait_for_timeout(150)

    def problems(self) -> list[str]:
        """Everything a reader would call an error, in words."""
        found = list(self.said)
        found += self.page.evaluate("tester.errorOutputs()")
        found += [f"dialog: {text}" for text in self.page.locator(".jp-Dialog").all_inner_texts()]
        shown = " ".join(self.page.locator(".jp-OutputArea-output").all_text_contents())
        found += [f"an output reads: {text}" for text in BROKEN if text in shown]
        return found

    def demos(self) -> list[Locator]:
        """Every demo: the box of a live picture and its controls, in order."""
        return self.page.locator(".jp-OutputArea .unravelling-demo").all()

    def theme(self, dark: bool) -> None:
        """Switch JupyterLab's theme as Settings, Theme does."""
        name = "JupyterLab Dark" if dark else "JupyterLab Light"
        self.page.evaluate("name => tester.app().commands.execute('apputils:change-theme', {theme: name})", name)
        self.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{str(not dark).lower()}'", timeout=20_000)
        self.page.wait_for_timeout(600)

    def serious_faults(self, frames: bool = False) -> list[str]:
        """What axe-core finds serious or critical in outputs and prose (Lab's own frame has faults of its own).

        frames: look into the frames too, where BertViz draws.
        """
        for frame in self.page.frames if frames else [self.page.main_frame]:
            if not frame.is_detached() and not frame.evaluate("typeof axe !== 'undefined'"):
                frame.evaluate(axe_source())
        return self.page.evaluate("frames => tester.faults(frames)", frames)

    def frames_of_bertviz(self) -> list[Frame]:
        found = []
        for place in self.page.locator("figure.unravelling-bertviz iframe").all():
            place.scroll_into_view_if_needed()
            found.append(place.element_handle().content_frame())
        return found


@cache
def axe_source() -> str:
    """axe-core, which the package axe-playwright-python carries."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

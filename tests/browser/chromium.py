"""A Chromium that can reach this machine and nothing else, and remembers what it tried."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
HERE = {"127.0.0.1", "localhost"}
MISSING = (
    "Chromium was not found, so no lesson was tried in a browser. Install it (Debian and Ubuntu: apt-get install "
    "chromium) or set UNRAVELLING_CHROMIUM to the file of a Chromium or Chrome."
)
# Playwright's own list of switches keeps it from calling home; these are for containers.
SWITCHES = ["--disable-dev-shm-usage", "--disable-gpu", "--no-proxy-server", "--force-color-profile=srgb"]


def executable() -> str | None:
    """The browser to drive: UNRAVELLING_CHROMIUM, or the first that is installed."""
    given = os.environ.get("UNRAVELLING_CHROMIUM")
    if given:
        return given if shutil.which(given) else None
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """Raises RuntimeError(MISSING) where there is none."""
    found = executable()
    if found is None:
        raise RuntimeError(MISSING)
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # the sandbox refuses to run as root
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=found, args=SWITCHES + (["--no-sandbox"] if as_root else []), chromium_sandbox=not as_root
        )
        try:
            yield running
        finally:
            running.close()


def keep_to_this_machine(context: BrowserContext, foreign: list[str]) -> None:
    """Abort every request to another host and write its address into `foreign`."""

    def abort(route: Route) -> None:
        foreign.append(route.request.url)
        route.abort()

    def watch_sockets(page: Page) -> None:
        page.on(
            "websocket",
            lambda ws: foreign.append(ws.url) if urlsplit(ws.url).hostname not in HERE else None,
        )

    # A pattern, not a function: requests to this machine are then let through without asking Python.
    context.route(re.compile(r"^https?://(?!(127\.0\.0\.1|localhost)[:/])"), abort)
    context.on("page", watch_sockets)

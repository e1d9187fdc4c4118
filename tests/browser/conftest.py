"""A browser for the tests: Debian's Chromium, driven by Playwright; without either they skip.

Where ``SIMTWIN_BROWSER`` is set, as in CI, a browser that is missing is a failure.
"""

from __future__ import annotations

import os
import shutil

import pytest

FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
]


def missing(what: str) -> None:
    """Skip for lack of *what*; fail where a browser was promised."""
    if os.environ.get("SIMTWIN_BROWSER"):
        pytest.fail(f"SIMTWIN_BROWSER is set, but {what}")
    pytest.skip(what)


@pytest.fixture(scope="session")
def browser():
    """A headless browser with a software renderer."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed: pip install playwright")
    program = shutil.which("chromium")
    if program is None:
        missing("chromium is not installed: apt-get install chromium")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def tab(browser):
    """A tab that remembers what it asked of the network, and what went wrong in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 760})
    page = context.new_page()
    page.asked, page.wrong = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on(
        "console",
        lambda said: (
            page.wrong.append(said.text) if said.type in ("error", "warning") else None
        ),
    )
    yield page
    context.close()

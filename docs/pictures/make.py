"""Make the pictures of the README from the code as it stands: ``python docs/pictures/make.py``.

Needs Debian's chromium and ``pip install playwright``. Whoever runs it looks at what comes out.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import simtwin as st

HERE = Path(__file__).parent
REPLICATIONS, SEED, INSTANT = 50, 1, "10:30"
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
ORDERS, SHOP = {"width": 1100, "height": 756}, {"width": 1280, "height": 760}


def report(tab: Any, folder: Path) -> None:
    """Show what a planner gets: orders, hours, temperatures."""
    plant = st.load_plant("job_shop")
    shift = st.load_scenario("day_shift", plant)
    page = st.replicate(plant, shift, REPLICATIONS, seed=SEED).report(folder / "report.html")
    tab.set_viewport_size(ORDERS)
    tab.goto(page.as_uri())
    tab.add_style_tag(content="nav { display: none }")
    tab.wait_for_timeout(1000)
    tab.screenshot(path=HERE / "orders.png", clip={"x": 0, "y": 0, **ORDERS})
    tab.locator("#hours figure").screenshot(path=HERE / "hours.png")
    tab.locator("#heat").screenshot(path=HERE / "temperatures.png")


def shop(tab: Any, folder: Path) -> None:
    """Show the shop in 3D with a machine inspected, and two shifts side by side in heat."""
    plant = st.load_plant("job_shop")
    day, extra = (
        st.simulate(plant, st.load_scenario(name, plant), seed=SEED)
        for name in ("day_shift", "extra_machine")
    )
    seconds = day.seconds(INSTANT)
    tab.set_viewport_size(SHOP)
    for name, page, looks in (
        ("shop", day.view(), "viewer.select('five-1')"),
        ("compare", day.view(extra), "viewer.colour('hottest')"),
    ):
        tab.goto(page.save(folder / f"{name}.html").as_uri())
        tab.wait_for_selector(".label.machine")
        tab.evaluate(f"viewer.seek({seconds}); {looks}")
        tab.wait_for_timeout(1000)
        tab.screenshot(path=HERE / f"{name}.png")


def main() -> None:
    """Make all pictures."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    if program is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    with TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        tab = browser.new_page()
        report(tab, Path(folder))
        shop(tab, Path(folder))
        browser.close()


if __name__ == "__main__":
    main()

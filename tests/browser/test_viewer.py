"""The viewer in a real browser: what it shows is what the run says (UX 7 and 9).

Asserted are states, texts and colours, never pixels or frames per second.
"""

from __future__ import annotations

import base64
import json
import time

import pytest

import simtwin as st
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.report.palette import palette
from simtwin.viewer.data import TOLERANCE
from simtwin.viewer.paths import AXES

READY = "window.viewer && (!viewer.info() || viewer.info().calls > 0)"
WITHOUT_WEBGL = """
const own = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, options) {
  return kind === "webgl2" ? null : own.call(this, kind, options);
};
"""
EVIL = '<img src=x onerror="window.hacked=1">'


@pytest.fixture(scope="module")
def plant():
    """The job shop of the examples."""
    return st.load_plant("job_shop")


@pytest.fixture(scope="module")
def runs(plant):
    """Two hours of the day shift, and the same with a machine more."""
    shift = st.load_scenario("day_shift", plant)
    more = st.load_scenario("extra_machine", plant)
    return [st.simulate(plant, one, seed=1, until=7200.0) for one in (shift, more)]


@pytest.fixture(scope="module")
def pages(runs, tmp_path_factory):
    """The page of one run, and that of both."""
    folder = tmp_path_factory.mktemp("pages")
    one = runs[0].view().save(folder / "one.html")
    both = runs[0].view(runs[1]).save(folder / "both.html")
    return {"one": one, "both": both}


def until(tab, told, seconds=20.0):
    """Wait until *told* is true in the page, whose policy forbids Playwright's own waiting."""
    end = time.monotonic() + seconds
    while not tab.evaluate(told):
        assert time.monotonic() < end, told
        tab.wait_for_timeout(30)


def opened(tab, path):
    """Open a page and wait until it has drawn."""
    tab.goto(path.as_uri())
    until(tab, READY)
    return tab


def silent(tab, path):
    """Tell whether nothing went wrong and nothing but the file was asked for."""
    assert tab.wrong == []
    assert tab.asked == [path.as_uri()]


def agrees(exact, shown, what=""):
    """Hold what the viewer knows against ``run.at``, number by number."""
    for key, value in exact.items():
        got = shown.get(key)
        if isinstance(value, dict):
            agrees(value, got, key)
        elif isinstance(value, float):
            tolerance = TOLERANCE.get(what or key, TOLERANCE["torque_nm"])
            assert got == pytest.approx(value, abs=tolerance, rel=0.0), (what, key)
        else:
            assert got == value, (what, key)


def test_it_knows_what_the_run_says(tab, pages, runs):
    """UX 7: at any instant the viewer's state of every machine equals ``run.at``."""
    opened(tab, pages["both"])
    changes = [row.start for row in runs[0].log.states][::97]
    for t in [0.0, *changes, 3333.3, 7200.0]:
        for index, run in enumerate(runs):
            shown = tab.evaluate(
                f"Object.fromEntries(viewer.data.machines.map((m) => "
                f"[m.id, viewer.stateOf({index}, m.id, {t!r})]))"
            )
            for machine, exact in run.at(t).items():
                agrees(exact, shown[machine])
    silent(tab, pages["both"])


def test_it_shows_what_it_knows(tab, pages, runs):
    """UX 7: beacon, pad and letter of each machine are those of its state, in words as well."""
    opened(tab, pages["one"])
    for t in (0.0, 611.0, 4000.0, 7100.0):
        tab.evaluate(f"viewer.seek({t})")
        letters = tab.evaluate("viewer.labelled(0)")
        for machine, exact in runs[0].at(t).items():
            look = palette().look(exact["state"])
            shown = tab.evaluate(f"viewer.shown({machine!r})")
            assert look.color.lower() == shown["beacon"] == shown["pad"]
            assert look.glyph == letters[machine]
            assert bool(exact["job"]) == shown["piece"]
            front = exact["bearing_damage"]["front"]
            assert shown["gauges"]["front bearing"] == pytest.approx(
                max(0.012 / 1.5, min(1.0, front)), abs=0.01
            )
    waiting = runs[0].frame("queues").groupby("station")["length"].last().to_dict()
    tab.evaluate("viewer.seek(7200)")
    assert waiting == {name: tab.evaluate(f"viewer.waiting(0, {name!r})") for name in waiting}
    silent(tab, pages["one"])


def test_heat_keeps_the_status_on_the_beacon(tab, pages):
    """UX 7: heat colours each node of each spindle; the andon beacon still tells the state."""
    opened(tab, pages["one"])
    tab.evaluate("viewer.seek(6000)")
    before = tab.evaluate("viewer.shown('lathe-1')")
    tab.evaluate("viewer.colour('motor')")
    after = tab.evaluate("viewer.shown('lathe-1')")
    assert before["beacon"] == after["beacon"]
    assert before["pad"] != after["pad"]
    assert set(after["rings"]) == {"motor", "front", "rear", "shaft", "housing"}
    assert len(set(after["rings"].values())) > 1
    assert "°C" in tab.locator(".legend").inner_text()
    silent(tab, pages["one"])


def test_it_plays_pauses_and_stops_at_the_end(tab, pages):
    """UX 7: play moves the clock on, pause holds it; at the end it pauses and does not loop."""
    opened(tab, pages["one"])
    tab.get_by_role("button", name="Play", exact=True).click()
    until(tab, "viewer.time > 60")
    tab.get_by_role("button", name="Pause", exact=True).click()
    held = tab.evaluate("viewer.time")
    tab.wait_for_timeout(200)
    assert held == tab.evaluate("viewer.time")
    tab.evaluate("viewer.seek(7190); viewer.play()")
    until(tab, "!viewer.playing")
    assert tab.evaluate("viewer.time") == 7200.0
    assert tab.get_by_role("button", name="Play", exact=True).is_disabled()
    tab.get_by_role("button", name="Back to start").click()
    assert tab.evaluate("viewer.time") == 0.0
    silent(tab, pages["one"])


def test_it_is_scrubbed_and_remembers_its_speed(tab, pages):
    """UX 7: the slider moves time, says it in words, and the speed comes back."""
    opened(tab, pages["one"])
    slider = tab.get_by_role("slider", name="Time")
    slider.evaluate("(e) => { e.value = 3600; e.dispatchEvent(new Event('input')); }")
    until(tab, "viewer.time === 3600")
    until(tab, "viewer.drawn === 3600")
    assert slider.get_attribute("aria-valuetext") == "Mon 07:00:00"
    assert tab.locator(".time").inner_text() == "Mon 07:00:00"
    tab.get_by_label("Speed, simulated time per second").select_option("60")
    tab.reload()
    until(tab, READY)
    assert tab.evaluate("viewer.speed") == 60
    assert tab.wrong == []


def test_keys_do_what_buttons_do(tab, pages, runs):
    """UX 7: space, arrows, comma, full stop, Home, End and Escape."""
    opened(tab, pages["one"])
    press, now = tab.keyboard.press, lambda: tab.evaluate("viewer.time")
    press("ArrowRight")
    assert now() == 60.0
    press("Shift+ArrowRight")
    press("ArrowLeft")
    assert now() == 600.0
    press("End")
    assert now() == 7200.0
    press("Home")
    assert now() == 0.0
    events = [event.time for event in runs[0].log.events if event.kind != "tool change"]
    press(".")
    press(".")
    assert now() == events[1]
    press(",")
    assert now() == events[0]
    press(" ")
    assert tab.evaluate("viewer.playing")
    press(" ")
    assert not tab.evaluate("viewer.playing")
    tab.evaluate("viewer.select('mill-1')")
    press("Escape")
    assert tab.evaluate("viewer.selected") is None
    silent(tab, pages["one"])


def test_events_are_told_and_found(tab, pages, runs):
    """UX 7: the next event is shown, told aloud, and all are ticks where one asks for them."""
    opened(tab, pages["one"])
    tab.get_by_role("button", name="Next event").click()
    first = next(event for event in runs[0].log.events if event.kind != "tool change")
    assert tab.evaluate("viewer.time") == first.time
    live = tab.locator("[aria-live=polite]")
    assert first.machine in live.inner_text()
    assert first.kind in live.inner_text()
    tab.get_by_label("Which events").select_option("all")
    assert len(runs[0].log.events) == tab.evaluate("viewer.events().length")
    silent(tab, pages["one"])


def test_a_click_inspects_a_machine(tab, pages, runs):
    """UX 7: a click on a machine opens what is known of it, equal to ``run.at``."""
    opened(tab, pages["one"])
    tab.evaluate("viewer.seek(4000)")
    label = tab.locator(".label.machine", has_text="hmc-2").bounding_box()
    tab.mouse.click(label["x"] + label["width"] / 2, label["y"] + 75)
    until(tab, "viewer.selected === 'hmc-2'")
    tab.locator(".inspector").wait_for()
    told = tab.locator(".inspector").inner_text()
    exact = runs[0].at(4000.0)["hmc-2"]
    assert exact["state"] in told
    assert exact["tool"] in told
    assert f"{exact['power_kw']:.1f}"[:-1] in told
    assert "no path simulated" in told
    tab.get_by_role("button", name="Close").click()
    tab.locator(".inspector").wait_for(state="hidden")
    silent(tab, pages["one"])


def test_two_runs_share_clock_and_camera(tab, pages, runs):
    """UX 7: A and B are drawn at one time; the inspector shows both, what differs in bold."""
    opened(tab, pages["both"])
    tab.evaluate("viewer.seek(5000); viewer.select('mill-1')")
    tab.wait_for_timeout(100)
    heads = tab.locator(".inspector thead th").all_inner_texts()
    assert heads == ["", "A: day_shift", "B: extra_machine"]
    assert len(tab.evaluate("viewer.labelled(0)")) == 12
    assert len(tab.evaluate("viewer.labelled(1)")) == 13
    row = tab.locator(".inspector tbody tr", has=tab.get_by_role("rowheader", name="piece"))
    pieces = [run.at(5000.0)["mill-1"]["job"] or "–" for run in runs]
    assert pieces == row.locator("td").all_inner_texts()
    assert ("differs" in (row.get_attribute("class") or "")) == (pieces[0] != pieces[1])
    assert tab.evaluate("viewer.stateOf(0, 'mill-5')") is None
    two = tab.evaluate("viewer.info().calls")
    tab.get_by_label("Which run").select_option("1")
    until(tab, f"viewer.info().calls < {two}")
    silent(tab, pages["both"])


def test_of_two_runs_the_longer_goes_on_alone(tab, plant, tmp_path):
    """UX 7: outside a run nothing is known; it looks neither idle nor like 0."""
    shift = st.load_scenario("day_shift", plant)
    first = st.simulate(plant, shift, seed=1, until=900.0)
    rest = st.simulate(plant, shift, snapshot=first.snapshot, until=1800.0)
    path = first.view(rest, names=["before", "after"]).save(tmp_path / "uneven.html")
    opened(tab, path)
    for t, known, told in ((300.0, 0, "run has not begun"), (1500.0, 1, "run is over")):
        tab.evaluate(f"viewer.showTable(false); viewer.seek({t}); viewer.select('mill-1')")
        letters = [tab.evaluate(f"viewer.labelled({view})['mill-1']") for view in (0, 1)]
        assert letters[1 - known] == "–"
        state = (first, rest)[known].at(t)["mill-1"]["state"]
        assert letters[known] == palette().look(state).glyph
        assert tab.evaluate(f"viewer.stateOf({1 - known}, 'mill-1').state") is None
        tab.evaluate("viewer.showTable(true)")
        tab.wait_for_timeout(200)
        assert told in tab.locator(".inspector").inner_text()
        assert told in tab.locator(".tables").inner_text()
    silent(tab, path)


def test_a_picture_is_saved_and_not_blank(tab, pages):
    """UX 7: the exported PNG shows the floor with many colours, at the size of the stage."""
    opened(tab, pages["one"])
    url = tab.evaluate("viewer.picture()")
    assert base64.b64decode(url.split(",")[1])[:8] == b"\x89PNG\r\n\x1a\n"
    colours = tab.evaluate(
        """async (url) => {
          const image = new Image(); image.src = url; await image.decode();
          const canvas = document.createElement("canvas");
          canvas.width = image.width; canvas.height = image.height;
          const pen = canvas.getContext("2d"); pen.drawImage(image, 0, 0);
          const found = pen.getImageData(0, 0, image.width, image.height).data;
          const seen = new Set();
          for (let i = 0; i < found.length; i += 400) seen.add(found.slice(i, i + 3).join());
          return seen.size;
        }""",
        url,
    )
    assert colours > 30
    silent(tab, pages["one"])


def test_the_table_says_the_same(tab, pages, runs):
    """UX 7: the table has every machine's state, and follows the clock."""
    opened(tab, pages["one"])
    tab.get_by_role("button", name="Table").click()
    for t in (700.0, 6500.0):
        tab.evaluate(f"viewer.seek({t})")
        rows = tab.locator(".tables table").first.locator("tbody tr")
        cells = [row.split("\t") for row in rows.all_inner_texts()]
        told = {row[0]: row[1] for row in cells}
        assert told == {name: one["state"] for name, one in runs[0].at(t).items()}
    silent(tab, pages["one"])


def test_without_webgl_a_table_says_the_same(browser, pages, runs):
    """UX 7: a browser without WebGL gets a sentence and the table; time still moves."""
    context = browser.new_context()
    context.add_init_script(WITHOUT_WEBGL)
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(pages["one"].as_uri())
    until(page, "window.viewer")
    assert page.evaluate("viewer.info()") is None
    assert "no WebGL" in page.locator(".message").inner_text()
    page.keyboard.press("End")
    until(page, "viewer.drawn === 7200")
    text = page.locator(".tables").inner_text()
    for name, one in runs[0].at(7200.0).items():
        assert name in text
        assert one["state"] in text
    assert wrong == []
    context.close()


def test_a_picture_that_is_taken_away_leaves_the_table(tab, pages):
    """UX 8: browsers draw some 16 at once; who loses a picture reads on, and gets it back."""
    opened(tab, pages["one"])
    tab.evaluate(
        """() => {
          const { shadowRoot } = document.querySelector(".simtwin-viewer");
          const canvas = shadowRoot.querySelector("canvas.scene");
          window.taken = canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
          window.taken.loseContext();
        }"""
    )
    tab.locator(".message").wait_for()
    tab.keyboard.press("End")
    until(tab, "viewer.drawn === 7200")
    assert "Mon 08:00:00" in tab.locator(".tables caption").first.inner_text()
    tab.evaluate("window.taken.restoreContext()")
    tab.locator(".message").wait_for(state="hidden")
    tab.evaluate("viewer.seek(60)")
    until(tab, "viewer.info().calls > 0")
    silent(tab, pages["one"])


def lies_over(one, other):
    """Tell whether two boxes overlap by more than a hair."""
    return (
        one["x"] + one["width"] > other["x"] + 1
        and other["x"] + other["width"] > one["x"] + 1
        and one["y"] + one["height"] > other["y"] + 1
        and other["y"] + other["height"] > one["y"] + 1
    )


BOXES = """(what) => {
  const { shadowRoot } = document.querySelector(".simtwin-viewer");
  return [...shadowRoot.querySelectorAll(what)]
    .map((e) => e.getBoundingClientRect())
    .filter((r) => r.width > 0)
    .map(({ x, y, width, height }) => ({ x, y, width, height }));
}"""


@pytest.mark.parametrize("size", [(1280, 720), (900, 600)])
@pytest.mark.parametrize("page", ["one", "both"])
def test_labels_lie_over_nothing_that_is_to_be_read(tab, pages, page, size):
    """UX 7: no name lies over a letter, another name or the legend, whatever the size."""
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    opened(tab, pages[page])
    for t in (600.0, 5000.0):
        tab.evaluate(f"viewer.seek({t})")
        if t > 600.0:  # The second time from another side.
            tab.mouse.move(200, 300)
            tab.mouse.down()
            tab.mouse.move(320, 310, steps=3)
            tab.mouse.up()
        tab.wait_for_timeout(300)
        names = tab.evaluate(BOXES, ".label .name")
        glyphs = tab.evaluate(BOXES, ".label .glyph")
        if t == 600.0:
            assert len(glyphs) == (12 if page == "one" else 25)
        kept = [*tab.evaluate(BOXES, ".legend"), *tab.evaluate(BOXES, ".title:not(:empty)")]
        assert len(kept) == (1 if page == "one" else 3)
        boxes = [*names, *glyphs]
        for place, one in enumerate(boxes):
            assert not any(lies_over(one, other) for other in boxes[place + 1 :])
        assert not any(lies_over(one, other) for one in glyphs for other in kept[:1])


def test_what_matters_is_named(tab, pages, runs):
    """UX 7: the longest queue, the one selected and what one run alone has are named."""
    tab.set_viewport_size({"width": 900, "height": 600})
    opened(tab, pages["both"])
    for t in (600.0, 3000.0, 6500.0):
        tab.evaluate(f"viewer.seek({t}); viewer.select('mill-2')")
        for view in (0, 1):
            names = tab.evaluate(f"viewer.named({view})")
            stations = [station.name for station in runs[view].plant.stations]
            waiting = {
                name: tab.evaluate(f"viewer.waiting({view}, {name!r})") for name in stations
            }
            longest = max(waiting, key=waiting.get)
            assert f"{longest}: {waiting[longest]} waiting" in names
            assert "mill-2" in names
        assert "mill-5" in tab.evaluate("viewer.named(1)")
    silent(tab, pages["both"])


@pytest.fixture(scope="module")
def carried(tmp_path_factory):
    """A saw, ways of twenty minutes, and a furnace that takes up to eight pieces at once."""
    plant = parse_plant(
        "plant: batch\ntransport: {movers: 3, time_min: 20}\nmachines:\n  - {id: saw}\n"
        "  - {id: furnace, buffer: 12, batch: {most: 8, least: 4, wait_min: 30}}\n"
        "products:\n  - id: shaft\n    route:\n"
        "      - {operation: cut, machines: [saw], duration_min: 2}\n"
        "      - {operation: harden, machines: [furnace], duration_min: 60}\n"
    )
    scenario = parse_scenario(
        "scenario: s\nplant: batch\nhorizon: 8 h\n"
        "orders: [{id: o, product: shaft, quantity: 40}]\n",
        plant,
    )
    run = st.simulate(plant, scenario, seed=1)
    return run, run.view().save(tmp_path_factory.mktemp("carried") / "carried.html")


def test_pieces_are_drawn_and_counted_wherever_they_are(tab, carried):
    """UX 7: a batch, finished pieces and those on their way are drawn and counted."""
    run, path = carried
    opened(tab, path)
    for t in (13333.0, 20000.0, 28800.0):
        tab.evaluate(f"viewer.seek({t})")
        counted = tab.evaluate("viewer.pieces(0)")
        last = st.simulate(run.plant, run.scenario, seed=1, until=t).snapshot
        ways = last.states[" transport"]
        outside = sum(not call.machine and not call.store for call in ways.calls)
        assert counted["coming"] == len(ways.moving)
        assert counted["done"] == last.states[" orders"].orders["o"].finished
        inside = sum(counted.values()) - counted["done"]
        assert inside == last.plant_totals.present - outside
        beside = tab.evaluate("viewer.shown('furnace')")
        told = tab.evaluate("viewer.stateOf(0, 'furnace')")
        held = told["pieces"] + told["finished"]
        assert sum(beside["pieces"]) + beside["piece"] == held
        if held > 1:
            assert f"furnace · {held} pieces" in tab.evaluate("viewer.named(0)")
    legend = tab.locator(".legend").inner_text()
    assert "on its way" in legend
    assert "finished, waits for room" in legend
    silent(tab, path)


def test_the_table_has_what_the_picture_has(tab, pages, runs):
    """UX 7: operation, heat, wear, drive and events in words; what differs is marked."""
    tab.set_viewport_size({"width": 1280, "height": 720})
    opened(tab, pages["both"])
    tab.evaluate("viewer.seek(5000)")
    tab.get_by_role("button", name="Table").click()
    tab.wait_for_timeout(200)
    table = tab.locator(".tables")
    assert table.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    row = table.locator("tbody tr", has=tab.get_by_role("rowheader", name="hmc-1")).first
    told, exact = row.inner_text().replace("\xa0", " "), runs[0].at(5000.0)["hmc-1"]
    assert exact["operation"] in told
    hottest = max(exact["temperature_c"], key=exact["temperature_c"].get)
    assert f"hottest {hottest}" in told
    assert all(word in told for word in ("rpm", "N m", "kW", " A", "spindle", "front bearing"))
    assert "Events around Mon 07:23:20" in table.inner_text()
    assert any(event.kind in table.inner_text() for event in runs[0].log.events)
    cells = table.locator("td.differs")
    pairs = [run.at(5000.0) for run in runs]
    machine = next(name for name in pairs[0] if pairs[0][name]["job"] != pairs[1][name]["job"])
    other = table.locator("tbody tr", has=tab.get_by_role("rowheader", name=machine)).first
    assert other.locator("td.differs").count() > 0
    assert cells.count() > 0
    silent(tab, pages["both"])


def test_without_webgl_nothing_is_offered_that_does_nothing(browser, pages):
    """UX 7: where there is no picture, the table stays and what needs a picture is disabled."""
    context = browser.new_context()
    context.add_init_script(WITHOUT_WEBGL)
    page = context.new_page()
    page.goto(pages["one"].as_uri())
    until(page, "window.viewer")
    for name in ("Table", "Whole floor", "Save picture"):
        assert page.get_by_role("button", name=name).is_disabled()
    assert page.get_by_label("Colour by").is_disabled()
    page.evaluate("viewer.showTable(false)")
    assert page.locator(".tables").is_visible()
    context.close()


def test_keys_work_after_a_list_was_used(tab, pages):
    """UX 7: space, full stop and Escape act wherever the focus is."""
    opened(tab, pages["one"])
    for label, value in (("Inspect a machine", "mill-1"), ("Which events", "all")):
        choice = tab.get_by_label(label)
        choice.focus()
        choice.select_option(value)
        assert choice.input_value() == value
        tab.keyboard.press(" ")
        assert tab.evaluate("viewer.playing")
        tab.keyboard.press(" ")
        assert not tab.evaluate("viewer.playing")
    before = tab.evaluate("viewer.time")
    tab.keyboard.press(".")
    assert tab.evaluate("viewer.time") > before
    tab.keyboard.press("Escape")
    assert tab.evaluate("viewer.selected") is None
    silent(tab, pages["one"])


def test_bad_data_are_refused_before_anything_changes(tab, pages):
    """Bad data give a clear error and an empty holder, or leave the viewer as it was."""
    opened(tab, pages["one"])
    told = tab.evaluate(
        """() => {
          const own = JSON.parse(document.getElementById("data").textContent);
          const holder = document.createElement("div");
          const say = (act) => {
            try { act(); return "nothing"; } catch (e) { return e.message; }
          };
          const bad = [{}, null, { ...own, runs: [] }, { ...own, schema_version: 1 },
            { ...own, start: "soon" }, { ...own, machines: 5 }, { ...own, t_end: NaN },
            { ...own, runs: [{ ...own.runs[0], orders: 5 }] }];
          const made = bad.map((data) => say(() => simtwinViewer.createViewer(holder, data)));
          const set = bad.map((data) => say(() => viewer.setData(data)));
          const wrong = [() => viewer.seek(NaN), () => viewer.setSpeed(-5),
            () => viewer.setSpeed("x"),
            () => simtwinViewer.createViewer(holder, own, { speed: 0 })].map(say);
          return { made, set, wrong, left: holder.childElementCount };
        }"""
    )
    assert told["left"] == 0, json.dumps(told)
    assert all(text.startswith("viewer data") for text in told["made"])
    assert told["made"] == told["set"]
    assert "one run or two (got 0)" in told["made"][2]
    assert [text.split(":")[0] for text in told["wrong"]] == ["seek", "speed", "speed", "speed"]
    tab.evaluate("viewer.seek(600)")
    until(tab, "viewer.drawn === 600 && viewer.info().calls > 0")
    silent(tab, pages["one"])


def test_events_of_one_instant_are_all_told(tab, pages, runs):
    """UX 7: what happens at one instant in both runs is told of both."""
    opened(tab, pages["both"])
    tab.get_by_label("Which events").select_option("all")
    times = [{event.time for event in run.log.events} for run in runs]
    both = min(times[0] & times[1])
    tab.evaluate(f"viewer.seek({both} - 0.001); viewer.next()")
    live = tab.locator("[aria-live=polite]").inner_text()
    assert tab.evaluate("viewer.time") == both
    assert live.startswith("A ")
    assert "; B " in live
    silent(tab, pages["both"])


def test_the_stage_keeps_its_size_while_events_are_told(tab, pages):
    """The bar below has room for the longest text, so nothing jumps."""
    tab.set_viewport_size({"width": 900, "height": 600})
    opened(tab, pages["both"])
    sizes = set()
    for _ in range(12):
        tab.get_by_role("button", name="Next event").click()
        tab.wait_for_timeout(30)
        sizes.add(json.dumps(tab.locator(".stage").bounding_box()))
    assert len(sizes) == 1


def test_a_saved_picture_says_whose_it_is(tab, pages):
    """The PNG of two runs carries headline and legend: it is taller than the stage."""
    opened(tab, pages["both"])
    height = tab.evaluate(
        """async () => {
          const image = new Image(); image.src = viewer.picture(); await image.decode();
          return image.height;
        }"""
    )
    stage = tab.locator(".stage").bounding_box()["height"]
    legend = tab.locator(".legend").bounding_box()["height"]
    assert height == pytest.approx(stage + legend + 30, abs=2)


def test_one_instant_is_shown(tab, tmp_path):
    """A run of no length is a picture that cannot be played."""
    plant = st.load_plant("one_machine")
    run = st.simulate(plant, st.load_scenario("one_machine", plant), seed=1, until=0.0)
    path = run.view().save(tmp_path / "instant.html")
    opened(tab, path)
    assert tab.locator(".time").inner_text().endswith(":00")
    assert tab.get_by_role("button", name="Play", exact=True).is_disabled()
    silent(tab, path)


def test_every_form_has_the_axes_that_python_knows(tab, pages):
    """A path may be given for just the axes that a drawn machine moves."""
    opened(tab, pages["one"])
    for form, axes in AXES.items():
        name = {"vertical mill": "mill-1", "lathe": "lathe-1"}.get(form)
        name = name or {"horizontal mill": "hmc-1", "five-axis mill": "five-1"}[form]
        assert set(tab.evaluate(f"viewer.shown({name!r}).axes")) == set(axes)


def test_names_with_markup_are_shown_as_text(tab, tmp_path):
    """UX 7: a machine, a product or a scenario that looks like HTML is shown as text."""
    plant = parse_plant(
        f"plant: '{EVIL}'\nmachines:\n  - {{id: '{EVIL}'}}\nproducts:\n  - id: '{EVIL}'\n"
        f"    route:\n      - {{operation: '{EVIL}', machines: ['{EVIL}'], duration_min: 30}}\n"
    )
    scenario = parse_scenario(
        f"scenario: '{EVIL}'\nplant: '{EVIL}'\nhorizon: 1 h\n"
        f"orders: [{{id: '{EVIL}', product: '{EVIL}', quantity: 3}}]\n",
        plant,
    )
    path = st.simulate(plant, scenario, seed=1).view().save(tmp_path / "evil.html")
    opened(tab, path)
    tab.evaluate(f"viewer.seek(60); viewer.select({json.dumps(EVIL)}); viewer.showTable(true)")
    tab.wait_for_timeout(200)
    assert tab.locator(".inspector h2").inner_text() == EVIL
    assert EVIL in tab.locator(".tables").inner_text()
    assert EVIL in tab.locator(".label.machine").inner_text()
    assert tab.evaluate("window.hacked") is None
    assert tab.evaluate("document.images.length") == 0
    silent(tab, path)


def test_axes_move_along_a_path_and_rest_without(tab, runs, tmp_path):
    """DESIGN 7: a machine with a path has moving axes; others keep still, and say so."""
    paths = {"mill-1": {"X": ([0.0, 100.0], [0.0, 200.0]), "Z": ([0.0, 100.0], [50.0, 50.0])}}
    paths["five-1"] = {"A": ([0.0, 100.0], [0.0, 90.0])}
    path = runs[0].view(paths=paths).save(tmp_path / "path.html")
    opened(tab, path)
    before = tab.evaluate("[viewer.shown('mill-1').axes, viewer.shown('mill-2').axes]")
    tab.evaluate("viewer.seek(50)")
    after = tab.evaluate("[viewer.shown('mill-1').axes, viewer.shown('mill-2').axes]")
    assert after[0]["X"][0] - before[0]["X"][0] == pytest.approx(-0.1)
    assert before[0]["Z"] == after[0]["Z"]
    assert before[1] == after[1]
    told = tab.evaluate("viewer.stateOf(0, 'mill-1')")
    assert told["position_mm"] == {"X": 100.0, "Z": 50.0}
    assert told["velocity_m_s"]["X"] == pytest.approx(0.002)
    assert tab.evaluate("viewer.stateOf(0, 'mill-2').position_mm") is None
    tab.evaluate("viewer.seek(150)")
    told = tab.evaluate("viewer.stateOf(0, 'mill-1')")
    assert told["position_mm"] == {"X": None, "Z": None}
    tab.evaluate("viewer.seek(50); viewer.select('five-1')")
    tab.wait_for_timeout(100)
    said = tab.locator(".inspector").inner_text().replace("\xa0", " ")
    assert "A 45.0 °" in said
    assert tab.evaluate("viewer.stateOf(0, 'five-1').velocity_deg_s") == {
        "A": pytest.approx(0.9)
    }
    silent(tab, path)


def test_other_data_come_in_and_time_stays(tab, pages, runs):
    """A live source sends data again: time, machine and colours stay as they are."""
    opened(tab, pages["one"])
    tab.evaluate("viewer.seek(1234); viewer.select('mill-2'); viewer.colour('front')")
    tab.evaluate("(other) => viewer.setData(other)", runs[1].view().data)
    assert tab.evaluate("[viewer.time, viewer.selected]") == [1234, "mill-2"]
    assert tab.evaluate("viewer.stateOf(0, 'mill-5') !== null")
    assert len(tab.evaluate("viewer.shown('mill-2').rings")) == 5
    tab.wait_for_timeout(300)
    before = tab.evaluate("viewer.shown('mill-2').rings")
    tab.evaluate("viewer.seek(6000)")
    assert before != tab.evaluate("viewer.shown('mill-2').rings")
    assert not tab.locator(".message").is_visible()
    assert not tab.locator(".tables").is_visible()
    silent(tab, pages["one"])


def test_it_is_made_and_taken_away_twenty_times(tab, pages):
    """UX 7: destroy frees renderer and listeners; no context is lost for want of another."""
    opened(tab, pages["one"])
    left = tab.evaluate(
        """async () => {
          const own = JSON.parse(document.getElementById("data").textContent);
          viewer.destroy();
          const holder = document.getElementById("viewer");
          for (let i = 0; i < 20; i += 1) {
            const one = simtwinViewer.createViewer(holder, own, { page: true });
            one.seek(60 * i);
            if (!(one.info().calls > 0)) return "nothing drawn";
            one.destroy();
            await new Promise(requestAnimationFrame);
          }
          return holder.childElementCount;
        }"""
    )
    assert left == 0
    silent(tab, pages["one"])


def test_a_notebook_frame_shows_it(tab, runs, tmp_path):
    """UX 8: the frame runs without an origin, without storage and without the network."""
    frame = runs[0].view(end=1800.0)._repr_html_()
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8>{frame}", encoding="utf-8")
    tab.goto(path.as_uri())
    inside = tab.frame_locator("iframe")
    inside.get_by_role("button", name="Next event").click()
    inside.locator(".label.machine").first.wait_for()
    assert tab.asked[0] == path.as_uri()
    assert all(url.startswith(("file:", "about:", "data:")) for url in tab.asked)
    assert tab.wrong == []


def test_motion_is_reduced_where_it_is_asked_for(browser, pages):
    """UX 7: ``prefers-reduced-motion`` stops spindles; the clock still plays."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(pages["one"].as_uri())
    until(page, READY)
    page.evaluate("viewer.seek(3000); viewer.play()")
    until(page, "viewer.time > 3100")
    turns = page.evaluate("viewer.data.machines.map((m) => viewer.shown(m.id).turn)")
    assert set(turns) == {0}
    context.close()


@pytest.mark.slow
def test_a_week_of_twelve_machines_opens_at_once(browser, tab, plant, tmp_path):
    """UX 7: 12 machines times a week open with 3 s of work, in at most 20 MB."""
    from dataclasses import replace

    shift = st.load_scenario("day_shift", plant)
    orders = tuple(
        replace(
            one,
            name=f"{one.name}-{day}" if day else one.name,
            release=one.release + 28800.0 * day,
            due=None,
        )
        for day in range(21)
        for one in shift.orders
    )
    week = replace(shift, orders=orders, horizon=7 * 86400.0)
    path = st.simulate(plant, week, seed=1).view().save(tmp_path / "week.html")
    assert path.stat().st_size <= 20_000_000
    processes = browser.new_browser_cdp_session()

    def worked():
        """Return the time that pages have kept a processor busy [s]."""
        told = processes.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(one["cpuTime"] for one in told if one["type"] == "renderer")

    before, began = worked(), time.monotonic()
    opened(tab, path)
    took, wall = worked() - before, time.monotonic() - began
    tab.evaluate("viewer.seek(300000)")
    silent(tab, path)
    assert took <= 3.0, f"{took:.1f} s of work, {wall:.1f} s by the clock"

"""Tests of the viewer's data and page: what it is given is what ``run.at`` says (UX 7)."""

from __future__ import annotations

import base64
import json
from bisect import bisect_right
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from typer.testing import CliRunner

import simtwin as st
from simtwin.cli import app
from simtwin.errors import InvalidInput
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.result.stay import KINDS
from simtwin.viewer.data import TOLERANCE
from simtwin.viewer.layout import floor, form
from simtwin.viewer.page import bundle
from tests.small import PLANT, SHIFT

STATIC = Path(st.__file__).parent / "viewer" / "static"
SCHEMA = json.loads((STATIC / "viewer.schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def run():
    """The first hour and a half of the day shift of the job shop, with all its physics."""
    plant = st.load_plant("job_shop")
    shift = st.load_scenario("day_shift", plant)
    return st.simulate(plant, shift, seed=1, until=5400.0)


@pytest.fixture(scope="module")
def data(run):
    """What the viewer is given of that run, as it is read back from JSON."""
    return json.loads(json.dumps(run.view().data))


def column(packed):
    """Return the numbers of a column, as the reader in JavaScript makes them."""
    if isinstance(packed, list):
        return packed
    content = base64.b64decode(packed["base64"])
    numbers = np.frombuffer(content, dtype="<" + packed["type"])
    if "step" in packed:
        return packed["from"] + packed["step"] * numbers.astype(float)
    return numbers


def value(times, values, t):
    """Return the value of a curve at *t*; of two knots at one instant the later."""
    place = bisect_right(times, t) - 1
    if place + 1 >= len(times) or times[place + 1] <= times[place]:
        return values[place]
    share = (t - times[place]) / (times[place + 1] - times[place])
    return values[place] + share * (values[place + 1] - values[place])


def instants(run, machine):
    """Return instants at, just after and between load changes and changes of state."""
    changes = [*run.log.history[machine].instants]
    changes += [row.start for row in run.log.states if row.machine == machine]
    picked = sorted(changes)[:: max(1, len(changes) // 25)]
    return [t for c in picked for t in (c, c + 2.0**-20, c + 11.3) if t <= run.end]


def test_the_data_fit_their_schema(data):
    """UX 7: the contract between Python and the browser is a schema, and it is kept."""
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(data, SCHEMA)


@pytest.mark.parametrize("machine", ["mill-1", "mill-4", "lathe-2", "hmc-1", "five-1"])
def test_curves_keep_the_tolerance_they_state(run, data, machine):
    """UX 7: at any instant every number is as near to ``run.at`` as the data say."""
    story = data["runs"][0]["machines"][machine]
    worst = dict.fromkeys(TOLERANCE, 0.0)
    for t in instants(run, machine):
        told = run.at(t)[machine]
        for group in story["curves"]:
            times = column(group["t"])
            for key, packed in zip(group["keys"], group["v"], strict=True):
                what, _, of = key.partition("/")
                exact = told[what][of] if of else told[what]
                if exact is not None:
                    miss = abs(value(times, column(packed), t) - exact)
                    worst[what] = max(worst[what], miss)
    assert {what: miss for what, miss in worst.items() if miss > TOLERANCE[what]} == {}


@pytest.mark.parametrize("machine", ["mill-1", "lathe-2", "five-1"])
def test_states_change_at_their_very_instants(run, data, machine):
    """UX 7: state, cause, piece, operation and tool equal ``run.at``, changes included."""
    names, story = data["runs"][0]["names"], data["runs"][0]["machines"][machine]
    times, edges = column(story["status"]["t"]), column(story["edge"]["t"])
    for t in instants(run, machine):
        told = run.at(t)[machine]
        place = bisect_right(times, t) - 1
        shown = {
            key: names[column(story["status"][key])[place]]
            for key in ("state", "cause", "job", "operation")
        }
        assert {key: told[key] for key in shown} == shown
        tool = names[column(story["edge"]["edge"])[bisect_right(edges, t) - 1]]
        assert told["tool"] == tool


def test_queues_and_orders_are_those_of_the_run(run, data):
    """Queues at any instant are those that the shop had then; so are the pieces of orders."""
    for t in (0.0, 1300.0, 5400.0):
        then = st.simulate(run.plant, run.scenario, seed=1, until=t).snapshot
        for name, queue in data["runs"][0]["queues"].items():
            place = bisect_right(column(queue["t"]), t) - 1
            assert len(then.states[f" station {name}"].queue) == column(queue["n"])[place]
    done = {order["id"]: len(order["done"]) for order in data["runs"][0]["orders"]}
    assert all(order["before"] == 0 for order in data["runs"][0]["orders"])
    assert run.frame("orders").set_index("order")["finished"].to_dict() == done


KANBAN = """plant: kb
machines: [{id: saw, kanban: 5}, {id: mill, kanban: 1}]
flow: {conwip: 10}
products:
  - id: shaft
    route:
      - {operation: cut, machines: [saw], duration_min: 2}
      - {operation: face, machines: [mill], duration_min: 20}
"""
CARRIED = """plant: batch
transport: {movers: 3, time_min: 20}
machines:
  - {id: saw}
  - {id: furnace, buffer: 12, batch: {most: 8, least: 4, wait_min: 30}}
products:
  - id: shaft
    route:
      - {operation: cut, machines: [saw], duration_min: 2}
      - {operation: harden, machines: [furnace], duration_min: 60}
"""


def shop(text):
    """Return a plant, and eight hours with one order of forty pieces."""
    plant = parse_plant(text)
    name = plant.name
    hours = f"scenario: s\nplant: {name}\nstart: 2026-01-05 06:00\nhorizon: 8 h\n"
    return plant, parse_scenario(
        f"{hours}orders: [{{id: o, product: shaft, quantity: 40}}]\n", plant
    )


def counts_at(shown, t):
    """Return how many pieces are at each place at *t*, those where none is left out."""
    found = {}
    for kind in KINDS:
        for name, changes in shown[kind].items():
            count = column(changes["n"])[bisect_right(column(changes["t"]), t) - 1]
            if count:
                found[kind, name] = int(count)
    return found


@pytest.mark.parametrize("text", [KANBAN, CARRIED], ids=["kanban", "batch and movers"])
def test_no_piece_vanishes(text):
    """Each piece is waiting, in a machine, finished there, in a store or on its way."""
    plant, scenario = shop(text)
    shown = st.simulate(plant, scenario, seed=1).view().data["runs"][0]
    for t in (5000.0, 13333.0, 20000.0, 28800.0):
        last = st.simulate(plant, scenario, seed=1, until=t).snapshot
        outside = sum(
            not call.machine and not call.store
            for call in getattr(last.states.get(" transport"), "calls", ())
        )
        found = counts_at(shown, t)
        assert sum(found.values()) == last.plant_totals.present - outside
        for station in plant.stations:
            state = last.states[f" station {station.name}"]
            assert len(state.queue) == found.get(("queues", station.name), 0)
            assert len(getattr(state, "finished", ())) == found.get(("stores", station.name), 0)


def test_a_batch_is_more_than_one_piece():
    """Pieces that a furnace holds together are counted one by one."""
    shown = st.simulate(*shop(CARRIED), seed=1).view().data["runs"][0]
    assert max(column(shown["inside"]["furnace"]["n"])) == 8
    assert max(column(shown["coming"]["furnace"]["n"])) == 3


@pytest.mark.parametrize("text", [KANBAN, CARRIED], ids=["kanban", "batch and movers"])
def test_a_run_that_goes_on_counts_as_the_whole_run(text):
    """From the snapshot on, all places and orders are as in the run that was never cut."""
    plant, scenario = shop(text)
    whole = st.simulate(plant, scenario, seed=1)
    half = st.simulate(plant, scenario, seed=1, until=13333.0)
    rest = st.simulate(plant, scenario, seed=1, snapshot=half.snapshot)
    one, two = (run.view().data["runs"][0] for run in (whole, rest))
    assert two["t_begin"] == 13333.0
    for t in (13333.0, 13400.0, 20000.0, 28800.0):
        assert counts_at(one, t) == counts_at(two, t)
    for run, shown in ((whole, one), (rest, two)):
        done = {
            order["id"]: order["before"] + len(column(order["done"]))
            for order in shown["orders"]
        }
        assert run.frame("orders").set_index("order")["finished"].to_dict() == done


def test_a_run_that_goes_on_knows_its_temperatures_from_the_first_instant(run):
    """At its very beginning every curve has a value, although instants are rounded."""
    half = st.simulate(run.plant, run.scenario, seed=1, until=1234.5678)
    rest = st.simulate(run.plant, run.scenario, seed=1, snapshot=half.snapshot, until=2400.0)
    shown = rest.view().data
    assert shown["t_begin"] == half.snapshot.time
    for story in shown["runs"][0]["machines"].values():
        assert all(column(group["t"])[0] <= shown["t_begin"] for group in story["curves"])


def test_a_saved_run_that_goes_on_is_opened_where_it_began(tmp_path):
    """The folder of a run keeps from when on its log tells."""
    first = st.simulate(PLANT, SHIFT, seed=1, until=1800.0)
    rest = st.simulate(PLANT, SHIFT, snapshot=first.snapshot)
    rest.save(tmp_path / "rest")
    assert st.open(tmp_path / "rest").view().data == rest.view().data


def test_of_a_source_what_was_done_before_is_known_or_not_said():
    """One source: all that left and is of no order; of two sources only the sum is known."""
    text = "plant: p\nmachines: [{id: m}]\nproducts:\n  - id: x\n    route:\n"
    text += "      - {operation: o, machines: [m], duration_min: 1}\n"
    text += "sources:\n  - {id: s, product: x, every_min: 5}\n"
    for more, told in (("", 2), ("  - {id: s2, product: x, every_min: 7}\n", None)):
        plant = parse_plant(text + more)
        scenario = parse_scenario("scenario: s\nplant: p\nhorizon: 1 h\n", plant)
        half = st.simulate(plant, scenario, seed=1, until=800.0)
        rest = st.simulate(plant, scenario, seed=1, snapshot=half.snapshot)
        orders = rest.view().data["runs"][0]["orders"]
        assert {order["before"] for order in orders} == {told}


def test_nothing_moves_without_a_path(data):
    """DESIGN 7: no path is simulated, so no axis of any machine has one."""
    assert all(story["axes"] == {} for story in data["runs"][0]["machines"].values())


def test_a_given_path_is_shown_and_a_wrong_one_refused(run):
    """A path that somebody knows moves its axis; what is no path is told."""
    path = {"mill-1": {"X": ([0.0, 60.0], [0.0, 120.0])}}
    shown = run.view(paths=path).data["runs"][0]["machines"]["mill-1"]["axes"]
    assert shown == {"X": {"t": [0.0, 60.0], "v": [0.0, 120.0]}}
    both = run.view(run, names=["a", "b"], paths=[None, path], end=60.0).data["runs"]
    assert [one["machines"]["mill-1"]["axes"] for one in both] == [{}, shown]


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ({"mill-9": {}}, "no machine is called 'mill-9'"),
        ({"mill-1": {"U": ([0.0], [0.0])}}, "its axes are X, Y, Z"),
        ({"mill-1": {"A": ([0.0], [0.0])}}, "drawn as vertical mill"),
        ({"mill-1": {"X": ([1.0, 0.0], [0.0, 1.0])}}, "rising instants"),
        ({"mill-1": {"X": ([], [])}}, "at least one"),
        ({"mill-1": {"X": ([0.0, 1.0], [0.0, float("nan")])}}, "finite number"),
        ({"mill-1": {"X": ([0.0], ["far"])}}, "two columns of numbers"),
        ({"mill-1": {"X": 5}}, "two columns of numbers"),
        ({"mill-1": 5}, "must be axis -> path"),
        (5, "must be machine -> axis"),
        ([{}, {}], "for each of 1 runs"),
    ],
)
def test_what_is_no_path_is_refused(run, paths, told):
    """Bad input ends in one clear error with its place, never in a page that leaves it out."""
    with pytest.raises(InvalidInput, match=told):
        run.view(paths=paths, end=60.0)


def test_a_part_of_a_run_is_shown_alone(run):
    """``begin`` and ``end`` cut out a stretch, which begins in the state that it found."""
    part = run.view(begin="06:30", end=3600.0).data
    assert (part["t_begin"], part["t_end"]) == (1800.0, 3600.0)
    status = part["runs"][0]["machines"]["mill-1"]["status"]
    states = [part["runs"][0]["names"][n] for n in column(status["state"])]
    place = bisect_right(column(status["t"]), 1800.0) - 1
    assert run.at(1800.0)["mill-1"]["state"] == states[place]
    with pytest.raises(InvalidInput, match="begin must not lie behind end"):
        run.view(begin=100.0, end=50.0)


def test_a_single_instant_is_shown():
    """A run of no length is one picture."""
    run = st.simulate(PLANT, SHIFT, seed=1, until=0.0)
    data = json.loads(json.dumps(run.view().data))
    assert data["t_begin"] == data["t_end"] == 0.0
    jsonschema.validate(data, SCHEMA)


def test_a_run_that_goes_on_is_shown_from_there():
    """A run from a snapshot is shown from there on, for before it nothing is in its log."""
    first = st.simulate(PLANT, SHIFT, seed=1, until=1800.0)
    rest = st.simulate(PLANT, SHIFT, snapshot=first.snapshot)
    known = first.snapshot.time
    data = rest.view().data
    assert data["t_begin"] == data["runs"][0]["t_begin"] == known > 0.0
    both = first.view(rest, names=["before", "after"]).data
    assert both["t_begin"] == 0.0
    assert [shown["t_begin"] for shown in both["runs"]] == [0.0, known]
    assert [shown["t_end"] for shown in both["runs"]] == [1800.0, rest.end]


def test_two_runs_share_a_clock_or_are_refused():
    """A and B stand on one clock; runs that begin at different times have none."""
    one = st.simulate(PLANT, SHIFT, seed=1)
    two = st.simulate(PLANT, SHIFT, seed=2)
    view = one.view(two)
    jsonschema.validate(json.loads(json.dumps(view.data)), SCHEMA)
    names = [shown["name"] for shown in view.data["runs"]]
    assert names == ["shift, seed 1, run 0", "shift, seed 2, run 0"]
    later = SHIFT.with_changes({"start": "2026-01-06T06:00:00"})
    with pytest.raises(InvalidInput, match="two runs need one clock"):
        one.view(st.simulate(PLANT, later, seed=1))
    with pytest.raises(InvalidInput, match="need as many names"):
        one.view(names=["a", "b"])


def test_a_plant_of_its_own_has_its_place_beside():
    """A machine that only one of two plants has stands free, and its run alone has it."""
    more = PLANT.with_machine("m3", like="m2")
    one = st.simulate(PLANT, SHIFT, seed=1)
    view = one.view(st.simulate(more, SHIFT.with_changes({"name": "more"}), seed=1)).data
    assert [spec["id"] for spec in view["machines"]] == ["m1", "m2", "m3"]
    assert ["m3" in shown["machines"] for shown in view["runs"]] == [False, True]
    places = [(spec["x"], spec["z"]) for spec in view["machines"]]
    assert len(set(places)) == 3


def test_two_plants_may_have_a_station_of_the_same_name():
    """The station of the smaller plant stands at its own machines."""
    route = (
        "products:\n  - id: x\n    route: [{operation: o, machines: [cell], duration_min: 1}"
    )
    machines = "machines: [{id: a1, group: cell}, {id: a2}]\n"
    more = ", {operation: p, machines: [a2], duration_min: 1}]\n"
    one = parse_plant(f"plant: one\n{machines}{route}{more}")
    two = parse_plant(f"plant: two\nmachines: [{{id: b1, group: cell}}]\n{route}]\n")
    runs = [
        st.simulate(
            plant,
            parse_scenario(
                f"scenario: {plant.name}\nplant: {plant.name}\nhorizon: 1 h\n"
                "orders: [{id: a, product: x}]\n",
                plant,
            ),
            seed=1,
        )
        for plant in (one, two)
    ]
    data = runs[0].view(runs[1]).data
    places = [{name: (one["x"], one["z"]) for name, one in run["stations"].items()}
              for run in data["runs"]]  # fmt: skip
    machine = {one["id"]: (one["x"], one["z"]) for one in data["machines"]}
    for place, name, station in ((0, "a1", "cell"), (0, "a2", "a2"), (1, "b1", "cell")):
        x, z = places[place][station]
        assert (machine[name][0] - x, machine[name][1]) == (pytest.approx(3.4), z)


def test_a_comparison_is_played_back():
    """``what_if(...).view()`` and ``compare(...).view()`` show both plans on one luck."""
    asked = st.what_if(PLANT, SHIFT, "stop m1 06:10 30min", replications=2, seed=3)
    view = asked.view()
    assert [shown["name"] for shown in view.data["runs"]] == ["as it is", "as supposed"]
    plan = st.simulate(PLANT, SHIFT, seed=3)
    assert view.data["runs"][0]["machines"] == plan.view().data["runs"][0]["machines"]
    assert view.data["runs"][0]["machines"] != view.data["runs"][1]["machines"]
    assert asked.study.view(replication=1).data != view.data
    with pytest.raises(InvalidInput, match="replication must be 0 to 1"):
        asked.view(replication=2)
    with pytest.raises(InvalidInput, match="name the plan beside 'as it is'"):
        asked.view("something")
    with pytest.raises(InvalidInput, match="needs a run or replications"):
        plan.view("runs/one")


def test_the_command_plays_a_what_if_back(tmp_path, monkeypatch):
    """``simtwin view SCENARIO --stop ...`` shows the plan beside what is supposed."""
    monkeypatch.chdir(tmp_path)
    call = ["view", "one_machine", "--stop", "mill-1", "07:00", "1h", "-o", "if.html"]
    told = CliRunner().invoke(app, call)
    assert told.exit_code == 0, told.output
    assert len(told.stdout.splitlines()) == 2
    plant = st.load_plant("one_machine")
    scenario = st.load_scenario("one_machine", plant)
    page = (tmp_path / "if.html").read_text("utf-8")
    seed = f'"name":"{scenario.name}"'
    assert seed in page
    both = CliRunner().invoke(app, [*call, "flow_line", "--force"])
    assert both.exit_code == 2
    assert "beside one scenario" in both.stderr


def test_bad_targets_are_told_before_anything_is_run(tmp_path, monkeypatch):
    """UX 3: a folder, a name too long or a file that is there end in exit 2, with no draft."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for target in ("folder", "x" * 300, "no/shop.html"):
        told = CliRunner().invoke(app, ["view", "one_machine", "-o", target, "--force"])
        assert told.exit_code == 2, told.output
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    call = ["view", "one_machine", "-o", "x.html", "--from", "10:00", "--to", "09:00"]
    told = CliRunner().invoke(app, call)
    assert told.exit_code == 2
    assert "--from 10:00 lies behind --to 09:00" in told.stderr


def test_a_run_without_log_cannot_be_shown():
    """What kept no history says so, and says how to keep one."""
    run = st.simulate(PLANT, SHIFT, seed=1, history=False)
    with pytest.raises(InvalidInput, match="history=True"):
        run.view()


def test_forms_and_places_follow_from_the_plant():
    """The form is the preset's or tells what a machine does; the floor is in order of flow."""
    plant = st.load_plant("job_shop")
    forms = {machine.name: form(plant, machine) for machine in plant.machines}
    assert forms["mill-1"] == "vertical mill"
    assert forms["lathe-3"] == "lathe"
    assert forms["hmc-1"] == "horizontal mill"
    assert forms["five-2"] == "five-axis mill"
    bare = plant.with_changes({"machines.*.form": None})
    assert form(bare, bare.machines[4]) == "lathe"
    line = st.load_plant("flow_line")
    forms = {machine.name: form(line, machine) for machine in line.machines}
    assert len(set(forms.values())) == 5, "machines of five kinds do not look alike"
    bare = line.with_changes({"machines.*.form": None})
    assert {form(bare, machine) for machine in bare.machines} == {"bench"}
    x = {name: place[0] for name, place in floor(line).machines.items()}
    assert sorted(x, key=lambda name: x[name]) == ["saw", "mill", "drill", "wash", "inspect"]


def test_a_large_station_goes_on_in_the_next_aisle():
    """A station of thirty machines fills several aisles; no two machines stand at one place."""
    plant = PLANT
    for number in range(30):
        plant = plant.with_machine(f"more-{number}", like="m2")
    places = floor(plant)
    assert len(set(places.machines.values())) == 32
    assert len({z for _, z in places.machines.values()}) == 5
    assert set(places.queues) == {"m1", "m2"}


def test_a_form_stands_in_the_file():
    """``form:`` of a machine says how it is drawn, over its preset."""
    text = "plant: p\nmachines:\n  - {id: m, preset: generic-vmc-40, form: lathe}\n"
    text += "products:\n  - {id: x, route: [{operation: o, machines: [m], duration_min: 1}]}\n"
    plant = parse_plant(text)
    assert plant.machines[0].form == "lathe"


EVIL = '<!--<script><img src=x onerror="window.hacked=1">'


def test_markup_in_names_cannot_leave_the_data():
    """UX 7: no name ends the script that holds the data; the title is escaped."""
    text = f"plant: p\nmachines:\n  - {{id: '{EVIL}'}}\nproducts:\n  - id: x\n    route:\n"
    text += f"      - {{operation: o, machines: ['{EVIL}'], duration_min: 1}}\n"
    plant = parse_plant(text)
    scenario = parse_scenario(
        f"scenario: '{EVIL}'\nplant: p\nhorizon: 1 h\norders: [{{id: a, product: x}}]\n", plant
    )
    page = st.simulate(plant, scenario, seed=1).view().html
    head, _, rest = page.partition('<script id="data" type="application/json">')
    assert EVIL not in head
    content = rest.partition("</script>")[0]
    assert json.loads(content)["machines"][0]["id"] == EVIL


def test_the_page_is_one_file_and_the_same_bytes_again(run, tmp_path):
    """UX 3 and 10: nothing is fetched, nothing is overwritten, nothing depends on the clock."""
    view = run.view()
    page = view.save(tmp_path / "shop.html")
    assert page.read_text("utf-8") == run.view().html
    assert "default-src 'none'" in view.html
    with pytest.raises(InvalidInput, match="exists already"):
        view.save(page)
    with pytest.raises(InvalidInput, match="there is no folder"):
        view.save(tmp_path / "no" / "shop.html")


def test_a_notebook_gets_a_frame_or_how_to_see_it(run, monkeypatch):
    """UX 8: the frame carries all it needs; what is too much for a notebook is told."""
    view = run.view(end=600.0)
    frame = view._repr_html_()
    assert frame.startswith("<iframe srcdoc=")
    assert 'sandbox="allow-scripts' in frame
    assert "<script" not in frame
    monkeypatch.setattr("simtwin.viewer.page.MOST", 1000)
    assert ".save(" in view._repr_html_()
    assert "save" in repr(view)
    with pytest.raises(InvalidInput, match="height: must be 200 to 5000 pixels"):
        run.view(height="<b>")


def test_the_bundle_carries_its_licence_and_no_address():
    """UX 10: whoever gets the file gets the licence; no path or registry is in it."""
    licence = (STATIC / "viewer.LICENSE.txt").read_text("utf-8")
    assert "three.js authors" in licence
    text = bundle()
    assert "viewer.LICENSE.txt" in text[:200]
    assert "</script" not in text
    assert len(text) < 800_000


def test_the_command_writes_the_page_of_a_saved_run(tmp_path, monkeypatch):
    """UX 3: ``simtwin view RUN -o FILE`` takes a saved run, or two, and keeps what is there."""
    monkeypatch.chdir(tmp_path)
    one = st.simulate(PLANT, SHIFT, seed=1)
    one.save("one")
    st.replicate(PLANT, SHIFT, 2).save("two")
    told = CliRunner().invoke(app, ["view", "one", "-o", "shop.html"])
    assert told.exit_code == 0, told.output
    assert "shift on two, replication 0" in told.stdout
    assert (tmp_path / "shop.html").read_text("utf-8") == one.view().html
    again = CliRunner().invoke(app, ["view", "one", "-o", "shop.html"])
    assert again.exit_code == 2
    both = CliRunner().invoke(
        app, ["view", "one", "two", "-o", "ab.html", "--from", "06:10", "--to", "07:00"]
    )
    assert both.exit_code == 0, both.output
    late = CliRunner().invoke(app, ["view", "one", "-o", "x.html", "--from", "+90h"])
    assert late.exit_code == 2

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
    assert run.frame("orders").set_index("order")["finished"].to_dict() == done


def test_nothing_moves_without_a_path(data):
    """DESIGN 7: no path is simulated, so no axis of any machine has one."""
    assert all(story["axes"] == {} for story in data["runs"][0]["machines"].values())


def test_a_given_path_is_shown_and_a_wrong_one_refused(run):
    """A path that somebody knows moves its axis; what is no path is told."""
    path = {"mill-1": {"X": ([0.0, 60.0], [0.0, 120.0])}}
    shown = run.view(paths=path).data["runs"][0]["machines"]["mill-1"]["axes"]
    assert shown == {"X": {"t": [0.0, 60.0], "v": [0.0, 120.0]}}
    with pytest.raises(InvalidInput, match="no machine is called 'mill-9'"):
        run.view(paths={"mill-9": {}})
    with pytest.raises(InvalidInput, match="an axis is X, Y, Z, A, B or C"):
        run.view(paths={"mill-1": {"U": ([0.0], [0.0])}})
    with pytest.raises(InvalidInput, match="rising times"):
        run.view(paths={"mill-1": {"X": ([1.0, 0.0], [0.0, 1.0])}})


def test_a_part_of_a_run_is_shown_alone(run):
    """``begin`` and ``end`` cut out a stretch, which begins in the state that it found."""
    part = run.view(begin="06:30", end=3600.0).data
    assert (part["t_begin"], part["t_end"]) == (1800.0, 3600.0)
    status = part["runs"][0]["machines"]["mill-1"]["status"]
    states = [part["runs"][0]["names"][n] for n in column(status["state"])]
    place = bisect_right(column(status["t"]), 1800.0) - 1
    assert run.at(1800.0)["mill-1"]["state"] == states[place]
    with pytest.raises(InvalidInput, match="begin must lie before end"):
        run.view(begin=100.0, end=50.0)


def test_a_run_that_goes_on_is_shown_from_there():
    """A run from a snapshot is shown from when on every machine is known, not before."""
    first = st.simulate(PLANT, SHIFT, seed=1, until=1800.0)
    rest = st.simulate(PLANT, SHIFT, snapshot=first.snapshot)
    known = max(first.snapshot.states[name].mode.since for name in ("m1", "m2"))
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
    assert {form(line, machine) for machine in line.machines} == {"bench"}
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

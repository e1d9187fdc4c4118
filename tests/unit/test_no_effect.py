"""Events and releases that change nothing are told, by `check` and by `run`."""

from __future__ import annotations

import pytest

from simtwin.errors import FileProblems
from simtwin.orchestrator.simulate import simulate
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.no_effect import groundless, too_late
from simtwin.report.verdict import verdict

PLANT = parse_plant("""
plant: p
machines: [{id: m, preset: generic-vmc-40}, {id: spare, unused: true}]
products: [{id: a, route: [{operation: o, machines: [m], duration_min: 3, load: light}]}]
""")
HEAD = "scenario: s\nplant: p\nuntil: 14:00\norders: [{id: one, product: a, release: %s}]\n"


def scenario(*events: str, release: str = "06:00", more: str = ""):
    """Return a shift with *events*."""
    lines = "".join(f"  - {{{event}}}\n" for event in events)
    return parse_scenario(f"{HEAD % release}events:\n{lines}{more}", PLANT)


STOP = "at: 07:00, machine: m, do: stop"
FOR = "at: 08:00, machine: m, do: stop, for: 1 h"
START = "at: 10:00, machine: m, do: start"


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((START,), ["event start of m at 10:00 changes nothing: nothing has stopped it"]),
        ((STOP, START), []),
        ((FOR, START), ["event start of m at 10:00 changes nothing: nothing has stopped it"]),
        ((STOP, FOR, START), []),
        (
            ("at: 07:00, machine: m, do: coolant on",),
            ["event coolant on of m at 07:00 changes nothing: its coolant is not off"],
        ),
        (
            ("at: 06:30, machine: m, do: coolant off", "at: 7:00, machine: m, do: coolant on"),
            [],
        ),
        (  # An early start ends a stop, whose own end then changes nothing.
            (
                "at: 06:10, machine: m, do: stop, for: 60 min",
                "at: 06:30, machine: m, do: start",
                "at: 08:00, machine: m, do: stop",
                "at: 09:00, machine: m, do: start",
            ),
            [],
        ),
        (  # A later stop outlasts the end of one that was started early.
            (
                "at: 06:10, machine: m, do: stop, for: 60 min",
                "at: 06:30, machine: m, do: start",
                "at: 07:00, machine: m, do: stop",
                "at: 09:00, machine: m, do: start",
            ),
            [],
        ),
        (  # What ends at an instant does so before what begins at it, wherever it stands.
            ("at: 09:00, machine: m, do: start", FOR),
            ["event start of m at 09:00 changes nothing: nothing has stopped it"],
        ),
    ],
)
def test_what_undoes_nothing_is_told(events, said):
    """Only what was done before, and still holds, can be undone."""
    assert said == list(groundless(scenario(*events)))


def test_a_machine_that_begins_stopped_can_be_started():
    """The start counts as what has been done before."""
    more = "start_from: {machines: [{id: m, stopped: true}]}\n"
    assert list(groundless(scenario(START, more=more))) == []


def test_what_lies_after_the_end_is_told():
    """Of an event and of a release; nothing comes of either."""
    late = scenario("at: +9 h, machine: m, do: stop", release="+20 h")
    assert list(too_late(late)) == [
        "event stop of m at 15:00 lies after the end at 14:00: nothing comes of it",
        "release of order one at Tue 02:00 lies after the end at 14:00: nothing comes of it",
    ]


def test_what_happens_at_the_end_is_not_too_late():
    """A run handles events up to and at its end; a piece released then may even begin."""
    stopped = scenario("at: 14:00, machine: m, do: stop", release="14:00")
    assert list(too_late(stopped)) == []
    run = simulate(PLANT, stopped)
    assert run.snapshot.states["m"].mode.cause == "stopped by operator"
    assert [row.kind for row in run._log().pieces] == ["released"]
    free = simulate(PLANT, scenario(STOP, START, release="14:00"))
    assert [row.kind for row in free._log().pieces] == ["released", "started"]


@pytest.mark.parametrize(
    ("release", "said"),
    [("14:00", "released only at the end"), ("14:01", "released after the end")],
)
def test_an_order_that_is_released_at_the_end_is_told_apart(release: str, said: str):
    """One at the end has come to the shop, one after it has not."""
    told = verdict(simulate(PLANT, scenario(STOP, release=release)))
    assert told.sentence.startswith(f"0 of 1 order is finished; 1 is {said}. ")


def test_a_breakdown_where_no_work_comes_is_refused():
    """Nothing could ever come of it."""
    with pytest.raises(FileProblems, match="spare has no work: no route leads to it"):
        scenario("at: 07:00, machine: spare, do: breakdown, for: 1 h")

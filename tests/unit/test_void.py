"""Events and releases that change nothing are told, by `check` and by `run`."""

from __future__ import annotations

import pytest

from simtwin.errors import FileProblems
from simtwin.plant.files import parse_plant, parse_scenario
from simtwin.plant.void import groundless, too_late

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


def test_a_breakdown_where_no_work_comes_is_refused():
    """Nothing could ever come of it."""
    with pytest.raises(FileProblems, match="spare has no work: no route leads to it"):
        scenario("at: 07:00, machine: spare, do: breakdown, for: 1 h")

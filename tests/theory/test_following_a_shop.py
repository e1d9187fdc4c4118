"""Theory of the following twin on emulated shops: what is matched raises no alarm."""

from __future__ import annotations

import pytest

from simtwin.live.drift import Status
from simtwin.live.injection import CoolantFailure, FrictionChange
from simtwin.live.settings import Settings
from simtwin.live.twin import Twin
from tests.emulated import heard

OFTEN = Settings(stale_after=120.0)


def followed(model, rows, **given):
    """Return a twin that has heard *rows*, a reading every 20 s."""
    twin = Twin(model, settings=OFTEN, **given)
    twin.observe(rows)
    return twin


def assert_in_sync(twin):
    """Every machine is in sync and never alarmed, and NIS windows lie in the band.

    95 % of them over all machines, less four binomial standard errors.
    """
    windows = inside = 0
    for name, view in twin.state.items():
        assert view.status.status is Status.IN_SYNC, (name, view.status)
        count, within, _ = view.windows["temperature_1"]
        windows, inside = windows + count, inside + within
    assert twin.alarms == ()
    assert windows > 20
    assert inside / windows > 0.95 - 4.0 * (0.95 * 0.05 / windows) ** 0.5


def test_a_matched_shop_is_in_sync():
    """Five machines of five kinds, one warm from the start, two with programs of both kinds."""
    some = ("mill-1", "mill-4", "lathe-1", "hmc-2", "five-1")
    model, _, rows = heard("job_shop", "day_shift", machines=some)
    twin = followed(model, rows)
    twin.machines = some
    assert_in_sync(twin)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_matched_shop_raises_no_false_alarm(seed):
    """Twelve machines over five hours: no alarm on any seed, and NIS inside its band."""
    model, _, rows = heard("job_shop", "day_shift", seed=seed, hours=5.0)
    assert_in_sync(followed(model, rows))


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ("friction", FrictionChange(3600.0, "mill-1", 1.3)),
        ("coolant", CoolantFailure(3600.0, "mill-1")),
    ],
)
def test_what_fails_in_a_shop_is_named_once(cause, change):
    """Three hours of a mill, an untold fault after one: one alarm, the right cause."""
    model, emulation, rows = heard(
        "job_shop", "day_shift", [change], hours=3.0, machines=("mill-1",), hidden=("coolant",)
    )
    (found,) = (one for one in followed(model, rows).alarms if one.alarm.device == "mill-1")
    assert 0.0 < found.alarm.time - emulation.start - 3600.0 < 1800.0
    assert found.cause.name == cause

"""Theory of the following twin on emulated shops: what is matched raises no alarm."""

from __future__ import annotations

import pytest

from simtwin.live.drift import Status
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

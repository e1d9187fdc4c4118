"""The clock map: boots, turns of the counter, skew, and what cannot be told."""

from __future__ import annotations

import math

import pytest

from simtwin.live.chain import WRAP, Chain
from simtwin.live.clock import Boots

BOOT = 1_790_000_000.0


def ticks(boot, times, delay=0.02, skew=0.0):
    """Return the messages of one boot: its own clock, and the receipts."""
    return [(round(time * (1.0 - skew), 3) % WRAP, boot + time + delay) for time in times]


def boots_of(messages):
    """Return the boots of all *messages*."""
    return Boots(messages)


def test_a_reboot_is_another_epoch():
    """TELEMETRY 5.2: messages are grouped by their boot instant."""
    first = ticks(BOOT, range(0, 100, 10))
    second = ticks(BOOT + 200.0, range(0, 50, 10))
    boots = boots_of(first + second)
    assert [round(one.offset - BOOT, 6) for one in boots.maps] == [0.02, 200.02]
    assert [one.minutes for one in boots.maps] == [2, 1]
    assert all(one.sound for one in boots.maps)


def test_the_turn_of_the_counter_is_no_reboot():
    """TELEMETRY 1.1: 4,294,967.296 s after boot the uptime begins again; it is unwound."""
    times = [WRAP - 20.0, WRAP - 10.0, WRAP + 1.0, WRAP + 11.0, 2 * WRAP + 5.0]
    boots = boots_of(ticks(BOOT, times, delay=0.5))
    (one,) = boots.maps
    assert one.last == pytest.approx(2 * WRAP + 5.0)
    for time, (uptime, received) in zip(times, ticks(BOOT, times, delay=0.5), strict=True):
        assert boots.at(uptime, received)[0] == pytest.approx(BOOT + time + 0.5, abs=2e-3)


@pytest.mark.parametrize("seed", range(5))
def test_no_order_of_arrival_changes_a_map(seed):
    """TELEMETRY 5.2: epochs are found from the set of messages, never from their order."""
    messages = ticks(BOOT, range(0, 2000, 7), skew=50e-6) + ticks(BOOT + 3e3, range(0, 700, 9))
    shuffled = messages + messages[:50]
    shuffled = [
        shuffled[(index * 101 + 7 * seed) % len(shuffled)] for index in range(len(shuffled))
    ]
    assert set(shuffled) == set(messages)
    assert boots_of(messages).maps == boots_of(shuffled).maps


def test_skew_is_the_edge_below_the_delays():
    """TELEMETRY 5.3: offset by the least delay, skew by the hull; delays only come on top."""
    delays = [0.02 + 0.3 * abs(math.sin(12.9898 * n)) ** 8 for n in range(3000)]
    messages = [
        (round(10.0 * n * (1.0 - 80e-6), 3), BOOT + 10.0 * n + delays[n]) for n in range(3000)
    ]
    (one,) = boots_of(messages).maps
    assert one.skew == pytest.approx(80e-6, abs=1e-6)
    assert one.offset == pytest.approx(BOOT + 0.02, abs=0.01)
    assert 0.0 <= one.uncertainty < 0.05
    assert one.sound


def test_a_crystal_cannot_be_further_off():
    """TELEMETRY 5.3: more than 200 ppm is suspect."""
    (one,) = boots_of(ticks(BOOT, range(0, 2000, 10), skew=400e-6)).maps
    assert not one.sound


def test_short_of_ten_minutes_there_is_no_skew():
    """TELEMETRY 5.3: windows of at least 10 min; shorter ones know an offset only."""
    (one,) = boots_of(ticks(BOOT, range(0, 500, 10), skew=100e-6)).maps
    assert one.skew == 0.0


def test_two_boards_with_one_id_are_noticed():
    """TELEMETRY 1.1: one id with two interleaved clocks is an alarm, not two reboots."""
    boots = boots_of(ticks(BOOT, range(0, 100, 2)) + ticks(BOOT + 30.0, range(1, 90, 2)))
    assert [one.interleaved for one in boots.maps] == [True, True]
    assert not any(one.sound for one in boots.maps)


def test_a_message_held_up_is_doubted_alone():
    """TELEMETRY 5.2, 5.3: a delay only adds to the boot instant; it founds no second board."""
    told = ticks(BOOT, range(7200))
    uptime, received = told.pop(3600)
    boots = boots_of([*told, (uptime, received + 15.0)])
    running, late = boots.maps
    assert (running.sound, late.sound) == (True, False)
    assert (running.interleaved, late.interleaved, late.held_up) == (False, False, True)
    assert all(boots.at(*tick).sound for tick in told)
    assert not boots.at(uptime, received + 15.0).sound


def test_a_stray_uptime_is_doubted_alone():
    """One message that tells another uptime costs itself, before, at and after its instant."""
    told = ticks(BOOT, range(7200))
    stray = (1.0, told[3600][1])
    boots = boots_of([*told, stray])
    assert [tick for tick in [*told, stray] if not boots.at(*tick).sound] == [stray]


@pytest.mark.parametrize("step", [-12.0, -6.0, 6.0, 12.0])
def test_a_step_of_the_clock_of_receipts_costs_minutes(step):
    """TELEMETRY 5.3: where the gateway's clock is set, minutes are doubted, no more."""
    before, after = ticks(BOOT, range(3600)), ticks(BOOT, range(3600, 7200))
    moved = [(uptime, received + step) for uptime, received in after]
    boots = boots_of([*before, *moved])
    doubted = [uptime for uptime, received in [*before, *moved]
               if not boots.at(uptime, received).sound]  # fmt: skip
    assert all(3600 - 120 <= uptime < 3600 + 120 for uptime in doubted)
    uptime, received = moved[-1]
    assert boots.at(uptime, received).utc == pytest.approx(BOOT + uptime + step, abs=0.1)


def test_two_boards_are_doubted_while_both_are_heard():
    """TELEMETRY 1.1: two clocks of one id cost what both tell at once, never the day before."""
    long = ticks(BOOT, range(0, 7200, 2))
    other = ticks(BOOT + 3000.0, range(0, 1200, 2))
    boots = boots_of([*long, *other])
    assert [one.interleaved for one in boots.maps] == [True, True]
    doubted = [uptime for uptime, received in long if not boots.at(uptime, received).sound]
    assert 3000 - 60 <= min(doubted) <= 3000
    assert 4200 - 60 <= max(doubted) <= 4200 + 60
    assert not any(boots.at(*tick).sound for tick in other)


def test_reboots_closer_than_the_gap_are_ambiguous():
    """TELEMETRY 5.2: what is closer than the gap cannot be told apart, and says so."""
    boots = boots_of(ticks(BOOT, [0.0, 1.0, 2.0]) + ticks(BOOT + 8.0, [0.5, 1.5]))
    (one,) = boots.maps
    assert one.ambiguous


def test_nothing_gives_nothing():
    """A device without messages has no boots."""
    assert boots_of([]).maps == ()


def test_only_a_minute_whose_line_is_another_is_told():
    """A message in the middle of its minute moves nothing; a quicker one its minute on."""
    chain = Chain((0.0, 100.0), named=True)
    for tick in ((0.0, 100.0), (61.0, 161.2), (121.0, 221.3)):
        chain.add(tick, chain.distance((tick[1] - tick[0]) % WRAP))
    assert chain.settled() == (0, 0)
    for tick, moved in (
        ((62.0, 162.4), None),
        ((63.0, 163.1), None),
        ((64.0, 163.9), (0, 1)),
        ((181.0, 281.1), (0, 3)),
    ):
        chain.add(tick, chain.distance((tick[1] - tick[0]) % WRAP))
        assert chain.settled() == moved

"""Tests of the filter's system and of the filter: transition, process noise, correction."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import expm

from simtwin.errors import OutOfRange
from simtwin.live.condition import Condition, assumed_work, load_of
from simtwin.live.kalman import GATE, Belief, corrected, innovation, predicted
from simtwin.live.parameters import Parameters, applied
from simtwin.live.thermal import Noise, ThermalSystem, ramp_product
from simtwin.parts.heat import heating
from simtwin.plant.cut import torque_envelope
from simtwin.plant.files import load_plant

PLANT = load_plant("one_machine")
MILL = PLANT.machines[0]
CUTTING = load_of(MILL, Condition(420.0, 0.35), timed=False)
NOISE = Noise()


def system(noise: Noise = NOISE) -> ThermalSystem:
    """Return the system of the mill."""
    return ThermalSystem(MILL, ambient=22.0, coolant=22.0, noise=noise)


def matrices(noise: Noise = NOISE) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return A and the drive of the whole state, and its white noise, built by hand."""
    network = MILL.spindle.network
    n = len(network.nodes)
    number = {node: i for i, node in enumerate(network.nodes)}
    capacity = np.array(network.capacities)
    a = np.zeros((n + 2, n + 2))
    duty = heating(MILL.spindle, CUTTING, (), 22.0, 22.0)
    drive = np.zeros(n + 2)
    drive[:n] = (np.array(duty.in_interval(0)[0]) + np.array(duty.mode.boundary)) / capacity
    for one, other, g in network.links:
        i, j = number[one], number[other]
        for x, y in ((i, j), (j, i)):
            a[x, x] -= g / capacity[x]
            a[x, y] += g / capacity[x]
    for node, sink, g in network.sinks:
        i = number[node]
        a[i, i] -= g / capacity[i]
        if sink == "ambient":
            a[i, n] += g / capacity[i]
    if duty.weights is not None:
        for i, slope in enumerate(duty.weights):
            a[i, i] += slope / capacity[i]
    for heat in CUTTING.heats:
        a[number[heat.node], n + 1] += heat.constant / capacity[number[heat.node]]
    white = np.diag([noise.wander**2] * n + [noise.ambient**2, noise.friction**2])
    return a, drive, white


@pytest.mark.parametrize("dt", [0.1, 7.3, 600.0, 28800.0])
def test_the_transition_is_the_matrix_exponential(dt):
    """Transition and drive agree with expm of the whole state to 1e-9, however long it is."""
    a, drive, _ = matrices()
    n = len(a)
    block = np.zeros((n + 1, n + 1))
    block[:n, :n], block[:n, n] = a, drive
    exact = expm(block * dt)
    step = system().step(CUTTING, dt, ())
    np.testing.assert_allclose(step.transition, exact[:n, :n], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(step.drive, exact[:n, n], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dt", [0.1, 7.3, 600.0])
def test_the_process_noise_is_van_loans_integral(dt):
    """Q agrees with the block exponential of Van Loan 1978, IEEE TAC 23:395."""
    a, _, white = matrices()
    n = len(a)
    block = np.zeros((2 * n, 2 * n))
    block[:n, :n], block[:n, n:], block[n:, n:] = -a, white, a.T
    exact = expm(block * dt)
    wanted = exact[n:, n:].T @ exact[:n, n:]
    noise = system().step(CUTTING, dt, ()).noise
    np.testing.assert_allclose(noise, wanted, rtol=1e-6, atol=1e-14)


def test_two_steps_are_one():
    """Predicting a then b gives what a + b does: the transition knows no step."""
    begin = Belief(np.array([30.0] * 5 + [0.5, 0.1]), np.eye(7))
    thermal = system()
    once = predicted(begin, thermal.step(CUTTING, 100.0, ()))
    first = predicted(begin, thermal.step(CUTTING, 37.0, ()))
    twice = predicted(first, thermal.step(CUTTING, 63.0, ()))
    np.testing.assert_allclose(once.mean, twice.mean, rtol=1e-12)
    np.testing.assert_allclose(once.covariance, twice.covariance, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("fast", [0.0, 5e-4, 0.9e-3, 1.1e-3, 0.5, 30.0])
@pytest.mark.parametrize("slow", [0.0, 1e-12, 0.9e-4, 1.1e-4, 9e-4])
def test_two_ramps_in_closed_form(fast, slow):
    """Both series and the closed form agree with 40-digit quadrature where they join."""
    import mpmath

    def ramp(rate, s):
        return s if rate == 0.0 else -mpmath.expm1(-rate * s) / rate

    with mpmath.workdps(40):
        exact = mpmath.quad(lambda s: ramp(fast, s) * ramp(slow, s), [0, 0.1, 1])
    assert ramp_product(fast, slow, 1.0) == pytest.approx(float(exact), rel=1e-8)


def test_a_correction_narrows_and_stays_symmetric():
    """Joseph's form keeps the covariance symmetric and positive after 500 corrections."""
    thermal = system()
    belief = Belief(np.zeros(7), np.eye(7) * 9.0)
    for k in range(500):
        belief = predicted(belief, thermal.step(CUTTING, 1.0 + k % 7, ()))
        before = belief.deviation(1)
        belief = corrected(belief, innovation(belief, 1, 40.0, 0.04))
        assert belief.deviation(1) < before
    assert (belief.covariance == belief.covariance.T).all()
    assert np.linalg.eigvalsh(belief.covariance).min() > 0.0


def test_a_spike_is_gated():
    """A reading is not used beyond chi2(1; .999) (PHYSICS I3, TELEMETRY 6: 10.83)."""
    belief = Belief(np.array([20.0]), np.array([[1.0]]))
    assert round(GATE, 2) == 10.83
    assert innovation(belief, 0, 20.0 + 3.3 * 2**0.5, 1.0).gated
    assert not innovation(belief, 0, 20.0 + 3.28 * 2**0.5, 1.0).gated


def test_the_load_of_telemetry_is_that_of_the_plan():
    """A step and the same spindle told, rounded as a control does, heat the motor alike."""
    from simtwin.shop.plan import plan_of

    plant = load_plant("job_shop")
    found = set()
    for spec in plant.machines:
        if spec.spindle is None:
            continue
        assumed = assumed_work(plant, spec)
        plan = plan_of(plant).machines[spec.name]
        for product in plant.products:
            for index, operation in enumerate(product.operations):
                if spec.station not in operation.stations:
                    continue
                for place, _ in enumerate(operation.steps):
                    load = plan.load(("cut", product.name, index, place, 1.0, 1.0, True))
                    if not load.turning:
                        continue
                    share = round(load.power / spec.spindle.rated_power, 3)
                    condition = Condition(round(load.speed, 1), share)
                    told = load_of(spec, condition, timed=assumed.holds(condition))
                    mine, its = (
                        heating(spec.spindle, one, (), 22.0, 22.0).in_interval(0)
                        for one in (told, load)
                    )
                    assert mine[0][0] == pytest.approx(its[0][0], rel=0.02, abs=2.0)
                    found.add((load.share is None, spec.station))
    assert {(True, "mills"), (False, "mills"), (True, "lathes")} <= found


def test_parameters_are_a_change_of_the_plant():
    """Friction acts on f0 and f1, cooling on the coolant's paths; 1 changes nothing."""
    assert applied(MILL, Parameters()) is MILL
    other = applied(MILL, Parameters(friction=1.3, capacity=2.0, cooling=0.5))
    assert other.bearings[0].f0 == pytest.approx(1.3 * MILL.bearings[0].f0)
    assert other.spindle.network.capacities == tuple(
        2.0 * c for c in MILL.spindle.network.capacities
    )
    sinks = zip(other.spindle.network.sinks, MILL.spindle.network.sinks, strict=True)
    for (_, to, now), (_, _, was) in sinks:
        assert now == (0.5 * was if to == "coolant" else was)


def test_a_load_that_nothing_bears_for_ever_is_followed_for_a_second():
    """Copper would run away at such a torque; a second of it is no reason to stop."""
    mill = next(m for m in load_plant("job_shop").machines if m.name == "hmc-2")
    load = load_of(mill, Condition(20.0, 1.0, coolant=False), timed=False)
    with pytest.raises(OutOfRange, match="runaway"):
        heating(mill.spindle, load, (), 22.0, 22.0)
    hot = ThermalSystem(mill, ambient=22.0, coolant=22.0, noise=NOISE)
    step = hot.step(load, 1.0, ())
    assert np.isfinite(step.transition).all()
    assert 0.0 < hot.course(load, (22.0,) * 5, 1.0)[0] - 22.0 < 5.0


def test_beyond_its_rating_a_spindle_accelerates():
    """A load meter of 160 % cuts nothing: no force on bearings, no copper that runs away."""
    load = load_of(MILL, Condition(250.0, 1.6), timed=False)
    assert (load.power, load.force) == (0.0, 0.0)
    most = 250.0 * torque_envelope(MILL.spindle, 250.0)
    assert load.spinning_up == pytest.approx(min(1.6 * MILL.spindle.rated_power, most))


def test_a_load_told_late_blurs_what_is_believed():
    """A change of P watts told half a second late is P/2 joules in doubt, node by node."""
    thermal = system()
    still = load_of(MILL, Condition(), timed=False)
    blur = thermal.late(still, CUTTING, (22.0,) * 5)
    heat = thermal.heat(CUTTING, (22.0,) * 5) - thermal.heat(still, (22.0,) * 5)
    capacities = MILL.spindle.network.capacities
    assert blur[0, 0] ** 0.5 == pytest.approx(0.5 * heat[0] / capacities[0])
    assert blur[1, 1] ** 0.5 == pytest.approx(0.5 * heat[1] / capacities[1])
    assert not thermal.late(CUTTING, CUTTING, (22.0,) * 5).any()

"""This module holds the named load: what a key of loads stands for on one machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simtwin.parts.load import Load
from simtwin.physics.duration import assumed_loads
from simtwin.plant.cut import torque_envelope, wear_gain
from simtwin.plant.model import HandleStep, TimedStep

if TYPE_CHECKING:
    from simtwin.shop.machine_plan import MachinePlan
    from simtwin.shop.states import LoadKey
    from simtwin.shop.step_plan import StepPlan


def named_load(plan: MachinePlan, key: LoadKey) -> Load:
    """Return the load that *key* names on the machine of *plan*, without bearing friction."""
    power = plan.spec.power
    match key:
        case ("ready", coolant):
            return Load(
                coolant=coolant,
                auxiliary=power.ready,
                powered=True,
                durations=plan.changes,
            )
        case ("standby", coolant):
            return Load(coolant=coolant, auxiliary=power.standby)
        case ("run-up", speed, coolant):
            return _run_up(plan, speed, coolant)
        case ("cut", product, operation, step, feed, spindle, coolant):
            return _cutting(plan, plan.steps(product, operation)[step], feed, spindle, coolant)
    raise AssertionError(f"no load is called {key!r}")


def _run_up(plan: MachinePlan, speed: float, coolant: bool) -> Load:
    spec = plan.spec.spindle
    assert spec is not None, "only a machine with a spindle runs up"
    seconds = plan.run_up_time(speed)
    return Load(
        turning=True,
        speed=0.5 * speed,
        torque=spec.inertia * speed / seconds,
        spinning_up=0.5 * spec.inertia * speed**2 / seconds,
        coolant=coolant,
        auxiliary=plan.spec.power.processing,
        durations=(seconds,),
        powered=True,
        processing=True,
    )


def _cutting(
    plan: MachinePlan, step_plan: StepPlan, feed: float, speed: float, coolant: bool
) -> Load:
    step = step_plan.step
    speed = step_plan.override(speed)
    durations = step_plan.durations if feed == 1.0 else ()
    power = plan.spec.power
    if isinstance(step, HandleStep):
        return Load(
            coolant=coolant,
            auxiliary=power.ready,
            durations=durations,
            powered=True,
            processing=True,
        )
    if isinstance(step, TimedStep):
        return _timed(plan, step_plan, step, feed, speed, coolant)
    tool = plan.tools[step.tool]
    cut = plan.cut(step, feed, speed)
    life = None
    if tool.life is not None:
        life = tool.life.at(
            cut.speed * step.diameter / 2.0,
            step.feed * feed / speed,
            step.depth if step.kind != "drilling" else tool.life.depth,
        )
        if not coolant:
            life *= plan.spec.coolant_loss_life
    spindle = plan.spec.spindle
    assert spindle is not None, "a computed cut needs a spindle"
    return Load(
        turning=True,
        speed=cut.speed,
        power=cut.power,
        torque=cut.torque,
        peak_torque=cut.peak_torque,
        torque_limit=torque_envelope(spindle, cut.speed),
        force=cut.force,
        coolant=coolant,
        auxiliary=power.processing,
        tool_life=life,
        wear_gain=wear_gain(tool),
        durations=durations,
        progress=feed,
        powered=True,
        processing=True,
    )


def _timed(
    plan: MachinePlan,
    step_plan: StepPlan,
    step: TimedStep,
    feed: float,
    speed: float,
    coolant: bool,
) -> Load:
    spindle = plan.spec.spindle
    durations = step_plan.durations if feed == 1.0 else ()
    life = None
    rate = step.damage_rate + (
        feed * step.damage / step_plan.mean if step.damage > 0.0 else 0.0
    )
    if step.tool is not None and rate > 0.0:
        life = 1.0 / rate
    load = Load(
        coolant=coolant,
        auxiliary=plan.spec.power.processing,
        tool_life=life,
        durations=durations,
        progress=feed,
        powered=True,
        processing=True,
    )
    if spindle is None:
        return load
    assumed = assumed_loads(
        step.share, rated_power=spindle.rated_power, cutting_speed=spindle.cutting_speed
    )
    return replace(
        load,
        turning=step_plan.speed > 0.0,
        speed=step_plan.speed * speed,
        power=assumed.power,
        force=assumed.force,
        share=step.share,
    )

"""This module holds the rehearsal: an operation gone through once, to be compiled.

It goes through the steps as the machine would with every edge ready: changes the tool, runs the
spindle up, cuts; and notes the holds, and what each tool must have left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtwin.parts.chain import Heated, chain
from simtwin.result.record import INDEX
from simtwin.shop.program import ACCOUNTS, AS_FOUND, BARE, Cut, Effects, Hold, Score, Tool
from simtwin.shop.states import Setting

if TYPE_CHECKING:
    from simtwin.parts.chain import Chain
    from simtwin.shop.duty import Duty
    from simtwin.shop.machine_plan import MachinePlan
    from simtwin.shop.step_plan import StepPlan


def compiled(
    plan: MachinePlan, product: str, operation: int, mounted: str, first: int, beyond: int
) -> Score | None:
    """Return the score of the steps from *first* until *beyond* of an operation; -1: all.

    The tool *mounted* (or none) is in the spindle, which rests. None where a duration is drawn
    or 0, where bearing damage follows a temperature, or where it would be a single hold: such
    steps are done hold by hold.
    """
    every = plan.steps(product, operation)
    rest = every[beyond] if beyond >= 0 else None
    if plan.plain or any(step.fixed is None for step in _between(every, first, beyond)):
        return None
    rehearsal = rehearsed(plan, product, operation, mounted, first, beyond)
    holds = tuple(rehearsal.holds)
    unrated = plan.spec.bearings and not all(hold.duty.rates for hold in holds)
    if len(holds) < 2 or unrated or not all(hold.seconds > 0.0 for hold in holds):
        return None
    tools = rehearsal.tools()
    whole = None
    if rest is not None:
        whole = plan.program(product, operation, mounted, first)
    elif first > 0:
        whole = plan.program(product, operation, "")
    effects = _effects(plan, holds, tools, None if whole is None else whole.score.heat)
    return Score(holds, tools, effects, rest)


def rehearsed(
    plan: MachinePlan, product: str, operation: int, mounted: str, first: int, beyond: int
) -> Rehearsal:
    """Return the way through the steps from *first* until *beyond* of an operation; -1: all."""
    rehearsal = Rehearsal(plan, mounted)
    steps = _between(plan.steps(product, operation), first, beyond)
    for number, step in enumerate(steps, start=first):
        rehearsal.go_through(number, step)
    return rehearsal


def _between(steps: tuple[StepPlan, ...], first: int, beyond: int) -> tuple[StepPlan, ...]:
    return steps[first:] if beyond < 0 else steps[first:beyond]


class Rehearsal:
    """One way through the steps of an operation, from one tool in the spindle."""

    def __init__(self, plan: MachinePlan, mounted: str, setting: Setting | None = None) -> None:
        self.plan = plan
        self.mounted = mounted
        self.setting = setting or Setting()
        """Overrides and cooling; a program is compiled without any override."""
        self.holds: list[Hold] = []
        self._passed = 0.0
        self._tool = mounted
        self._inside = AS_FOUND if mounted else BARE
        self._speed = 0.0
        self._needs: dict[str, list[float]] = {}
        """Nominal damage of each cut of each tool, in the order in which they come."""
        self._fetched: dict[str, int] = {}
        self._begun: dict[str, int] = {}
        """Step with the first cut of each tool."""

    def go_through(self, number: int, step: StepPlan) -> None:
        """Do one step as planned."""
        setting = self.setting
        duty = step.duty(setting)
        seconds = step.mean / step.pace(setting.feed)
        if step.tool is not None:
            self._take(number, step.tool)
            rate = duty.edge.rate if duty.edge is not None else 0.0
            self._needs[step.tool].append(rate * seconds)
        if step.speed != self._speed:
            self._speed = step.speed
            if step.speed > 0.0:
                speed = step.turns(setting.spindle)
                run_up = self.plan.duty(("run-up", speed, setting.coolant), self._tool)
                self._hold("run-up", self.plan.run_up_time(speed), run_up, number)
        self._hold("cut", seconds, duty, number)

    def _take(self, number: int, tool: str) -> None:
        """Have *tool* in the spindle; fetch it if it is not."""
        if tool not in self._needs:
            self._needs[tool], self._fetched[tool], self._begun[tool] = [], 0, number
        place = list(self._needs).index(tool)
        if tool == self._tool:
            if self._inside == AS_FOUND:
                self._found_is(place)
            return
        self._inside, self._speed = BARE, 0.0
        change = self.plan.duty(("ready", self.setting.coolant), "")
        self._hold("change", self.plan.changes[0], change, number, coming=place)
        self._tool, self._inside = tool, place
        self._fetched[tool] += 1

    def _found_is(self, place: int) -> None:
        """Know the edge that was found in the spindle by the number of its tool."""
        self._inside = place
        self.holds = [hold._replace(tool=place, coming=place) for hold in self.holds]

    def _hold(
        self, phase: str, seconds: float, duty: Duty, number: int, coming: int | None = None
    ) -> None:
        inside = self._inside
        coming = inside if coming is None else coming
        self.holds.append(
            Hold(phase, self._passed, seconds, duty, number, inside, coming, self._speed)
        )
        self._passed += seconds

    def tools(self) -> tuple[Tool, ...]:
        """Return the tools that were taken, in the order in which they came."""
        return tuple(
            Tool(
                self.plan.tools[tool],
                self.plan.tools[tool].change == "planned",
                tool == self.mounted,
                self._fetched[tool] - (tool != self.mounted),
                self._begun[tool],
                needs[0],
                min(needs),
                sum(needs),
            )
            for tool, needs in self._needs.items()
        )


def _effects(
    plan: MachinePlan, holds: tuple[Hold, ...], tools: tuple[Tool, ...], whole: Chain | None
) -> Effects:
    """Return heat, cuts, what all other holds do to the bearings, and energy without heat.

    *holds* begin or end those of the chain of the *whole*, if there is one.
    """
    heated, cuts = [], []
    still = [0.0] * len(plan.spec.bearings)
    auxiliary = [0.0] * len(ACCOUNTS)
    for hold in holds:
        duty, account = hold.duty, ACCOUNTS.index(INDEX[hold.mode])
        auxiliary[account] += duty.auxiliary * hold.seconds
        wears = duty.edge is not None and duty.edge.gain > 0.0
        if duty.thermal is not None:
            heated.append(Heated(duty.thermal, hold.seconds, account, wears))
        if not wears and duty.turning:
            for place, (rate, _, _) in enumerate(duty.rates):
                still[place] += rate * hold.seconds
    heat = _heat(tuple(heated), tuple(auxiliary), whole) if heated else None
    bending = iter(heat.cuts if heat is not None else ())
    for hold in holds:
        edge = hold.duty.edge
        if edge is None:
            continue
        spec = tools[hold.tool].spec
        wears = edge.gain > 0.0
        rates = hold.duty.rates if wears else ()
        cubic = all(exponent == 3.0 for _, _, exponent in rates)
        cuts.append(
            Cut(
                hold.step,
                hold.tool,
                hold.seconds,
                edge.rate,
                edge.near,
                edge.gain,
                spec.break_rate,
                spec.break_growth,
                rates,
                tuple((0.25 * rate, per) for rate, per, _ in rates if cubic),
                next(bending) if wears and heat is not None else None,
            )
        )
    return Effects(heat, tuple(cuts), tuple(still), tuple(auxiliary))


def _heat(heated: tuple[Heated, ...], given: tuple[float, ...], whole: Chain | None) -> Chain:
    return chain(heated, given) if whole is None else whole.part(heated, given)

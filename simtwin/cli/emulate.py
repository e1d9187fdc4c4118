"""This module holds the verb emulate: a plant sends what real machines would send."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from simtwin.cli import options
from simtwin.cli.broker import PASSWORD, broker_of
from simtwin.cli.console import note, say, say_json
from simtwin.cli.given import length, load, moment, share, winning
from simtwin.errors import InvalidInput, StoreFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from simtwin.live.emulation import Emulation
    from simtwin.live.injection import Injection
    from simtwin.live.message import Message

_CHANGE = re.compile(r"([+-]?)(\d+(?:\.\d+)?)%")


@dataclass(slots=True)
class Sent:
    """What was sent, and when the first and the last of it happened."""

    messages: int = 0
    first: float | None = None
    last: float | None = None

    def of(self, messages: Iterator[Message]) -> Iterator[Message]:
        """Give *messages*, counted."""
        for message in messages:
            self.messages += 1
            self.first = message.t_received if self.first is None else self.first
            self.last = message.t_received
            yield message


def emulate(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or an example.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the messages to this file, one a line.")
    ] = None,
    control: Annotated[
        Path | None,
        typer.Option(help="Write what the controls tell (speed, load, execution) as SHDR."),
    ] = None,
    broker: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Publish to this broker.")
    ] = None,
    user: Annotated[
        str | None, typer.Option(help=f"Of the broker; its password is in {PASSWORD}.")
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Certificates (PEM) that a broker is trusted by."),
    ] = None,
    factor: Annotated[
        float | None,
        typer.Option(
            min=0.001, help="So many times faster than real; a file has no pace else."
        ),
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="As fast as possible.")] = False,
    machine: Annotated[
        list[str] | None, typer.Option(help="Only this machine; may be repeated.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Stop at this time, as in 10:00.")] = None,
    coolant_off: Annotated[
        list[str] | None,
        typer.Option(metavar="MACHINE TIME", help="Its coolant fails then."),
    ] = None,
    friction: Annotated[
        list[str] | None,
        typer.Option(metavar="MACHINE TIME CHANGE", help="Its bearings change, as by +30%."),
    ] = None,
    every: Annotated[str, typer.Option(help="Time between two messages.")] = "0.1 s",
    node: Annotated[str, typer.Option(help="Where the thermistor sits.")] = "front",
    noise: Annotated[
        float, typer.Option(min=0.0, help="Of sensors; 1 is usual, 0 none.")
    ] = 1.0,
    drift: Annotated[float, typer.Option(help="Of the thermistor, in K per hour.")] = 0.0,
    lost: Annotated[str, typer.Option(help="Share of messages lost, as in 1%.")] = "0%",
    failed: Annotated[str, typer.Option(help="Share of readings that are no number.")] = "0%",
    outage_every: Annotated[
        str | None, typer.Option(help="Mean time between outages of the broker, as in 2h.")
    ] = None,
    outage: Annotated[str, typer.Option(help="Mean length of an outage.")] = "30 s",
    plant: options.Plant = None,
    seed: options.Seed = None,
    force: options.Force = False,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Let a plant send v0 messages, with noise, drop-outs and drift, to a file or a broker.

    What goes wrong goes wrong in the plant, never in the readings. The same seed gives the same
    bytes. To a broker it goes as fast as in reality, to a file as fast as possible.
    """
    from simtwin.live.board import Sensors
    from simtwin.live.emulation import emulate as emulated

    if (out is None) == (broker is None):
        raise InvalidInput("emulate: give --out FILE or --broker HOST:PORT, one of them")
    for option, asked in (("--user", user), ("--ca", ca), ("--fast", fast)):
        if broker is None and asked:
            raise InvalidInput(f"{option}: goes with --broker only")
    if out is not None and control is not None and out.absolute() == control.absolute():
        raise InvalidInput(f"--control: must be another file than --out ({out})")
    for path in (out, control):
        if path is not None and path.exists() and not force:
            raise InvalidInput(f"{path}: exists already; --force overwrites it")
    model, plan = load(scenario, plant)
    sensors = Sensors(
        period=length("--every", every),
        node=node,
        noise=noise,
        drift=drift,
        failed=_share("--failed", failed),
        lost=_share("--lost", lost),
        outage_every=float("inf")
        if outage_every is None
        else length("--outage-every", outage_every),
        outage=length("--outage", outage),
    )
    emulation = emulated(
        model,
        plan,
        _injections(coolant_off, friction, plan.start),
        seed=winning("--seed", seed, plan, scenario),
        until=None if until is None else moment("--until", until, plan.start),
        sensors=sensors,
        machines=machine or (),
    )
    sent = Sent()
    messages = sent.of(emulation.heard() if broker else emulation.messages())
    pace = None if fast else factor if factor is not None else 1.0 if broker else None
    if pace is not None:
        from simtwin.live.pace import paced

        messages = paced(
            messages,
            pace,
            when=attrgetter("t_received"),
            now=time.monotonic,
            sleep=time.sleep,
        )
    with ExitStack() as stack:
        send = _sender(stack, out, broker, user, ca)
        for message in messages:
            send(message)
    if control is not None:
        with _written(control) as file:
            file.writelines(f"{line}\n" for line in emulation.control())
    _say(emulation, sent, out, broker, control, as_json=as_json)


def _sender(
    stack: ExitStack, out: Path | None, broker: str | None, user: str | None, ca: Path | None
) -> Callable[[Message], None]:
    """Return what sends one message; what it needs is closed with the *stack*."""
    if out is not None:
        from simtwin.live.recording import line_of

        file = stack.enter_context(_written(out))
        return lambda message: file.writelines((line_of(message), "\n"))
    from simtwin.live.publisher import publishing

    found = broker_of(str(broker), user, client_id="simtwin-emulate", ca=ca)
    publisher = stack.enter_context(publishing(found, note))
    return publisher.send


@contextmanager
def _written(path: Path) -> Iterator[IO[str]]:
    """Give the file *path* to write, and say in words what could not be written."""
    try:
        with path.open("w", encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise StoreFailed(f"{path}: cannot be written ({error.strerror or error})") from None


def _injections(
    coolant_off: Sequence[str] | None, friction: Sequence[str] | None, start: str
) -> list[Injection]:
    from simtwin.live.injection import CoolantFailure, FrictionChange

    found: list[Injection] = []
    for text in coolant_off or ():
        machine, when = _words("--coolant-off", text, "MACHINE TIME")
        found.append(CoolantFailure(moment("--coolant-off", when, start), machine))
    for text in friction or ():
        words, _, change = text.strip().rpartition(" ")
        machine, when = _words("--friction", words, "MACHINE TIME CHANGE")
        factor = change_of("--friction", change)
        found.append(FrictionChange(moment("--friction", when, start), machine, factor))
    return found


def _words(option: str, text: str, wanted: str) -> tuple[str, str]:
    machine, _, when = text.strip().partition(" ")
    if not machine or not when.strip():
        raise InvalidInput(f"{option}: must be {wanted} (got {text!r})")
    return machine, when.strip()


def change_of(option: str, text: str) -> float:
    """Return a change as a factor.

    >>> change_of("--friction", "+30%"), change_of("--friction", "-5%")
    (1.3, 0.95)
    """
    found = _CHANGE.fullmatch(text)
    if found is None or not found[1]:
        raise InvalidInput(f"{option}: must be a change as in +30% (got {text!r})")
    return 1.0 + (1.0 if found[1] == "+" else -1.0) * float(found[2]) / 100.0


def _share(option: str, text: str) -> float:
    return 0.0 if text.strip() in ("0", "0%", "0 %") else share(option, text)


def _say(
    emulation: Emulation,
    sent: Sent,
    out: Path | None,
    broker: str | None,
    control: Path | None,
    *,
    as_json: bool,
) -> None:
    from simtwin.live.instants import utc_text

    span = [utc_text(when) for when in (sent.first, sent.last) if when is not None]
    where = str(out) if out is not None else f"broker {broker}"
    if as_json:
        say_json(
            {
                "schema_version": 1,
                "messages": sent.messages,
                "devices": list(emulation.devices),
                "from": span[0] if span else None,
                "to": span[1] if span else None,
                "seed": emulation.seed,
                "sent_to": where,
                "control": None if control is None else str(control),
            }
        )
        return
    devices = ", ".join(emulation.devices)
    times = f", {span[0]} to {span[1]}" if span else ""
    say(f"{sent.messages} messages of {devices} to {where}{times} (seed {emulation.seed})")
    if control is not None:
        say(f"what the controls told is in {control}")

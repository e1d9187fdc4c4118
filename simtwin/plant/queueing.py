"""This module holds the laws of queues: what a station makes of its arrivals in the long run.

Any unit of time, the same throughout a call; rates are per that unit. A law that approximates
says so in its first line. Steady state throughout: nothing here knows of a horizon.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, fsum, sqrt
from typing import TYPE_CHECKING

from simtwin.errors import OutOfRange

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Queue:
    """A station in steady state; W and Wq follow from L and Lq by Little's law."""

    arrivals: float
    """Rate lam of those that are let in."""
    utilisation: float
    """Share of its servers' time that is taken, rho [-]."""
    waiting: float
    """Mean number that wait, Lq."""
    present: float
    """Mean number there, L."""

    @property
    def wait(self) -> float:
        """Mean time that one waits, Wq."""
        return self.waiting / self.arrivals

    @property
    def lead(self) -> float:
        """Mean time that one is there, W."""
        return self.present / self.arrivals


@dataclass(frozen=True, slots=True)
class Service:
    """The first two moments of a service time, breakdowns in it included."""

    mean: float
    variance: float

    @property
    def cv2(self) -> float:
        """Squared coefficient of variation [-]."""
        return self.variance / self.mean**2 if self.mean > 0.0 else 0.0

    @property
    def second(self) -> float:
        """Second moment."""
        return self.variance + self.mean**2


def erlang_c(load: float, servers: int) -> float:
    """Return the chance of having to wait in M/M/c at a *load* of lam/mu [-].

    Source: A. K. Erlang 1917; D. Gross & C. M. Harris, Fundamentals of Queueing Theory, 2.3.
    Holds below *servers*; Poisson arrivals, exponential service.

    >>> round(erlang_c(2.4, 3), 6)
    0.647191
    """
    _check_load(load / servers)
    blocked = 1.0
    for k in range(1, servers + 1):  # Erlang B, which no factorial can overflow.
        blocked = load * blocked / (k + load * blocked)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def markovian(arrivals: float, service: float, servers: int = 1) -> Queue:
    """Return M/M/c from the arrival rate and the mean *service* time.

    Source: Gross & Harris 2.2, 2.3.

    >>> queue = markovian(0.8, 1.0)
    >>> round(queue.present, 9), round(queue.lead, 9), round(queue.wait, 9)
    (4.0, 5.0, 4.0)
    """
    load = arrivals * service
    rho = load / servers
    waiting = erlang_c(load, servers) * rho / (1.0 - rho)
    return Queue(arrivals, rho, waiting, waiting + load)


def finite(arrivals: float, service: float, places: int) -> tuple[Queue, float]:
    """Return M/M/1/K with *places* K, the one in service counted, and its loss [-].

    The queue's rate is that of those let in. Source: birth and death; Gross & Harris 2.5.

    >>> queue, loss = finite(1.0, 1.0, 10)
    >>> round(queue.present, 9), round(queue.arrivals, 6), round(loss, 6)
    (5.0, 0.909091, 0.090909)
    """
    load = arrivals * service
    weights = [load**k for k in range(places + 1)]
    total = fsum(weights)
    loss = weights[-1] / total
    present = fsum(k * weight for k, weight in enumerate(weights)) / total
    busy = 1.0 - weights[0] / total
    return Queue(arrivals * (1.0 - loss), busy, present - busy, present), loss


def pollaczek_khinchine(arrivals: float, service: Service) -> Queue:
    """Return M/G/1: ``Wq = lam E[S^2] / (2 (1 - rho))``.

    Source: F. Pollaczek 1930, A. Y. Khinchine 1932; Gross & Harris 5.1. Exact for any law of
    service, Poisson arrivals, one server.

    >>> round(pollaczek_khinchine(0.8, Service(1.0, 0.0)).wait, 9)
    2.0
    """
    rho = arrivals * service.mean
    _check_load(rho)
    waiting = arrivals**2 * service.second / (2.0 * (1.0 - rho))
    return Queue(arrivals, rho, waiting, waiting + rho)


def completed(work: Service, failures: float, repair: Service) -> Service:
    """Return the time to complete *work* on a machine that fails at a rate while it works.

    ``E[C] = E[S](1 + p E[D])``, ``var C = var S (1 + p E[D])^2 + p E[S] E[D^2]``: a compound
    Poisson process of repairs D. Exact for exponential lives on the clock of use
    (operation-dependent failures) and preemptive resume. Source: D. P. Gaver, "A waiting line
    with interrupted service", J. Roy. Stat. Soc. B 24, 1962.

    >>> done = completed(Service(1.0, 0.0), 0.01, Service(10.0, 100.0))
    >>> round(done.mean, 9), round(done.variance, 9)
    (1.1, 2.0)
    """
    slower = 1.0 + failures * repair.mean
    return Service(
        work.mean * slower, work.variance * slower**2 + failures * work.mean * repair.second
    )


def effective(work: Service, life: float, repair: Service) -> Service:
    """Return the effective process time te, ce^2 under breakdowns of mean *life* of use.

    ``te = t0/A``, ``ce^2 = c0^2 + (1 + cr^2) A (1 - A) MTTR/t0`` with A = MTTF/(MTTF + MTTR):
    the same as :func:`completed` in the words of W. J. Hopp & M. L. Spearman, Factory Physics,
    ch. 8. Exact for exponential lives.

    >>> te = effective(Service(1.0, 0.0), 100.0, Service(10.0, 100.0))
    >>> round(te.mean, 9), round(te.cv2, 6)
    (1.1, 1.652893)
    """
    up = life / (life + repair.mean)
    mean = work.mean / up
    cv2 = work.cv2 + (1.0 + repair.cv2) * up * (1.0 - up) * repair.mean / work.mean
    return Service(mean, cv2 * mean**2)


def interrupted(arrivals: float, service: float, life: float, repair: float) -> Queue:
    """Return M/M/1 whose machine also fails while idle, exponential *life* and *repair*.

    ``L = lam [(p + r)^2 + p mu] / ((p + r)(r mu - lam (p + r)))``, p and r the rates of failure
    and repair. Source: H. White & L. S. Christie, Oper. Res. 6, 1958; B. Avi-Itzhak &
    P. Naor, Oper. Res. 11, 1963. Utilisation is the load over the time up.

    >>> round(interrupted(0.7, 1.0, 100.0, 10.0).present, 6)
    6.114625
    """
    p, r, mu = 1.0 / life, 1.0 / repair, 1.0 / service
    rho = arrivals * service * (p + r) / r
    _check_load(rho)
    present = arrivals * ((p + r) ** 2 + p * mu) / ((p + r) * (r * mu - arrivals * (p + r)))
    return Queue(arrivals, rho, present - arrivals * service, present)


def preemptive(classes: Sequence[tuple[float, Service]]) -> tuple[Queue, ...]:
    """Return M/G/1 with priorities, preemptive resume, from (rate, service) by class.

    The first class goes first. ``W_k = E[S_k]/(1 - s_k-1) + R_k / ((1 - s_k-1)(1 - s_k))``, s
    the load and R half of lam E[S^2] of the classes up to k. Source: Gross & Harris 3.4;
    N. K. Jaiswal, Priority Queues, 1968.

    >>> one = Service(1.0, 1.0)
    >>> [round(queue.lead, 6) for queue in preemptive([(0.3, one), (0.4, one)])]
    [1.428571, 4.761905]
    """
    found: list[Queue] = []
    before = rest = 0.0
    for rate, service in classes:
        upto = before + rate * service.mean
        _check_load(upto)
        rest += 0.5 * rate * service.second
        lead = service.mean / (1.0 - before) + rest / ((1.0 - before) * (1.0 - upto))
        load = rate * service.mean
        found.append(Queue(rate, load, rate * lead - load, rate * lead))
        before = upto
    return tuple(found)


def variable(arrivals: float, ca2: float, service: Service, servers: int = 1) -> Queue:
    """Return G/G/m by an approximation: variability, utilisation, time (VUT).

    ``Wq = (ca^2 + ce^2)/2 * u^(sqrt(2(m + 1)) - 1) / (m (1 - u)) * te``. With one server it is
    Kingman's heavy-traffic form, exact for M/G/1. Sources: J. F. C. Kingman, Proc. Camb. Phil.
    Soc. 57, 1961; H. Sakasegawa, Ann. Inst. Stat. Math. 29, 1977, doi 10.1007/BF02532775;
    Hopp & Spearman 8.6. Some 10 % off for several servers, more at low load, where the wait
    is short.

    >>> round(variable(0.9, 1.0, Service(1.0, 1.0)).wait, 9)
    9.0
    >>> round(variable(2.4, 1.0, Service(1.0, 1.0), 3).wait, 2)  # 1.08 by Erlang's C
    1.11
    """
    rho = arrivals * service.mean / servers
    _check_load(rho)
    crowd = rho ** (sqrt(2.0 * (servers + 1.0)) - 1.0) / (servers * (1.0 - rho))
    waiting = arrivals * 0.5 * (ca2 + service.cv2) * crowd * service.mean
    return Queue(arrivals, rho, waiting, waiting + rho * servers)


def regular(ca2: float, ce2: float, utilisation: float) -> float:
    """Return by which factor a wait is shorter for arrivals that are regular [-], at most 1.

    ``exp(-2 (1 - u)(1 - ca^2)^2 / (3 u (ca^2 + ce^2)))`` below ca^2 = 1: a correction of
    :func:`variable`, which is too long for them. Source: W. Kraemer & M. Langenbach-Belz, Proc.
    8th Int. Teletraffic Congress, 1976; Whitt 1983, eq. 45.

    >>> regular(1.0, 0.5, 0.8), round(regular(0.0, 1.0, 0.8), 3)
    (1.0, 0.846)
    """
    if ca2 >= 1.0 or utilisation <= 0.0:
        return 1.0
    if ca2 + ce2 <= 0.0:
        return 0.0
    return exp(
        -2.0 * (1.0 - utilisation) * (1.0 - ca2) ** 2 / (3.0 * utilisation * (ca2 + ce2))
    )


def departing(ca2: float, ce2: float, utilisation: float, servers: int = 1) -> float:
    """Return the variability cd^2 of what leaves a station, by an approximation [-].

    ``cd^2 = 1 + (1 - u^2)(ca^2 - 1) + u^2/sqrt(m) (ce^2 - 1)``. Source: K. T. Marshall, Oper.
    Res. 16, 1968 (one server); W. Whitt, "The queueing network analyzer", Bell Syst. Tech. J.
    62, 1983; Hopp & Spearman 8.5.

    >>> departing(1.0, 1.0, 0.7), departing(0.5, 0.0, 0.0), departing(0.5, 0.25, 1.0)
    (1.0, 0.5, 0.25)
    """
    u2 = min(1.0, utilisation) ** 2
    return 1.0 + (1.0 - u2) * (ca2 - 1.0) + u2 / sqrt(servers) * (ce2 - 1.0)


def thinned(cv2: float, share: float) -> float:
    """Return the variability of a *share* of a stream, each taken by chance [-].

    ``share cv^2 + 1 - share``; exact for renewal streams. Source: Whitt 1983.

    >>> thinned(0.0, 0.25), thinned(1.0, 0.5)
    (0.75, 1.0)
    """
    return share * cv2 + 1.0 - share


def merged(streams: Sequence[tuple[float, float]], utilisation: float) -> float:
    """Return the variability of streams of (rate, cv^2) together, by an approximation [-].

    ``w c + 1 - w``, c their mean weighted by rate, ``w = 1/(1 + 4 (1 - u)^2 (v - 1))``, v how
    many streams of like rate they amount to: many streams look Poisson to a station that is
    seldom busy. Source: S. L. Albin, Oper. Res. 32, 1984; Whitt 1983, eq. 29 and 33.

    >>> merged([(1.0, 0.0), (3.0, 1.0)], utilisation=1.0), merged([(2.0, 0.5)], utilisation=0.4)
    (0.75, 0.5)
    """
    total = fsum(rate for rate, _ in streams)
    if total <= 0.0:
        return 1.0
    mean = fsum(rate * cv2 for rate, cv2 in streams) / total
    alike = 1.0 / fsum((rate / total) ** 2 for rate, _ in streams)
    weight = 1.0 / (1.0 + 4.0 * max(0.0, 1.0 - utilisation) ** 2 * (alike - 1.0))
    return weight * mean + 1.0 - weight


def _check_load(rho: float) -> None:
    if not 0.0 <= rho < 1.0:
        raise OutOfRange(f"a queue settles only below a utilisation of 1 (got {rho:.4g})")

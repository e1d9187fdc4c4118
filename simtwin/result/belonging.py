"""This module holds the belonging: of which order, source and product a piece is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simtwin.result.result import Result


def products_of(result: Result) -> dict[str, str]:
    """Return the product of each order and source."""
    products = {order.name: order.product for order in result.scenario.orders}
    return products | {source.name: source.product for source in result.plant.sources}


def order_of(job: str, orders: dict[str, str]) -> str:
    """Return the order or source that a piece belongs to.

    >>> order_of("order-1/3", {"order-1": "housing"})
    'order-1'
    """
    return job if job in orders else job.rpartition("/")[0]


def product_of(result: Result, job: str) -> str:
    """Return the product of a piece; empty: it is of no order or source that is known."""
    products = products_of(result)
    return products.get(order_of(job, products), "")

"""From what prices gave to what was left: the parts of a run's profit, each over the starting capital."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from apps.domain.values.panel import FloatArray


class Settled(Protocol):
    """What the bridge needs of a run; the engine's Result is one."""

    @property
    def capital(self) -> float: ...
    @property
    def equity(self) -> FloatArray: ...
    @property
    def financing(self) -> FloatArray: ...
    @property
    def dividends(self) -> FloatArray: ...
    @property
    def orders(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class CostBridge:
    """The profit of a run over its starting capital, and its parts, which add up to it.

    `prices` is the change of prices of what was held, `dividends` cash paid on it, `financing` interest less borrow cost
    (either sign), `slippage` spread and impact and `fees` what else fills cost, both at most 0. `per_value` is what was
    paid of the traded value, one way, None where nothing was traded; `traded` the traded value over the starting capital.
    """

    prices: float
    dividends: float
    financing: float
    slippage: float
    fees: float
    net: float
    per_value: float | None
    traded: float

    @property
    def gross(self) -> float:
        """Before what fills cost."""
        return self.net - self.slippage - self.fees


def cost_bridge(run: Settled) -> CostBridge:
    """The bridge of a run, in amounts of money as they happened: what costs would have earned is not in it."""
    capital, orders = run.capital, run.orders
    cost, slippage, traded = float(orders.cost.sum()), float(orders.slippage.sum()), float(orders.value.sum())
    dividends, financing = float(run.dividends.sum()), float(run.financing.sum())
    net = float(run.equity[-1]) - capital if len(run.equity) else 0.0
    return CostBridge(
        prices=(net + cost - dividends - financing) / capital,
        dividends=dividends / capital,
        financing=financing / capital,
        slippage=-slippage / capital,
        fees=-(cost - slippage) / capital,
        net=net / capital,
        per_value=cost / traded if traded > 0.0 else None,
        traded=traded / capital,
    )
